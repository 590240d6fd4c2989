"""Whole promotions to Azure ML's REST, as our own control plane speaks it behind a front that adds Azure's faults."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from devkit.control_plane import daemon
from devkit.control_plane.patience import Patience
from devkit.promote.azure.address import read_settings
from devkit.promote.context import Terms
from devkit.promote.errors import PromotionError
from devkit.promote.journal import Request, all_journals
from devkit.promote.receipt import GoldenResult, Receipt, write
from devkit.promote.resolving import resolve_file
from devkit.promote.targets.azureml import AzureML
from devkit.promote.workflow import promote, resume, roll_back
from devkit.workspace import Workspace
from tests.support.azure_front import CUT, Front, front
from tests.support.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from devkit.promote.targets.base import Desired

    Answer = tuple[int, dict[str, str], Any]

DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: {name}
endpoint_name: {endpoint}
code_configuration: {{code: src, scoring_script: score.py}}
model: {{path: weights.json}}
environment: {{image: "mcr.microsoft.com/azureml/minimal-py312-inference:20260101.v1"}}
instance_type: Standard_DS3_v2
instance_count: 1
liveness_probe: {{initial_delay: 1, period: 1}}
readiness_probe: {{initial_delay: 1, period: 1, failure_threshold: {patience}}}
properties: {{devkit.runtime: process, devkit.python: "{python}"}}
"""
SCRIPT = """\
import os


def init():
    assert os.environ["AZUREML_MODEL_DIR"]


def run(data):
    return 42
"""
TO = "azureml:00000000-0000-0000-0000-000000000000/group/shop"


class KilledError(BaseException):
    """The promoter's process ended here."""


@dataclass
class Project:
    """A project, and a workspace in Azure to promote it to."""

    folder: Path
    front: Front
    endpoint: str
    told: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    while_held: Callable[[], object] = lambda: None
    """Called for each second of a hold."""

    @property
    def workspace(self) -> Workspace:
        """The promoter's own; the control plane has another."""
        return Workspace(self.folder)

    def open(self, to: str, desired: Desired, workspace: Workspace, options: Mapping[str, str]) -> AzureML:
        """As `open_target`, without waiting between attempts."""
        del workspace
        return AzureML(read_settings(to.partition(":")[2], options), desired, Patience(sleep=self.slept.append))

    @property
    def terms(self) -> Terms:
        """No waiting; every question is agreed to."""
        return Terms(self.told.append, lambda _: True, lambda _: self.while_held(), self.open)

    def validated(self, name: str = "blue", script: str = SCRIPT, hold_s: float = 0, patience: int = 30) -> Request:
        """Write the project as it is to be, with the receipt of `devkit validate --run`."""
        text = DEPLOYMENT.format(name=name, endpoint=self.endpoint, python=sys.executable, patience=patience)
        (self.folder / "deployment.yml").write_text(text)
        (self.folder / "src" / "score.py").write_text(f"# of {self.endpoint}\n{script}")
        resolved = resolve_file(self.folder / "deployment.yml", self.workspace)
        golden = (GoldenResult(name="one", route="/score", passed=True),)
        made_at = datetime(2026, 11, 21, tzinfo=timezone.utc)
        receipt = Receipt(
            digests=resolved.digests, runtime="process", init_seconds=1, tools={}, golden=golden, made_at=made_at
        )
        write(self.workspace, receipt)
        options = {"url": self.front.url, "storage": f"{self.front.url}/blobs"}
        return Request(file=self.folder / "deployment.yml", to=TO, hold_s=hold_s, steps=(100,), options=options)

    def traffic(self) -> Any:
        """Of the endpoint, past the front."""
        return self.front.plane.get_endpoint(self.endpoint)["properties"].get("traffic")

    def deployments(self) -> list[str]:
        """Names, past the front."""
        return sorted(each["name"] for each in self.front.plane.list_deployments(self.endpoint))

    def exists(self) -> bool:
        """Whether the endpoint is there, past the front."""
        return self.endpoint in [each["name"] for each in self.front.plane.list_endpoints()]


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    bench = Workbench(tmp_path_factory.mktemp("azure"))
    yield bench
    bench.close()
    assert bench.processes() == {}


@pytest.fixture
def project(plane: Workbench, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: Any) -> Iterator[Project]:
    (tmp_path / "src").mkdir()
    (tmp_path / "weights.json").write_text(json.dumps(request.node.name))
    (tmp_path / "golden").mkdir()
    golden = {"request": {"path": "/score", "body": 1}, "answer": {"body": 42}}
    (tmp_path / "golden" / "one.json").write_text(json.dumps(golden))
    token_file = tmp_path / "token"
    token_file.write_text("first")
    monkeypatch.setenv("DEVKIT_AZURE_TOKEN_FILE", str(token_file))
    endpoint = request.node.name.replace("test_", "").replace("_", "-")[:30].strip("-")
    connection = daemon.ensure(plane.workspace)
    with front(plane.client, connection.token) as there:
        made = Project(tmp_path, there, endpoint)
        yield made
        if made.exists():
            plane.client.delete_endpoint(made.endpoint)  # its processes end while the next test begins


