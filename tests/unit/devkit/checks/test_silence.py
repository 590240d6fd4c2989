from __future__ import annotations

from pathlib import Path

from devkit.checks.silence import find_silences, split_silenced
from devkit.spec.findings import Finding, Severity
from devkit.spec.positions import Position, Range


def finding(code: str, line: int) -> Finding:
    return Finding(code, Severity.WARNING, "m", Path("a.yml"), Range(Position(line, 0), Position(line, 1)))


def test_a_comment_silences_its_own_line() -> None:
    """The named code is silenced where the comment stands, other codes and lines are not."""
    silences = find_silences(["a: 1  # devkit: ignore[DK1, dk2] measured", "b: 2"])
    kept, unused = split_silenced([finding("DK1", 0), finding("DK3", 0), finding("DK1", 1)], silences)
    assert [(each.code, each.range.start.line) for each in kept] == [("DK3", 0), ("DK1", 1)]
    assert [code for _, code in unused] == ["DK2"]
    assert silences[0].reason == "measured"


def test_a_comment_alone_on_its_line_speaks_for_the_next() -> None:
    """Where a line is long, the comment may stand above it, indented or not."""
    kept, unused = split_silenced([finding("DK1", 1)], find_silences(["  # devkit: ignore[DK1]", "  b: 2"]))
    assert kept == []
    assert unused == []


def test_an_ordinary_comment_silences_nothing() -> None:
    """Only the exact form counts."""
    assert find_silences(["a: 1  # devkit ignore DK1", "# devkit: see docs"]) == []
