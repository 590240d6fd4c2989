"""The whole workflow against a target in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from devkit.disk.locks import FileLock
from devkit.golden.requests import load_golden
from devkit.promote.context import Terms
from devkit.promote.errors import PromotionError
from devkit.promote.journal import Request, open_journal
from devkit.promote.proving import golden_digest
from devkit.promote.receipt import GoldenResult, Receipt, write
from devkit.promote.resolving import resolve_file
from devkit.promote.targets.base import Observed, TargetError
from devkit.promote.workflow import promote, resume, roll_back, show_plan
from devkit.workspace import Workspace
from tests.support.fake_target import Backend, FakeTarget, KilledError, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: green
endpoint_name: numbers
code_configuration: {code: src, scoring_script: score.py}
environment: {image: "mcr.microsoft.com/azureml/minimal-py312-inference:20260101.v1"}
instance_type: Standard_DS3_v2
instance_count: 1
"""
ALL_STEPS = ["resolve", "check", "prove", "plan", "ship", "create", "wait", "replay", "mirror", "shift"]


@dataclass
class Bench:
    """A project, a backend, and what the user was told."""

    folder: Path
    backend: Backend
    told: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    agrees: bool = True

    @property
    def workspace(self) -> Workspace:
        """The workspace."""
        return Workspace(self.folder)

    @property
    def terms(self) -> Terms:
        """No waiting, and answers of the test's own."""
        return Terms(self.told.append, self.ask, lambda _: None, FakeTarget.opener(self.backend))

    def ask(self, question: str) -> bool:
        """Keep the question."""
        self.asked.append(question)
        return self.agrees

    def request(self, **changes: object) -> Request:
        """What the user asks for."""
        given = {"file": self.folder / "green.yml", "to": "fake:", "hold_s": 1, "steps": (10, 100), **changes}
        return Request.model_validate(given)

    def validated(self) -> None:
        """As after ``devkit validate --run``."""
        resolved = resolve_file(self.folder / "green.yml", self.workspace)
        digest = golden_digest(load_golden(self.folder / "golden" / "one.json"))
        golden = (GoldenResult(name="one", digest=digest, route="/score", passed=True),)
        made_at = datetime(2026, 11, 21, tzinfo=timezone.utc)
        receipt = Receipt(
            digests=resolved.digests, runtime="process", init_seconds=1, tools={}, golden=golden, made_at=made_at
        )
        write(self.workspace, receipt)

    def text(self) -> str:
        """Everything that was told."""
        return "\n".join(self.told)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return 42\n")
    (tmp_path / "green.yml").write_text(DEPLOYMENT)
    (tmp_path / "golden").mkdir()
    golden = {"request": {"path": "/score", "body": 1}, "answer": {"body": 42}}
    (tmp_path / "golden" / "one.json").write_text(json.dumps(golden))
    with serving() as backend:
        bench = Bench(tmp_path, backend)
        bench.validated()
        yield bench


def on_call(name: str, error: BaseException) -> Callable[[str], None]:
    """Raise once, at the call of this name."""
    left = [error]

    def act(called: str) -> None:
        if called == name and left:
            raise left.pop()

    return act


def test_goes_through_every_step(bench: Bench) -> None:
    """A promotion makes the deployment, asks it the golden requests, and moves traffic to it step by step."""
    journal = promote(bench.request(mirror=20), bench.workspace, bench.terms)
    assert journal.status == "done"
    assert [each.name for each in journal.steps] == ALL_STEPS
    assert [each for each in bench.backend.calls if each not in {"preflight", "ship", "wait"}] == [
        *("create", "replay", "mirror 20", "replay", "mirror 0"),
        *("traffic {'blue': 90, 'green': 10}", "replay", "replay", "traffic {'green': 100}", "replay", "replay"),
    ]
    assert bench.backend.traffic == {"green": 100}
    assert bench.asked == ["Go on?"]
    assert "! packages are resolved again" in bench.told


def test_the_journal_is_the_report(bench: Bench) -> None:
    """The file of the journal tells every step with its time and lines, and the state before."""
    journal = promote(bench.request(), bench.workspace, bench.terms)
    report = json.loads(journal.path(bench.workspace).read_text())
    assert report["status"] == "done"
    assert report["before"]["traffic"] == {"blue": 100}
    assert all(each["ended"] and each["finding"] is None for each in report["steps"])
    assert report["receipt"] == journal.digests.whole if journal.digests else None