def once(act: Callable[[str, str], Answer | None], method: str, part: str) -> Callable[[str, str], Answer | None]:
    """Do it at the first request of that method whose path has `part`."""
    left = [1]

    def interfere(asked: str, path: str) -> Answer | None:
        if left and asked == method and part in path:
            left.pop()
            return act(asked, path)
        return None

    return interfere


def after(
    has_come: Callable[[], bool], act: Callable[[str, str], Answer | None], method: str, part: str
) -> Callable[[str, str], Answer | None]:
    """Do it at each such request once something has come to pass."""
    return lambda asked, path: act(asked, path) if asked == method and part in path and has_come() else None


def test_promotes_a_new_endpoint_and_reuses(project: Project) -> None:
    """What was validated is uploaded, made, asked and given traffic; the second time its files are reused."""
    assert promote(project.validated(), project.workspace, project.terms).status == "done"
    assert project.traffic() == {"blue": 100}
    puts = len([1 for method, path, _ in project.front.asked if method == "PUT" and path.startswith("/blobs/")])
    assert puts == 2, "the script and the model, a blob each"
    assert promote(project.validated("green"), project.workspace, project.terms).status == "done"
    assert project.deployments() == ["blue", "green"]
    assert project.traffic() == {"green": 100}
    assert puts == len([1 for method, path, _ in project.front.asked if method == "PUT" and path.startswith("/blobs/")])
    assert roll_back(project.workspace, None, project.terms).status == "returned"
    assert project.deployments() == ["blue"]
    assert project.traffic() == {"blue": 100}


def test_a_script_that_fails_is_told_with_its_log(project: Project) -> None:
    """A deployment that never gets ready ends with the service's code, its log and what it means, and is taken back."""
    broken = SCRIPT.replace("assert os", "raise FileNotFoundError('weights.bin')  # os")
    with pytest.raises(PromotionError, match=r"(?s)looks for a file where it is not.*as it was before") as caught:
        promote(project.validated(script=broken), project.workspace, project.terms)
    assert "weights.bin" in str(caught.value) + caught.value.log
    assert not project.exists()


def test_a_deployment_that_begins_to_fail_under_traffic(project: Project) -> None:
    """Green that fails once it has traffic is found out by golden requests, and blue has all traffic again."""
    promote(project.validated(), project.workspace, project.terms)
    fault = project.folder / "fault"
    failing = SCRIPT.replace("return 42", f"return 42 // (not os.path.exists({str(fault)!r}))")
    shared: list[Any] = []

    def begin_to_fail() -> None:
        shared.append(project.traffic())
        fault.touch()

    project.while_held = begin_to_fail
    half = project.validated("green", failing, hold_s=5).model_copy(update={"steps": (50, 100)})
    with pytest.raises(
        PromotionError, match=r"(?s)golden requests to green were answered otherwise.* became 424.*as it was before"
    ) as caught:
        promote(half, project.workspace, project.terms)
    assert "ZeroDivisionError" in caught.value.log
    assert shared == [{"blue": 50, "green": 50}], "the fault began at the first step, and there was no other"
    assert project.traffic() == {"blue": 100}
    assert project.deployments() == ["blue"]


def test_a_token_that_expires_is_renewed(project: Project) -> None:
    """A token that expires while an operation runs is read again, and the operation is followed to its end."""

    def expire(method: str, path: str) -> Answer | None:
        del method, path
        project.front.accepted = "second"
        (project.folder / "token").write_text("second")
        return 401, {}, {"error": {"code": "ExpiredAuthenticationToken", "message": "The access token has expired."}}

    project.front.interfere = once(expire, "GET", "mfeOperationsStatus")
    assert promote(project.validated(), project.workspace, project.terms).status == "done"


def test_a_token_that_stays_expired(project: Project) -> None:
    """A token that nobody renews ends the promotion with what to do; with a new one it goes on."""

    def expire(method: str, path: str) -> Answer | None:
        del method, path
        project.front.accepted = "second"
        return None

    project.front.interfere = once(expire, "GET", "mfeOperationsStatus")
    with pytest.raises(PromotionError, match=r"(?s)ExpiredAuthenticationToken: .*log in again"):
        promote(project.validated(), project.workspace, project.terms)
    (project.folder / "token").write_text("second")
    assert resume(project.workspace, None, project.terms).status == "done"


