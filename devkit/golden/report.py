"""The verdicts of a replay as a table, as JSON and as JUnit XML. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.golden.judge import Verdict

__all__ = ["as_json", "as_junit", "as_table"]


def as_table(verdicts: Sequence[Verdict]) -> str:
    """One line a request, its differences below it, and the sum at the end."""
    width = max((len(each.name) for each in verdicts), default=0)
    lines = [line for each in verdicts for line in _rows(each, width)]
    failed = sum(not each.passed for each in verdicts)
    return "\n".join([*lines, f"{len(verdicts) - failed} passed, {failed} failed"])


def _rows(verdict: Verdict, width: int) -> list[str]:
    latency = "" if verdict.latency_ms is None else f"{verdict.latency_ms:.1f} ms"
    head = f"{'pass' if verdict.passed else 'FAIL'}  {verdict.name:<{width}}  {verdict.route}  {latency}".rstrip()
    noise = [f"      unstable  {each}" for each in verdict.unstable]
    return [head, *(f"      {each}" for each in verdict.failures), *noise]


def as_json(verdicts: Sequence[Verdict]) -> str:
    """For programs."""
    rows = [
        {
            "name": each.name,
            "route": each.route,
            "passed": each.passed,
            "failures": list(each.failures),
            "unstable": list(each.unstable),
            "latency_ms": each.latency_ms,
        }
        for each in verdicts
    ]
    failed = sum(not each.passed for each in verdicts)
    return json.dumps({"passed": len(verdicts) - failed, "failed": failed, "requests": rows}, indent=2)


def as_junit(verdicts: Sequence[Verdict], suite: str = "golden requests") -> str:
    """For the test views of CI systems."""
    root = ET.Element("testsuites")
    failed = sum(not each.passed for each in verdicts)
    element = ET.SubElement(root, "testsuite", name=suite, tests=str(len(verdicts)), failures=str(failed))
    for each in verdicts:
        seconds = f"{(each.latency_ms or 0) / 1000:.3f}"
        case = ET.SubElement(element, "testcase", classname=each.route, name=each.name, time=seconds)
        if not each.passed:
            ET.SubElement(case, "failure", message=_legal(each.failures[0])).text = _legal("\n".join(each.failures))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _legal(text: str) -> str:
    """Without what XML 1.0 cannot hold, not even escaped."""
    return "".join(char if char >= " " or char in "\t\n" else "�" for char in text)
