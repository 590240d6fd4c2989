"""Applies the fixes of findings to the text of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec.positions import LineTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.spec.findings import Finding, Fix

__all__ = ["apply_fixes", "choose_edits", "safe_fixes"]


def safe_fixes(findings: Iterable[Finding]) -> list[Fix]:
    """The first safe fix of each finding that has one."""
    firsts = (next((fix for fix in finding.fixes if fix.safe), None) for finding in findings)
    return [fix for fix in firsts if fix is not None]


def apply_fixes(text: str, fixes: Iterable[Fix]) -> tuple[str, int]:
    """`text` with the fixes applied, and how many were: those that `choose_edits` chooses."""
    edits, applied = choose_edits(text, fixes)
    for start, end, new_text in sorted(edits, reverse=True):
        text = text[:start] + new_text + text[end:]
    return text, applied


def choose_edits(text: str, fixes: Iterable[Fix]) -> tuple[list[tuple[int, int, str]], int]:
    """The edits of the fixes that go together, each with its offsets, and how many fixes that are.

    A fix is applied whole or not at all: one whose edits overlap those of an earlier one is left for the next run,
    because the first one may have changed what the second relies on.
    """
    table = LineTable(text)
    taken: list[tuple[int, int, str]] = []
    applied = 0
    for fix in fixes:
        edits = [(table.offset(edit.range.start), table.offset(edit.range.end), edit.new_text) for edit in fix.edits]
        if any(_overlap(new, old) for new in edits for old in taken):
            continue
        taken += edits
        applied += 1
    return taken, applied


def _overlap(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    """Whether two edits touch common text; two insertions at one point do too, for their order would be a guess."""
    return (one[0] < other[1] and other[0] < one[1]) or one[:2] == other[:2]
