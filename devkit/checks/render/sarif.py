"""Findings as SARIF 2.1.0, the format that code hosts and IDEs import.

Written after the OASIS standard "Static Analysis Results Interchange Format Version 2.1.0"; columns count characters.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from devkit import __version__
from devkit.checks.catalogue import all_rules
from devkit.checks.render.json import relative_path
from devkit.spec.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from devkit.checks.catalogue import Rule
    from devkit.spec.findings import Finding
    from devkit.spec.positions import Range

__all__ = ["render"]

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}


def render(findings: Iterable[Finding], base: Path) -> str:
    """One SARIF log with one run: the rules that were broken and a result a finding."""
    listed = list(findings)
    codes = {finding.code for finding in listed}
    rules = [rule for rule in all_rules() if rule.code in codes]
    driver = {"name": "devkit", "version": __version__, "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, base) for finding in listed],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.meaning},
        "fullDescription": {"text": rule.explanation or rule.meaning},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, base: Path) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message} {finding.remedy}".strip()},
        "locations": [{"physicalLocation": _location(finding.path, finding.range, base)}],
    }
    if finding.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "message": {"text": place.message},
                "physicalLocation": _location(place.path, place.range, base),
            }
            for number, place in enumerate(finding.related, start=1)
        ]
    return result


def _location(path: Path, where: Range, base: Path) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": quote(relative_path(path, base))},
        "region": {
            "startLine": where.start.line + 1,
            "startColumn": where.start.character + 1,
            "endLine": where.end.line + 1,
            "endColumn": where.end.character + 1,
        },
    }
