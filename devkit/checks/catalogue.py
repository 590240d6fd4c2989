"""The catalogue of rules: each is a plain function, registered with all that is said about it elsewhere."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from devkit.checks.subject import Subject
    from devkit.spec.findings import Finding, Severity

    Check = Callable[["Rule", Subject], Iterable[Finding]]

__all__ = ["DOCS_PAGE", "FAMILIES", "Rule", "all_rules", "find_rule", "rule"]

DOCS_PAGE = "docs/rules.md"

FAMILIES = (
    "schema",
    "references",
    "paths",
    "script",
    "environment",
    "compute",
    "limits",
    "traffic",
    "secrets",
    "batch",
)
"""One module of `devkit.checks.rules` each, in the order in which the documentation lists them."""

Scope = Literal["document", "project"]


@dataclass(frozen=True)
class Rule:
    """A rule and everything that is said about it: in the terminal, in the editor, in ``docs/rules.md``."""

    code: str
    name: str
    severity: Severity
    meaning: str
    explanation: str
    family: str
    fixable: bool
    check: Check

    @property
    def docs(self) -> str:
        """The place of the rule's page."""
        return f"{DOCS_PAGE}#{self.code.lower()}-{self.name}"


_RULES: dict[str, Rule] = {}


def rule(code: str, name: str, severity: Severity, meaning: str, *, fixable: bool = False) -> Callable[[Check], Check]:
    """Register a check under `code`; its docstring is the long explanation.

    The decorated function is returned unchanged, so that tests can call it.

    Raises:
        ValueError: two rules claim one code or one name: a mistake of ours, found when the modules are imported.
    """

    def register(check: Check) -> Check:
        family = check.__module__.rpartition(".")[2]
        explanation = _paragraphs(check.__doc__ or "")
        if code in _RULES or any(known.name == name for known in _RULES.values()):
            raise ValueError(f"rule {code} {name} is registered twice")
        _RULES[code] = Rule(code, name, severity, meaning, explanation, family, fixable, check)
        return check

    return register


def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code. The families are imported at the first call."""
    for family in FAMILIES:
        importlib.import_module(f"devkit.checks.rules.{family}")
    return tuple(sorted(_RULES.values(), key=lambda known: known.code))


def find_rule(text: str) -> Rule | None:
    """The rule whose code or name is `text`, in any letter case."""
    wanted = text.lower()
    return next((known for known in all_rules() if wanted in {known.code.lower(), known.name}), None)


def _paragraphs(docstring: str) -> str:
    """A docstring without its indentation; paragraphs stay, lines of one paragraph are joined."""
    import inspect

    blocks = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(" ".join(block.split()) for block in blocks)