@pytest.mark.parametrize(
    ("status", "method", "part"), [(429, "PUT", "/deployments/"), (503, "GET", "mfeOperationsStatus")]
)
def test_later_is_waited_for(project: Project, status: int, method: str, part: str) -> None:
    """What is put off, a change or a look at its progress, is repeated after the seconds that the service asks for."""
    project.endpoint = f"later-{status}"
    answer = (status, {"Retry-After": "7"}, {"error": {"code": "TooManyRequests", "message": "later"}})
    project.front.interfere = once(lambda *_: answer, method, part)
    assert promote(project.validated(), project.workspace, project.terms).status == "done"
    assert project.slept[0] == 7


def test_a_service_that_stays_down(project: Project) -> None:
    """After several attempts the service's own words are the finding, and the endpoint that was made is gone again."""

    def down(method: str, path: str) -> Answer | None:
        if method != "PUT" or "/deployments/" not in path:
            return None
        return 503, {"Retry-After": "7"}, {"error": {"code": "ServiceUnavailable", "message": "Try later."}}

    project.front.interfere = down
    with pytest.raises(PromotionError, match=r"(?s)create: ServiceUnavailable: Try later\..*as it was before"):
        promote(project.validated(), project.workspace, project.terms)
    assert project.slept == [7] * 5
    assert not project.exists()


def test_an_upload_that_is_cut_off_goes_on(project: Project) -> None:
    """A connection cut in the midst of an upload costs that file alone: it is sent again."""
    project.front.interfere = once(lambda *_: CUT, "PUT", "/blobs/")
    assert promote(project.validated(), project.workspace, project.terms).status == "done"
    assert "was cut off" in "\n".join(project.told)


def test_an_upload_that_is_always_cut_off(project: Project) -> None:
    """When no attempt gets through, nothing is registered or made; what had arrived need not be sent again."""
    project.front.interfere = lambda method, path: CUT if method == "PUT" and "weights.json" in path else None
    with pytest.raises(
        PromotionError, match=r"(?s)weights\.json could not be uploaded in 5 attempts.*Nothing that serves"
    ):
        promote(project.validated(), project.workspace, project.terms)
    assert project.front.bodies("PUT", "/models/") == []
    assert not project.exists()
    project.front.interfere = lambda method, path: None
    assert promote(project.validated(), project.workspace, project.terms).status == "done"


def test_an_image_that_cannot_be_pulled(project: Project) -> None:
    """The service's message is told with what it means, the right to pull, and green is taken away again."""
    promote(project.validated(), project.workspace, project.terms)
    failed = {
        "status": "Failed",
        "error": {"code": "BadRequest", "message": "ImagePullBackOff: failed to pull image shop.azurecr.io/m:1."},
    }
    project.front.interfere = once(lambda *_: (200, {}, failed), "GET", "mfeOperationsStatus")
    with pytest.raises(PromotionError, match=r"(?s)wait: BadRequest: ImagePullBackOff.*role AcrPull.*as it was before"):
        promote(project.validated("green"), project.workspace, project.terms)
    assert project.deployments() == ["blue"]
    assert project.traffic() == {"blue": 100}


def test_a_probe_that_is_never_answered(project: Project) -> None:
    """An init() that takes longer than the probes allow is told as that, and the deployment is taken away again."""
    promote(project.validated(), project.workspace, project.terms)
    slow = SCRIPT.replace("import os", "import os\nimport time").replace("assert os", "time.sleep(3600)\n    assert os")
    with pytest.raises(PromotionError, match=r"(?s)readiness probe.*raise initial_delay.*as it was before"):
        promote(project.validated("green", slow, patience=2), project.workspace, project.terms)
    assert project.deployments() == ["blue"]
    assert project.traffic() == {"blue": 100}


def test_two_at_once_on_one_machine(project: Project) -> None:
    """A second promotion of the endpoint is refused while the first goes on, and the first comes to its end."""
    refused: list[str] = []

    def second(method: str, path: str) -> None:
        del method, path
        with pytest.raises(PromotionError) as caught:
            promote(project.validated("green"), project.workspace, project.terms)
        refused.append(str(caught.value))

    request = project.validated()
    project.front.interfere = once(second, "PUT", f"onlineEndpoints/{project.endpoint}")
    assert promote(request, project.workspace, project.terms).status == "done"
    assert f"Another promotion of {project.endpoint} to {TO} is going on" in refused[0]
    assert project.deployments() == ["blue"]


