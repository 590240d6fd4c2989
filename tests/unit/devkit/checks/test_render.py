from __future__ import annotations

import json
from pathlib import Path

from devkit.checks.render import github, sarif, terminal
from devkit.checks.render import json as as_json
from devkit.spec.findings import Finding, Fix, Related, Severity, TextEdit
from devkit.spec.positions import Position, Range

BASE = Path("/work")
WHERE = Range(Position(1, 3), Position(1, 6))
FINDING = Finding(
    "DK112",
    Severity.ERROR,
    "90: too many, 100%",
    BASE / "a" / "d.yml",
    WHERE,
    remedy="Write 5.",
    refused_by="the service",
    fixes=(Fix("Write 5", (TextEdit(WHERE, "5"),)),),
    related=(Related("the other", BASE / "e.yml", Range(Position(0, 0), Position(0, 1))),),
)
SOURCES = {FINDING.path: ["first", "n: 90 # x"]}


def test_the_terminal_points_at_the_place() -> None:
    """The caret stands below the text that is wrong, and who refuses it, the mend and the other place follow."""
    assert terminal.plain(terminal.render([FINDING], BASE, SOURCES)).splitlines() == [
        "a/d.yml:2:4  error DK112  90: too many, 100%",
        "  |",
        "2 | n: 90 # x",
        "  |    ^^^",
        "  = refused by the service",
        "  = Write 5.",
        "  = e.yml:1: the other",
    ]


def test_a_very_long_line_is_cut_around_the_place() -> None:
    """The source line stays readable, and the caret stays below its text."""
    line = "x" * 5000 + "HERE" + "y" * 5000
    where = Range(Position(0, 5000), Position(0, 5004))
    finding = Finding("DK101", Severity.ERROR, "m", BASE / "d.yml", where)
    _, _, source, caret = terminal.plain(terminal.render([finding], BASE, {finding.path: [line]})).splitlines()[:4]
    assert len(source) < 200
    assert source[caret.index("^") : caret.rindex("^") + 1] == "HERE"


def test_the_summary_counts() -> None:
    """The last line counts by severity and says what can be mended."""
    assert terminal.summary([], 1) == "no findings in 1 document"
    assert terminal.summary([FINDING, FINDING], 3) == "2 errors in 3 documents; 2 can be mended with --fix"


def test_json_counts_from_one() -> None:
    """Lines and columns are those that editors and compilers show."""
    (found,) = json.loads(as_json.render([FINDING], BASE))
    assert (found["path"], found["line"], found["column"], found["end_column"]) == ("a/d.yml", 2, 4, 7)
    assert found["fixes"][0]["edits"][0]["new_text"] == "5"
    assert found["related"][0]["path"] == "e.yml"


def test_github_escapes_what_its_syntax_means() -> None:
    """Percent signs, colons and commas in a message or a path do not end the command."""
    line = github.render([FINDING], BASE)
    assert line == (
        "::error file=a/d.yml,line=2,col=4,endLine=2,endColumn=7,title=DK112::90: too many, 100%25 Write 5."
    )


def test_sarif_has_the_rule_and_the_place() -> None:
    """The log names the rule that was broken, once, and the region of the result."""
    log = json.loads(sarif.render([FINDING, FINDING], BASE))
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["DK112"]
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "a/d.yml"
    assert location["region"] == {"startLine": 2, "startColumn": 4, "endLine": 2, "endColumn": 7}