def test_another_answer_takes_it_back(bench: Bench) -> None:
    """A deployment that answers otherwise than recorded gets no traffic, and is deleted; nothing else is."""
    bench.backend.answer = 43
    with pytest.raises(PromotionError, match=r"replay: [\s\S]*42 became 43[\s\S]*as it was before") as caught:
        promote(bench.request(), bench.workspace, bench.terms)
    assert caught.value.log == "the container's log"
    assert bench.backend.traffic == {"blue": 100}
    assert list(bench.backend.made_by) == ["blue"]
    assert open_journal(bench.workspace, None).status == "returned"


def test_errors_under_traffic_take_it_back(bench: Bench) -> None:
    """When too many requests fail in a traffic step, the traffic goes back to where it was."""
    bench.backend.observed = [Observed(0, 0), Observed(0, 0), Observed(50, 5)]
    with pytest.raises(PromotionError, match=r"5 of 50 requests to green failed; 1\.0% are allowed"):
        promote(bench.request(), bench.workspace, bench.terms)
    assert "traffic {'blue': 90, 'green': 10}" in bench.backend.calls
    assert bench.backend.traffic == {"blue": 100}


def test_errors_after_a_restart_take_it_back(bench: Bench) -> None:
    """A backend that is restarted in a traffic step counts from nothing, and what it counts then is judged."""
    bench.backend.observed = [Observed(1000, 0), Observed(1000, 0), Observed(50, 5)]
    with pytest.raises(PromotionError, match=r"5 of 50 requests to green failed; 1\.0% are allowed"):
        promote(bench.request(), bench.workspace, bench.terms)
    assert bench.backend.traffic == {"blue": 100}


def test_what_was_counted_before_a_restart_counts(bench: Bench) -> None:
    """The requests of a traffic step are those before and after a restart together."""
    bench.backend.observed = [Observed(1000, 7), Observed(1010, 7), Observed(30, 0)]
    promote(bench.request(), bench.workspace, bench.terms)
    assert "requests to it meanwhile: 40, failed: 0" in bench.told


def test_silence_is_no_success(bench: Bench) -> None:
    """A backend that does not tell its counts any more is asked golden requests, and a wrong answer takes it back."""

    def spoil(called: str) -> None:
        if called.startswith("traffic"):
            bench.backend.answer = 43

    bench.backend.observed = [Observed(0, 0), None]
    bench.backend.after = spoil
    with pytest.raises(PromotionError, match=r"shift: 3 of 3 golden requests to green .*: 42 became 43"):
        promote(bench.request(), bench.workspace, bench.terms)
    assert bench.backend.traffic == {"blue": 100}
    assert "what it answers is not told any more" in bench.text()


def test_a_mistake_in_a_target_takes_it_back(bench: Bench) -> None:
    """An error that nobody foresaw is not hidden, and still the target goes back to the state before."""
    bench.backend.after = on_call("traffic {'blue': 90, 'green': 10}", ZeroDivisionError("oh"))
    with pytest.raises(ZeroDivisionError):
        promote(bench.request(), bench.workspace, bench.terms)
    assert bench.backend.traffic == {"blue": 100}
    assert open_journal(bench.workspace, None).steps[-1].finding == "oh"


def test_a_mismatch_under_traffic_takes_it_back(bench: Bench) -> None:
    """Golden requests are asked again during each traffic step, and a wrong answer ends the promotion."""

    def spoil(called: str) -> None:
        if called.startswith("traffic"):
            bench.backend.answer = 43

    bench.backend.after = spoil
    with pytest.raises(PromotionError, match=r"shift: 3 of 3 golden requests to green .*: 42 became 43"):
        promote(bench.request(), bench.workspace, bench.terms)
    assert bench.backend.traffic == {"blue": 100}


