from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from devkit.golden.judge import Verdict
from devkit.golden.report import as_json, as_junit, as_table

VERDICTS = (
    Verdict("iris", "/score", (), 12.34),
    Verdict("long-name", "/score", ("$.p: 1 became 2, 1 off", "took 9 ms, 5 are allowed"), 9.0, ("$.id: 1 became 2",)),
    Verdict("silent", "/score", ("no answer: Connection refused\x00",), None),
)


def test_the_table_has_a_line_a_request_and_the_sum() -> None:
    """A reader sees at a glance which requests failed, and why, below each."""
    assert as_table(VERDICTS).replace("\x00", "") == (
        "pass  iris       /score  12.3 ms\n"
        "FAIL  long-name  /score  9.0 ms\n"
        "      $.p: 1 became 2, 1 off\n"
        "      took 9 ms, 5 are allowed\n"
        "      unstable  $.id: 1 became 2\n"
        "FAIL  silent     /score\n"
        "      no answer: Connection refused\n"
        "1 passed, 2 failed"
    )


def test_json_holds_every_verdict() -> None:
    """Programs get the same facts."""
    report = json.loads(as_json(VERDICTS))
    assert (report["passed"], report["failed"]) == (1, 2)
    assert [row["name"] for row in report["requests"]] == ["iris", "long-name", "silent"]


def test_junit_is_xml_that_ci_systems_read() -> None:
    """A case a request, a failure with its lines; characters that XML cannot hold do not spoil the file."""
    suite = ET.fromstring(as_junit(VERDICTS))[0]  # noqa: S314  our own text
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    failure = suite[1].find("failure")
    assert failure is not None
    assert failure.text == "$.p: 1 became 2, 1 off\ntook 9 ms, 5 are allowed"
