"""``devkit validate``."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.checks.files import Files
from devkit.checks.fixes import apply_fixes, safe_fixes
from devkit.checks.project import open_project
from devkit.checks.runner import check
from devkit.cli.errors import EXIT_FINDINGS, CommandError, UsageError
from devkit.disk.whole_files import write_whole
from devkit.spec.findings import Severity
from devkit.spec.kinds import Family, Kind
from devkit.spec.overrides import Override, named, parse_override

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from devkit.checks.render import terminal
    from devkit.spec.findings import Finding

__all__ = ["Options", "validate"]

_FORMATS = ("terminal", "json", "sarif", "github")
_NEVER = "never"


@dataclass(frozen=True)
class Options:
    """The flags of the command."""

    paths: tuple[Path, ...] = ()
    kind: str | None = None
    name: str | None = None
    endpoint_name: str | None = None
    settings: tuple[str, ...] = ()
    output: str = "terminal"
    fail_on: str = "error"
    fix: bool = False
    init_seconds: float | None = None
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()


def validate(options: Options) -> int:
    """Check the documents, print what was found, and return the exit code.

    Raises:
        UsageError: a flag's value means nothing, or a named file is no document of ours.
        CommandError: ``--fix`` cannot write a file.
    """
    threshold = _threshold(options)
    paths = [path.absolute() for path in options.paths or (Path(),)]
    findings, checked, files = _check(options, paths)
    if options.fix and _mend(findings, files):
        findings, checked, files = _check(options, paths)
    _print(findings, checked, files, options.output)
    failing = threshold is not None and any(finding.severity.rank >= threshold.rank for finding in findings)
    return EXIT_FINDINGS if failing else 0


def _threshold(options: Options) -> Severity | None:
    """The lowest severity that fails, None for never; refuses flags that mean nothing on the way."""
    if options.output not in _FORMATS:
        raise UsageError(f"--format {options.output!r} is unknown; use {', '.join(_FORMATS)}.")
    known = [each.value for each in (*Kind, *Family)]
    if options.kind is not None and options.kind not in known:
        raise UsageError(f"--kind {options.kind!r} is unknown; use one of {', '.join(sorted(set(known)))}.")
    if options.fail_on == _NEVER:
        return None
    try:
        return Severity(options.fail_on)
    except ValueError:
        raise UsageError(f"--fail-on {options.fail_on!r} is unknown; use error, warning, hint or never.") from None


def _check(options: Options, paths: Sequence[Path]) -> tuple[list[Finding], list[Path], Files]:
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise UsageError(f"{missing[0]} does not exist. Give files, folders, or nothing for the current folder.")
    files = Files()
    project, checked = open_project(paths, files, kind=options.kind, overrides=_overrides(options))
    project.init_seconds = options.init_seconds
    foreign = [path for path in paths if path.is_file() and path not in checked]
    if foreign:
        raise UsageError(_foreign(foreign[0], files))
    return check(project, checked, select=options.select, ignore=options.ignore), checked, files


def _foreign(path: Path, files: Files) -> str:
    if files.read(path) is None:
        return f"{path} cannot be read as text: it is no UTF-8 file, too large, or not yours to read."
    return f"cannot tell what {path} describes. Add a $schema line to it, or say --kind."


def _overrides(options: Options) -> list[Override]:
    try:
        return [*named(options.name, options.endpoint_name), *map(parse_override, options.settings)]
    except ValueError as error:
        raise UsageError(str(error)) from None


def _mend(findings: Iterable[Finding], files: Files) -> int:
    """Apply the safe fixes file by file; a file is replaced whole or not at all."""
    by_file: dict[Path, list[Finding]] = {}
    for finding in findings:
        by_file.setdefault(finding.path, []).append(finding)
    total = 0
    for path, found in by_file.items():
        text, applied = apply_fixes(files.read(path) or "", safe_fixes(found))
        if applied:
            _replace(path, text)
            total += applied
    if total:
        print(f"mended {total} finding{'' if total == 1 else 's'}", file=sys.stderr)
    return total


def _replace(path: Path, text: str) -> None:
    try:
        write_whole(path, text, mode=path.stat().st_mode)
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror}. Nothing was changed in it.") from error


def _print(findings: list[Finding], checked: Sequence[Path], files: Files, output: str) -> None:
    base = Path.cwd()
    if output != "terminal":
        render = importlib.import_module(f"devkit.checks.render.{output}").render
        print(render(findings, base))
        return
    from devkit.checks.render import terminal

    sources = {finding.path: (files.read(finding.path) or "").splitlines() for finding in findings}
    lines = list(terminal.render(findings, base, sources))
    if sys.stdout.isatty():
        _print_styled(lines)
    elif lines:
        print(terminal.plain(lines))
    print(terminal.summary(findings, len(checked)))


def _print_styled(lines: Iterable[terminal.Line]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text.assemble(*line))
