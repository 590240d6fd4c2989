from __future__ import annotations

from pathlib import Path

from devkit.checks.catalogue import all_rules
from devkit.checks.docs import rules_page

PAGE = Path(__file__).parents[4] / "docs" / "rules.md"


def test_the_rules_page_is_up_to_date() -> None:
    """docs/rules.md is what `python -m devkit.checks.docs` makes of the rules now."""
    assert PAGE.read_text(encoding="utf-8") == rules_page()


def test_a_rules_link_leads_to_its_section() -> None:
    """The anchor of a rule is that of its heading, as code hosts make it from the text."""
    text = PAGE.read_text(encoding="utf-8")
    headings = {line[4:].lower().replace(" ", "-") for line in text.splitlines() if line.startswith("### ")}
    assert {rule.docs.partition("#")[2] for rule in all_rules()} == headings
