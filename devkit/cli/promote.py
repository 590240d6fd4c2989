"""``devkit promote`` and ``devkit rollback``."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from devkit.assets.collecting import in_use
from devkit.cli.errors import EXIT_FINDINGS, CommandError, UsageError
from devkit.cli.progress import note
from devkit.disk.shown import shown_path
from devkit.promote.context import Terms
from devkit.promote.errors import PromotionError
from devkit.promote.journal import Request, open_journal
from devkit.promote.workflow import promote, resume, roll_back, show_plan
from devkit.workspace import find_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from devkit.promote.journal import Journal
    from devkit.workspace import Workspace

__all__ = ["Flags", "go", "go_back", "go_on"]

_MOST = 100
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


class PromotionEndedError(CommandError):
    """It was refused, or it failed."""

    exit_code = EXIT_FINDINGS


@dataclass(frozen=True)
class Flags:
    """What `devkit promote` was given, as text."""

    file: Path
    to: str
    name: str | None
    endpoint_name: str | None
    settings: Sequence[str]
    options: Sequence[str]
    golden: Path | None
    steps: str
    hold: str
    mirror: int
    max_error_rate: float
    unvalidated: str | None

    def request(self) -> Request:
        """The same, read.

        Raises:
            UsageError: a value means nothing.
        """
        if self.unvalidated is not None and not self.unvalidated.strip():
            raise UsageError("--allow-unvalidated wants a reason; it is written down.")
        return Request(
            file=self.file.absolute(),
            to=self.to,
            name=self.name,
            endpoint_name=self.endpoint_name,
            settings=list(self.settings),
            options=dict(_option(each) for each in self.options),
            golden=None if self.golden is None else self.golden.absolute(),
            steps=_steps(self.steps),
            hold_s=_seconds(self.hold),
            mirror=self.mirror,
            max_error_rate=self.max_error_rate / _MOST,
            unvalidated=self.unvalidated,
        )


def go(flags: Flags, *, plan_only: bool, yes: bool) -> None:
    """Promote, or only tell the plan."""
    request, workspace = flags.request(), _workspace()
    if not request.file.is_file():
        raise UsageError(f"{request.file} does not exist. Give the deployment's YAML file with -f.")
    workspace.prepare()
    with _reported(workspace), in_use(workspace.assets):
        if plan_only:
            show_plan(request, workspace, _terms(yes=True, tell=lambda line: typer.echo(_laid_out(line))))
            _tell_rendered(request)
        else:
            _tell_journal(promote(request, workspace, _terms(yes=yes)), workspace)


def go_on(identifier: str | None, *, yes: bool) -> None:
    """Resume a promotion; the newest one if None."""
    workspace = _workspace()
    workspace.prepare()
    with _reported(workspace), in_use(workspace.assets):
        _tell_journal(resume(workspace, identifier, _terms(yes=yes)), workspace)


def go_back(identifier: str | None, *, yes: bool) -> None:
    """Take a promotion back; the newest one if None."""
    workspace = _workspace()
    with _reported(workspace):
        _tell_journal(roll_back(workspace, identifier, _terms(yes=yes)), workspace)


def _workspace() -> Workspace:
    return find_workspace(Path.cwd())


def _terms(*, yes: bool, tell: Callable[[str], None] | None = None) -> Terms:
    def ask(question: str) -> bool:
        if not yes and not sys.stdin.isatty():
            raise PromotionError(f"{question} Nobody is here to answer: give -y.")
        return yes or typer.confirm(question, err=True)

    return Terms(tell or _tell, ask)


def _tell(line: str) -> None:
    """A step's name at the margin, what it tells below it."""
    note(_laid_out(line))


def _laid_out(line: str) -> str:
    return line if line.endswith(":") and " " not in line else f"  {line}"


def _tell_rendered(request: Request) -> None:
    if (folder := request.options.get("render")) is not None:
        shown = shown_path(Path(folder))
        note(f"written to {shown}: kubectl diff -k {shown} compares, kubectl apply -k {shown} applies")


def _tell_journal(journal: Journal, workspace: Workspace) -> None:
    note(f"report: {shown_path(journal.path(workspace))}")


@contextmanager
def _reported(workspace: Workspace) -> Iterator[None]:
    try:
        yield
    except PromotionError as error:
        log = f"\n{error.log.rstrip()}" if error.log else ""
        raise PromotionEndedError(f"{error}{log}") from error
    except KeyboardInterrupt:
        _tell_way_on(workspace)
        raise


def _tell_way_on(workspace: Workspace) -> None:
    with suppress(PromotionError):  # it was interrupted before it had a journal
        journal = open_journal(workspace, None)
        if journal.status != "running":
            return
        note(
            f"\nInterrupted. `devkit promote --resume {journal.id}` goes on, `devkit rollback {journal.id}` goes back."
        )


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--target-option {text!r}: write NAME=VALUE.")
    return name, value


def _steps(text: str) -> list[int]:
    try:
        steps = [int(each) for each in text.split(",")]
    except ValueError:
        raise UsageError(f"--steps {text!r}: write percents, such as 10,50,100.") from None
    if any(not 0 <= each <= _MOST for each in steps) or steps != sorted(steps):
        raise UsageError(f"--steps {text!r}: percents from 0 to 100, each larger than the one before.")
    return steps


def _seconds(text: str) -> float:
    unit = text[len(text.rstrip("smh")) :]
    try:
        seconds = float(text.removesuffix(unit)) * _SECONDS[unit]
    except (ValueError, KeyError):
        raise UsageError(f"--hold {text!r}: write seconds, minutes or hours, such as 30s or 5m.") from None
    if not 0 <= seconds < float("inf"):
        raise UsageError(f"--hold {text!r}: no such time.")
    return seconds
