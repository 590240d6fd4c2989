"""Findings as JSON, for scripts: one list, lines and columns counted from one as compilers do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from devkit.spec.findings import Finding, Fix
    from devkit.spec.positions import Range

__all__ = ["render"]


def render(findings: Iterable[Finding], base: Path) -> str:
    """A JSON list of findings; paths are relative to `base` where they lie below it."""
    return json.dumps([_finding(finding, base) for finding in findings], indent=2, ensure_ascii=False)


def _finding(finding: Finding, base: Path) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "remedy": finding.remedy or None,
        "refused_by": finding.refused_by or None,
        "path": relative_path(finding.path, base),
        **_place(finding.range),
        "fixes": [_fix(fix) for fix in finding.fixes],
        "related": [
            {"message": place.message, "path": relative_path(place.path, base), **_place(place.range)}
            for place in finding.related
        ],
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{**_place(edit.range), "new_text": edit.new_text} for edit in fix.edits]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def _place(where: Range) -> dict[str, int]:
    return {
        "line": where.start.line + 1,
        "column": where.start.character + 1,
        "end_line": where.end.line + 1,
        "end_column": where.end.character + 1,
    }


def relative_path(path: Path, base: Path) -> str:
    """`path` below `base` without it, with forward slashes; any other path as it is."""
    try:
        return path.relative_to(base).as_posix()
    except ValueError:
        return path.as_posix()
