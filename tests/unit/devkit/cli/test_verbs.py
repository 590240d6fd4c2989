from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer

from devkit.cli.app import run
from devkit.cli.verbs import verb

if TYPE_CHECKING:
    from pathlib import Path


def answer(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_azs_flags_are_taken_without_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command line written for az works: group, workspace, subscription and --local change nothing."""
    monkeypatch.chdir(tmp_path)
    flags = ["-g", "rg", "-w", "ws", "--subscription", "s", "--local", "--debug", "--only-show-errors"]
    plain, azs = answer(["status"], capsys), answer(["status", *flags], capsys)
    assert json.loads(azs) == json.loads(plain) == {"workspace": str(tmp_path), "running": False}
    assert list(tmp_path.iterdir()) == []


def test_a_verb_is_a_function_still() -> None:
    """Registering a function leaves it as it was, so that it can be called and typed."""

    def double(number: int) -> int:
        """Twice the number."""
        return 2 * number

    assert verb(typer.Typer())(double)(4) == 8


@pytest.mark.parametrize("noun", ["online-endpoint", "online-deployment", "model", "environment"])
def test_each_noun_has_azs_verbs(noun: str, capsys: pytest.CaptureFixture[str]) -> None:
    """create, show, list and delete are there for every noun."""
    shown = answer([noun, "--help"], capsys)
    assert all(f"  {each} " in shown for each in ("create", "show", "list", "delete"))
