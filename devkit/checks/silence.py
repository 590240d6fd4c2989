"""Comments that silence a finding on their line: ``# devkit: ignore[DK501] we measured it``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from devkit.spec.findings import Finding

__all__ = ["Silence", "find_silences", "split_silenced"]

_COMMENT = re.compile(r"#\s*devkit:\s*ignore\[(?P<codes>[^\]]*)\]\s*(?P<reason>.*)$")


@dataclass(frozen=True)
class Silence:
    """One such comment: its line, the columns of the whole comment, the codes it names and the reason it gives."""

    line: int
    alone: bool
    start: int
    end: int
    codes: frozenset[str]
    reason: str


def find_silences(lines: Sequence[str]) -> list[Silence]:
    """The silencing comments of a text, given as its lines. Columns are string indices."""
    found = []
    for number, line in enumerate(lines):
        match = _COMMENT.search(line) if "devkit:" in line else None
        if match:
            codes = frozenset(code.strip().upper() for code in match["codes"].split(",") if code.strip())
            found.append(
                Silence(
                    number,
                    not line[: match.start()].strip(),
                    match.start(),
                    len(line.rstrip()),
                    codes,
                    match["reason"].strip(),
                )
            )
    return found


def split_silenced(
    findings: Iterable[Finding], silences: Sequence[Silence]
) -> tuple[list[Finding], list[tuple[Silence, str]]]:
    """The findings that stay, and each code of a comment that silenced nothing.

    A comment speaks for findings that begin on its own line, and, standing alone on a line, for those of the next.
    """
    unused = {(silence, code) for silence in silences for code in silence.codes}
    kept = []
    for finding in findings:
        matching = {
            (silence, code)
            for silence in silences
            for code in silence.codes
            if code == finding.code and finding.range.start.line in {silence.line, silence.line + silence.alone}
        }
        unused -= matching
        if not matching:
            kept.append(finding)
    return kept, sorted(unused, key=lambda pair: (pair[0].line, pair[1]))
