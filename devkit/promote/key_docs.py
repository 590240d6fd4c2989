"""Makes ``docs/promote-keys.md`` from the tables of keys; ``python -m devkit.promote.key_docs`` prints it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from devkit.spec.rest import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.rest.fields import Table

__all__ = ["keys_page"]

_INTRODUCTION: Final = """\
# What each key becomes

<!-- Made by `python -m devkit.promote.key_docs` from the tables that make the bodies. Do not edit by hand. -->

What `devkit promote --to azureml:…` sends for each key of the YAML, and what the local control plane is sent: the same.
`*` is every name of a mapping. A key without a body is named with its reason.
"""
_TITLES: Final = {
    "ManagedOnlineEndpoint": "Managed online endpoint",
    "KubernetesOnlineEndpoint": "Kubernetes online endpoint",
    "ManagedOnlineDeployment": "Managed online deployment",
    "KubernetesOnlineDeployment": "Kubernetes online deployment",
    "Model": "Model",
    "Environment": "Environment",
}


def keys_page() -> str:
    """The page."""
    parts = [_INTRODUCTION]
    for kind, table in TABLES.items():
        parts.append(f"\n## {_TITLES[kind.__name__]}\n\n| key | in the body |\n|---|---|\n")
        parts += [f"{line}\n" for line in _rows(table)]
    return "".join(parts)


def _rows(table: Table) -> Iterator[str]:
    for field in table.fields:
        if field.read_only:
            yield f"| `{field.yaml}` | read from `{field.rest}`, never sent |"
            continue
        default = f"; `{field.default}` where it is absent" if field.has_default else ""
        yield f"| `{field.yaml}` | `{field.rest}`{default} |"
    for key, reason in table.not_sent.items():
        yield f"| `{key}` | not sent: {reason} |"


if __name__ == "__main__":
    sys.stdout.write(keys_page())