@pytest.mark.parametrize("moment", ["put", "ready"])
def test_two_at_once_on_two_machines(project: Project, tmp_path: Path, moment: str) -> None:
    """Of two that make the same deployment one does it; the other leaves it alone, and its traffic too."""
    project.endpoint = f"two-machines-{moment}"
    promote(project.validated(), project.workspace, project.terms)
    elsewhere = shutil.copytree(project.folder, tmp_path / "elsewhere", ignore=shutil.ignore_patterns(".devkit"))
    other = Project(elsewhere, project.front, project.endpoint)

    def be_first(method: str, path: str) -> None:
        del method, path
        assert promote(other.validated("green"), other.workspace, other.terms).status == "done"

    def be_replaced(method: str, path: str) -> Answer | None:
        del method
        green = project.front.plane.get_deployment(project.endpoint, "green")
        return 200, {}, {**green, "tags": {"devkit-promotion": "another"}, "id": path}

    if moment == "put":
        project.front.interfere = once(be_first, "PUT", "/deployments/green")
    else:
        project.front.interfere = after(
            lambda: "green" in project.deployments(), be_replaced, "GET", "/deployments/green"
        )
    with pytest.raises(PromotionError, match="has a deployment green that somebody else made meanwhile"):
        promote(project.validated("green"), project.workspace, project.terms)
    project.front.interfere = lambda method, path: None
    assert project.deployments() == ["blue", "green"]
    assert project.traffic() == ({"green": 100} if moment == "put" else {"blue": 100})
    if moment == "put":
        assert roll_back(project.workspace, None, project.terms).status == "returned"
        assert project.deployments() == ["blue", "green"]
        assert project.traffic() == {"green": 100}, "what the other one did stays"


def test_a_lost_answer_is_no_stranger(project: Project) -> None:
    """When the answer to the making of a deployment is lost, the repetition finds that it was made by ourselves."""

    def lose(method: str, path: str) -> Answer | None:
        body = project.front.bodies(method, path)[-1]
        project.front.plane.put_deployment(project.endpoint, "blue", body)
        return CUT

    project.front.interfere = once(lose, "PUT", "/deployments/blue")
    assert promote(project.validated(), project.workspace, project.terms).status == "done"
    assert project.traffic() == {"blue": 100}


def test_quota_is_asked_first(project: Project) -> None:
    """Without quota nothing is made nor uploaded, and the finding counts the vCPUs."""
    project.front.usages = [
        {"name": {"value": "standardDSv2Family"}, "currentValue": 94, "limit": 100, "unit": "Count"}
    ]
    with pytest.raises(PromotionError, match=r"takes 8 vCPUs of standardDSv2Family.*6 of 100 are left"):
        promote(project.validated(), project.workspace, project.terms)
    assert [method for method, _, _ in project.front.asked if method != "GET"] == []


def test_changed_between_plan_and_apply(project: Project) -> None:
    """An endpoint that somebody changed after the plan is left as it is."""
    promote(project.validated(), project.workspace, project.terms)

    def change(method: str, path: str) -> None:
        del method, path
        endpoint = project.front.plane.get_endpoint(project.endpoint)
        body = {"location": "local", "tags": {"a": "b"}, "properties": endpoint["properties"]}
        project.front.plane.put_endpoint(project.endpoint, body).wait()

    changed = SCRIPT + "\n# another\n"
    project.front.interfere = once(change, "POST", "startPendingUpload")
    with pytest.raises(PromotionError, match="changed by somebody else since the plan"):
        promote(project.validated("green", changed), project.workspace, project.terms)
    assert project.deployments() == ["blue"]
    assert project.traffic() == {"blue": 100}


@pytest.mark.parametrize(("method", "part"), [("PUT", "/codes/"), ("GET", "mfeOperationsStatus")])
def test_resumes_after_a_kill(project: Project, method: str, part: str) -> None:
    """A promoter that is killed finds what it has begun, and comes to the same end."""
    project.endpoint = f"killed-{method.lower()}"

    def dying(to: str, desired: Desired, workspace: Workspace, options: Mapping[str, str]) -> AzureML:
        target = project.open(to, desired, workspace, options)
        ask = target._client._ask

        def ask_or_die(verb: str, address: str, *rest: Any) -> Any:
            if verb == method and part in address:
                raise KilledError
            return ask(verb, address, *rest)

        target._client._ask = ask_or_die  # type: ignore[method-assign]
        return target

    with pytest.raises(KilledError):
        promote(
            project.validated(), project.workspace, Terms(project.told.append, lambda _: True, lambda _: None, dying)
        )
    assert [each.status for each in all_journals(project.workspace)] == ["running"]
    assert resume(project.workspace, None, project.terms).status == "done"
    assert project.traffic() == {"blue": 100}
