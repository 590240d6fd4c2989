"""Findings as GitHub workflow commands, which become annotations on the lines of a pull request.

The syntax is that of "Workflow commands for GitHub Actions" (docs.github.com, read 2026-11): ``::error
file=…,line=…::message``, with ``%``, carriage return and newline escaped, and ``:`` and ``,`` too in a property.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.checks.render.json import relative_path
from devkit.spec.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from devkit.spec.findings import Finding

__all__ = ["render"]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}


def render(findings: Iterable[Finding], base: Path) -> str:
    """One workflow command a finding."""
    return "\n".join(_command(finding, base) for finding in findings)


def _command(finding: Finding, base: Path) -> str:
    start, end = finding.range.start, finding.range.end
    properties = {
        "file": relative_path(finding.path, base),
        "line": str(start.line + 1),
        "col": str(start.character + 1),
        "endLine": str(end.line + 1),
        "endColumn": str(end.character + 1),
        "title": finding.code,
    }
    listed = ",".join(f"{key}={_escape_property(value)}" for key, value in properties.items())
    text = f"{finding.message} {finding.remedy}".strip()
    return f"::{_COMMANDS[finding.severity]} {listed}::{_escape(text)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
