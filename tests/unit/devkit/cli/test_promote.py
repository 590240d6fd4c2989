from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devkit.cli.errors import UsageError
from devkit.cli.promote import Flags, PromotionEndedError, go, go_back


def flags(**changes: Any) -> Flags:
    given: dict[str, Any] = {
        "file": Path("green.yml"),
        "to": "nowhere:",
        "name": None,
        "endpoint_name": None,
        "settings": (),
        "options": (),
        "golden": None,
        "steps": "10,50,100",
        "hold": "30s",
        "mirror": 0,
        "max_error_rate": 1.0,
        "unvalidated": None,
        **changes,
    }
    return Flags(**given)


def test_reads_what_was_typed() -> None:
    """Percents, times and options are read as the help says."""
    request = flags(steps="5, 100", hold="2m", options=["registry=r.example"], max_error_rate=2.5).request()
    assert request.steps == [5, 100]
    assert request.hold_s == 120
    assert request.options == {"registry": "r.example"}
    assert request.max_error_rate == 0.025
    assert request.file.is_absolute()


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": "a"},
        {"steps": "50,10"},
        {"steps": "200"},
        {"hold": "soon"},
        {"hold": "-1s"},
        {"hold": "nan"},
        {"options": ["x"]},
        {"unvalidated": " "},
    ],
)
def test_refuses_what_cannot_be_meant(changes: dict[str, Any]) -> None:
    """A flag that cannot be read ends the command with the flag's name, before anything is done."""
    with pytest.raises(UsageError, match="--"):
        flags(**changes).request()


def test_a_refusal_ends_with_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused ends the command with its reason and exit code 1."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "green.yml").write_text("name: green\n")
    with pytest.raises(PromotionEndedError, match="green") as caught:
        go(flags(), plan_only=True, yes=True)
    assert caught.value.exit_code == 1


def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in the file's name is told, and leaves no workspace behind."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"green\.yml does not exist"):
        go(flags(), plan_only=True, yes=True)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_go_back_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollback where nothing was promoted says so."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PromotionEndedError, match="There is no promotion"):
        go_back(None, yes=True)
