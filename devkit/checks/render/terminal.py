"""Findings for a person at a terminal: the place, the source line with a caret, who refuses it, and the mend.

Lines are made of styled pieces, so that colours need rich only when there is a terminal to show them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from devkit.checks.render.json import relative_path
from devkit.spec.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from devkit.spec.findings import Finding

__all__ = ["Piece", "plain", "render", "summary"]

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.HINT: "bold cyan"}
_LONGEST_LINE = 160


class Piece(NamedTuple):
    """Text and the name of its rich style."""

    text: str
    style: str = ""


Line = list[Piece]


def render(findings: Iterable[Finding], base: Path, sources: Mapping[Path, Sequence[str]]) -> Iterator[Line]:
    """The lines that show `findings`; `sources` gives the lines of each file, where it could be read."""
    for finding in findings:
        yield from _finding(finding, base, sources.get(finding.path, ()))
        yield []


def plain(lines: Iterable[Line]) -> str:
    """The lines without their styles."""
    return "\n".join("".join(piece.text for piece in line) for line in lines)


def summary(findings: Sequence[Finding], documents: int) -> str:
    """The last line: ``2 errors, 1 warning in 4 documents; 1 can be mended with --fix``."""
    where = f"{documents} document{'' if documents == 1 else 's'}"
    if not findings:
        return f"no findings in {where}"
    counts = Counter(finding.severity for finding in findings)
    told = ", ".join(
        f"{counts[severity]} {severity.value}{'' if counts[severity] == 1 else 's'}"
        for severity in Severity
        if counts[severity]
    )
    fixable = sum(any(fix.safe for fix in finding.fixes) for finding in findings)
    return f"{told} in {where}" + (f"; {fixable} can be mended with --fix" if fixable else "")


def _finding(finding: Finding, base: Path, source: Sequence[str]) -> Iterator[Line]:
    start = finding.range.start
    yield [
        Piece(f"{relative_path(finding.path, base)}:{start.line + 1}:{start.character + 1}", "bold"),
        Piece("  "),
        Piece(f"{finding.severity.value} {finding.code}", _STYLES[finding.severity]),
        Piece(f"  {finding.message}"),
    ]
    gutter = " " * len(str(start.line + 1))
    if start.line < len(source):
        yield from _excerpt(finding, source[start.line], gutter)
    if finding.refused_by:
        yield [Piece(f"{gutter} = ", "blue"), Piece(f"refused by {finding.refused_by}", "dim")]
    if finding.remedy:
        yield [Piece(f"{gutter} = ", "blue"), Piece(finding.remedy, "green")]
    for place in finding.related:
        where = f"{relative_path(place.path, base)}:{place.range.start.line + 1}"
        yield [Piece(f"{gutter} = ", "blue"), Piece(f"{where}: {place.message}", "dim")]


def _excerpt(finding: Finding, line: str, gutter: str) -> Iterator[Line]:
    """The source line and a caret below the place; a very long line is cut around it."""
    start, end = finding.range.start, finding.range.end
    first = min(start.character, len(line))
    last = end.character if end.line == start.line else len(line)
    cut = max(0, min(first - _LONGEST_LINE // 2, len(line) - _LONGEST_LINE))
    shown = line[cut : cut + _LONGEST_LINE].replace("\t", " ")
    width = max(1, min(last, cut + len(shown)) - first)
    yield [Piece(f"{gutter} |", "blue")]
    yield [Piece(f"{start.line + 1} | ", "blue"), Piece(shown)]
    yield [Piece(f"{gutter} | ", "blue"), Piece(" " * (first - cut) + "^" * width, _STYLES[finding.severity])]
