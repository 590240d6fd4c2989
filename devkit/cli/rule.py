"""``devkit rule CODE``."""

from __future__ import annotations

import difflib
import textwrap

import typer

from devkit.checks.catalogue import Rule, all_rules, find_rule
from devkit.cli.errors import UsageError

__all__ = ["explain"]

_WIDTH = 88


def explain(text: str) -> int:
    """Print the rule called `text`, or the table of all rules for ``all``.

    Raises:
        UsageError: no rule is called so.
    """
    if text == "all":
        typer.echo("\n".join(_row(rule) for rule in all_rules()))
        return 0
    rule = find_rule(text)
    if rule is None:
        known = [word for each in all_rules() for word in (each.code, each.name)]
        near = difflib.get_close_matches(text, known, n=1, cutoff=0.5)
        raise UsageError(
            f"no rule is called {text!r}."
            + (f" Did you mean {near[0]}?" if near else "")
            + " 'devkit rule all' lists them."
        )
    typer.echo(_page(rule))
    return 0


def _row(rule: Rule) -> str:
    return f"{rule.code}  {rule.severity.value:<8} {rule.name:<36} {rule.meaning}"


def _page(rule: Rule) -> str:
    paragraphs = [textwrap.fill(paragraph, _WIDTH) for paragraph in rule.explanation.split("\n\n") if paragraph]
    fix = ["devkit validate --fix can mend it."] if rule.fixable else []
    silence = [f"Silence it on one line with a comment: # devkit: ignore[{rule.code}] reason"]
    return "\n\n".join([f"{rule.code} {rule.name} ({rule.severity.value})", rule.meaning, *paragraphs, *fix, *silence])