KILLS = ["ship", "create", "wait", "replay", "mirror 20", "traffic {'blue': 90, 'green': 10}", "traffic {'green': 100}"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", KILLS)
def test_resumes_after_a_kill(bench: Bench, call: str, moment: str) -> None:
    """A promoter that was killed before or after any change at the target is resumed to the same end."""
    setattr(bench.backend, moment, on_call(call, KilledError()))
    with pytest.raises(KilledError):
        promote(bench.request(mirror=20), bench.workspace, bench.terms)
    assert open_journal(bench.workspace, None).status == "running"
    journal = resume(bench.workspace, None, bench.terms)
    assert journal.status == "done"
    assert bench.backend.traffic == {"green": 100}
    assert bench.backend.mirror == {}
    assert bench.asked == ["Go on?"]


@pytest.mark.parametrize("call", KILLS[1:])
def test_goes_back_after_a_kill(bench: Bench, call: str) -> None:
    """A promoter that was killed is taken back by a rollback, even when the files have gone meanwhile."""
    bench.backend.after = on_call(call, KilledError())
    with pytest.raises(KilledError):
        promote(bench.request(mirror=20), bench.workspace, bench.terms)
    (bench.folder / "green.yml").unlink()
    assert roll_back(bench.workspace, None, bench.terms).status == "returned"
    assert bench.backend.traffic == {"blue": 100}
    assert list(bench.backend.made_by) == ["blue"]


def test_a_done_promotion_goes_back(bench: Bench) -> None:
    """Also what was promoted whole can be taken back, after a question."""
    promote(bench.request(), bench.workspace, bench.terms)
    roll_back(bench.workspace, None, bench.terms)
    assert bench.backend.traffic == {"blue": 100}
    assert bench.asked == ["Go on?", "Go back?"]
    with pytest.raises(PromotionError, match="no promotion to take back"):
        roll_back(bench.workspace, None, bench.terms)


def test_the_end_tells_how_to_ask(bench: Bench) -> None:
    """A promotion that is done says where clients ask, and what was seen while traffic moved."""
    bench.backend.observed = [Observed(10, 0), Observed(10, 0), Observed(17, 0)]
    promote(bench.request(), bench.workspace, bench.terms)
    assert bench.told[-1] == f"clients ask {bench.backend.url}/score"
    assert "watching green for 1 s" in bench.told
    assert "requests to it meanwhile: 7, failed: 0" in bench.told


def test_an_offline_plan_says_what_it_cannot_know(bench: Bench) -> None:
    """Without asking the target nobody knows whether something serves there already."""
    show_plan(bench.request(), bench.workspace, bench.terms)
    assert "10 % -> 100 % (100 % at once where nothing serves yet), 1 s each" in bench.text()


def test_back_in_turn(bench: Bench) -> None:
    """The later of two promotions is taken back first, and one that was refused is not taken for the newest."""
    first = promote(bench.request(), bench.workspace, bench.terms)
    second = promote(bench.request(name="third"), bench.workspace, bench.terms)
    with pytest.raises(PromotionError, match="already"):
        promote(bench.request(), bench.workspace, bench.terms)
    with pytest.raises(PromotionError, match=f"Promotion {second.id} of numbers/third came later"):
        roll_back(bench.workspace, first.id, bench.terms)
    assert roll_back(bench.workspace, None, bench.terms).id == second.id
    assert bench.backend.traffic == {"green": 100}
    assert roll_back(bench.workspace, None, bench.terms).id == first.id
    assert list(bench.backend.made_by) == ["blue"]
    with pytest.raises(PromotionError, match="nothing at fake: to be taken back"):
        roll_back(bench.workspace, first.id, bench.terms)


def test_a_file_that_changed_is_not_resumed(bench: Bench) -> None:
    """A resumed promotion is of the same bytes: otherwise it says which file changed."""
    bench.backend.after = on_call("create", KilledError())
    with pytest.raises(KilledError):
        promote(bench.request(), bench.workspace, bench.terms)
    with (bench.folder / "src" / "score.py").open("a") as file:
        file.write("# later\n")
    with pytest.raises(PromotionError, match=r"changed: code/score\.py\..*stands in the middle|code/score\.py"):
        resume(bench.workspace, None, bench.terms)
    assert "green" in bench.backend.made_by


def test_taken_back_meanwhile(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollback that another one was quicker than goes by what that one left, and changes nothing a second time."""
    promote(bench.request(), bench.workspace, bench.terms)
    take, quicker = FileLock.take, []

    def late(lock: FileLock, *, wait: bool = False) -> bool:
        if not quicker:
            quicker.append("begun")
            quicker.append(roll_back(bench.workspace, None, bench.terms).status)
        return take(lock, wait=wait)

    monkeypatch.setattr(FileLock, "take", late)
    with pytest.raises(PromotionError, match="nothing at fake: to be taken back"):
        roll_back(bench.workspace, None, bench.terms)
    assert quicker == ["begun", "returned"]
    assert bench.backend.calls.count("restore") == 1


def test_two_at_once(bench: Bench) -> None:
    """While a promotion goes on, another one of the same endpoint to the same target is refused."""
    refused: list[str] = []

    def second(called: str) -> None:
        if called == "ship":
            with pytest.raises(PromotionError) as caught:
                promote(bench.request(), bench.workspace, bench.terms)
            refused.append(str(caught.value))

    bench.backend.before = second
    assert promote(bench.request(), bench.workspace, bench.terms).status == "done"
    assert "Another promotion of numbers to fake:one is going on" in refused[0]


def test_one_after_an_interrupted_one(bench: Bench) -> None:
    """A promotion that stands in the middle has to be resumed or taken back before another one begins."""
    bench.backend.after = on_call("create", KilledError())
    with pytest.raises(KilledError):
        promote(bench.request(), bench.workspace, bench.terms)
    with pytest.raises(PromotionError, match="was interrupted and stands in the middle"):
        promote(bench.request(name="other"), bench.workspace, bench.terms)


@pytest.mark.parametrize("go", [roll_back, resume])
def test_an_address_that_stands_for_another(bench: Bench, go: Callable[..., object]) -> None:
    """Where `--to` resolves to another place since, going back and going on are refused; then they work as ever."""
    bench.backend.after = on_call("create", KilledError())
    with pytest.raises(KilledError):
        promote(bench.request(), bench.workspace, bench.terms)
    assert open_journal(bench.workspace, None).place == "fake:one"
    calls = list(bench.backend.calls)
    bench.backend.place = "fake:two"
    with pytest.raises(
        PromotionError, match=r"is at fake:one, and fake: stands for fake:two now\. Neither was touched"
    ):
        go(bench.workspace, None, bench.terms)
    assert bench.backend.calls == calls
    assert open_journal(bench.workspace, None).status != "returned"
    bench.backend.place = "fake:one"
    roll_back(bench.workspace, None, bench.terms)
    assert set(bench.backend.made_by) == {"blue"}


def test_an_alias_of_the_same_place(bench: Bench) -> None:
    """Another spelling of `--to` evades neither an interrupted promotion nor the lock; another place is free."""
    bench.backend.after = on_call("create", KilledError())
    with pytest.raises(KilledError):
        promote(bench.request(), bench.workspace, bench.terms)
    with pytest.raises(PromotionError, match="was interrupted and stands in the middle"):
        promote(bench.request(name="other", to="fake:one"), bench.workspace, bench.terms)
    bench.backend.place = "fake:two"
    assert promote(bench.request(name="other"), bench.workspace, bench.terms).status == "done"


def test_a_journal_of_before(bench: Bench) -> None:
    """A journal without the place, as earlier versions wrote it, is read and taken back."""
    journal = promote(bench.request(), bench.workspace, bench.terms)
    path = journal.path(bench.workspace)
    told = json.loads(path.read_text())
    assert told.pop("place") == "fake:one"
    path.write_text(json.dumps(told))
    assert roll_back(bench.workspace, None, bench.terms).status == "returned"


def test_changed_by_somebody_else(bench: Bench) -> None:
    """An endpoint that changed between plan and apply is left alone."""

    def interfere(called: str) -> None:
        if called == "ship":
            bench.backend.changes += 1

    bench.backend.before = interfere
    with pytest.raises(PromotionError, match=r"changed by somebody else since the plan[\s\S]*Nothing that serves"):
        promote(bench.request(), bench.workspace, bench.terms)
    assert "create" not in bench.backend.calls
    assert "restore" not in bench.backend.calls


def test_traffic_moved_by_somebody_else(bench: Bench) -> None:
    """Traffic that somebody moved by hand in the midst is left as they set it."""

    def interfere(called: str) -> None:
        if called.startswith("traffic"):
            bench.backend.traffic = {"blue": 99, "green": 1}

    bench.backend.after = interfere
    with pytest.raises(PromotionError, match="somebody else changed it"):
        promote(bench.request(), bench.workspace, bench.terms)
    assert bench.backend.traffic == {"blue": 99, "green": 1}
    assert open_journal(bench.workspace, None).status == "failed"


def test_no_receipt(bench: Bench) -> None:
    """Without a receipt a promotion is refused before the target is asked anything."""
    for path in (bench.workspace.folder / "receipts").iterdir():
        path.unlink()
    with pytest.raises(PromotionError, match=r"never validated; run `devkit validate --run \S*green\.yml`"):
        promote(bench.request(), bench.workspace, bench.terms)
    assert bench.backend.calls == []


def test_an_outdated_receipt_names_the_file(bench: Bench) -> None:
    """When a file changed since the validation, the refusal names it."""
    with (bench.folder / "src" / "score.py").open("a") as file:
        file.write("# later\n")
    with pytest.raises(PromotionError, match=r"Changed since it was validated on 2026-11-21 00:00: code/score\.py;"):
        promote(bench.request(), bench.workspace, bench.terms)


def test_unvalidated_with_a_reason(bench: Bench) -> None:
    """What was not validated is promoted only with a reason, and the journal keeps it."""
    with (bench.folder / "src" / "score.py").open("a") as file:
        file.write("# later\n")
    journal = promote(bench.request(unvalidated="the fix of tonight's outage"), bench.workspace, bench.terms)
    report = journal.path(bench.workspace).read_text()
    assert "the fix of tonight's outage" in report
    assert journal.receipt is None
    assert "Promoted nevertheless" in bench.text()


def test_a_target_of_images_wants_a_docker_receipt(bench: Bench) -> None:
    """Where the image itself is promoted, a receipt of a process is not enough."""
    bench.backend.proof = "docker"
    with pytest.raises(PromotionError, match="receipt is of the runtime process; run `devkit validate --run --runtime"):
        promote(bench.request(), bench.workspace, bench.terms)


def test_no_golden_request(bench: Bench) -> None:
    """Without a golden request of the scoring route a promotion is refused, whatever else is there."""
    (bench.folder / "golden" / "one.json").unlink()
    with pytest.raises(PromotionError, match="no golden request of /score"):
        promote(bench.request(unvalidated="because"), bench.workspace, bench.terms)


def test_a_golden_request_after_the_receipt(bench: Bench) -> None:
    """A golden request that was not asked when the receipt was made makes the receipt too old."""
    (bench.folder / "golden" / "two.json").write_text((bench.folder / "golden" / "one.json").read_text())
    with pytest.raises(PromotionError, match="newer than the receipt: two"):
        promote(bench.request(), bench.workspace, bench.terms)


def test_a_golden_request_that_was_edited(bench: Bench) -> None:
    """An answer that was edited after the receipt was never given by this machine."""
    golden = {"request": {"path": "/score", "body": 1}, "answer": {"body": 43}}
    (bench.folder / "golden" / "one.json").write_text(json.dumps(golden))
    with pytest.raises(PromotionError, match="newer than the receipt: one"):
        promote(bench.request(), bench.workspace, bench.terms)


def test_the_plan_is_offline(bench: Bench) -> None:
    """A plan alone asks the target nothing, asks the user nothing, and leaves no journal."""

    def unreachable(called: str) -> None:
        raise TargetError(f"unreachable: {called}")

    bench.backend.before = unreachable
    show_plan(bench.request(), bench.workspace, bench.terms)
    assert "+ create deployment green" in bench.told
    assert bench.asked == []
    with pytest.raises(PromotionError, match="There is no promotion"):
        open_journal(bench.workspace, None)


def test_a_refused_plan_changes_nothing(bench: Bench) -> None:
    """When the user does not agree to the plan, nothing is shipped."""
    bench.agrees = False
    with pytest.raises(PromotionError, match="not agreed to"):
        promote(bench.request(), bench.workspace, bench.terms)
    assert bench.backend.calls == ["preflight"]


def test_nothing_is_replaced_in_place(bench: Bench) -> None:
    """A deployment that is there already under the name is not touched."""
    with pytest.raises(PromotionError, match="has a deployment blue of numbers already"):
        promote(bench.request(name="blue"), bench.workspace, bench.terms)
    assert bench.backend.made_by == {"blue": "somebody"}


def test_a_failure_of_the_way_back_is_told(bench: Bench) -> None:
    """When going back fails too, both reasons are told, and a rollback can be repeated."""
    bench.backend.answer = 43
    bench.backend.before = on_call("restore", TargetError("The target is away."))
    with pytest.raises(PromotionError, match=r"42 became 43[\s\S]*Going back failed too: The target is away\."):
        promote(bench.request(), bench.workspace, bench.terms)
    assert open_journal(bench.workspace, None).status == "failed"
    roll_back(bench.workspace, None, bench.terms)
    assert list(bench.backend.made_by) == ["blue"]
