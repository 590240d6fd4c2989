"""Makes ``docs/rules.md`` from the catalogue: ``python -m devkit.checks.docs > docs/rules.md``."""

from __future__ import annotations

import sys

from devkit.checks.catalogue import FAMILIES, Rule, all_rules

__all__ = ["rules_page"]

_INTRODUCTION = """\
# Rules

<!-- Made by `python -m devkit.checks.docs` from the rules themselves. Do not edit by hand. -->

What `devkit validate` looks for. An **error** is refused by azure-ai-ml, by the service or by the container, and the
message says by which of them. A **warning** is accepted and will hurt. A **hint** is style.

Silence a finding on its line, or on the line below a comment of its own:

```yaml
instance_type: Standard_DS2_v2  # devkit: ignore[DK604] measured, it is enough
```

"""

_TITLES = {
    "schema": "The document itself",
    "references": "References",
    "paths": "Files and folders",
    "script": "The scoring script",
    "environment": "Image and packages",
    "compute": "Machine, memory and quota",
    "limits": "Probes, workers and limits",
    "traffic": "Endpoints, traffic and mirrors",
    "secrets": "Secrets",
    "batch": "Batch",
}


def rules_page() -> str:
    """The whole page: a table a family, then a section a rule."""
    rules = all_rules()
    by_family = [(family, [rule for rule in rules if rule.family == family]) for family in FAMILIES]
    tables = "\n".join(_table(_TITLES[family], members) for family, members in by_family)
    return _INTRODUCTION + tables + "\n" + "\n".join(_section(rule) for _, members in by_family for rule in members)


def _table(title: str, rules: list[Rule]) -> str:
    rows = (
        f"| [{rule.code}](#{_anchor(rule)}) | {rule.name} | {rule.severity.value} | {'yes' if rule.fixable else ''} "
        f"| {rule.meaning} |\n"
        for rule in rules
    )
    return f"## {title}\n\n| code | name | severity | fix | what it finds |\n|---|---|---|---|---|\n{''.join(rows)}"


def _section(rule: Rule) -> str:
    return f"### {rule.code} {rule.name}\n\n{rule.meaning}\n\n{rule.explanation}\n"


def _anchor(rule: Rule) -> str:
    return f"{rule.code.lower()}-{rule.name}"


if __name__ == "__main__":
    sys.stdout.write(rules_page())
