"""The environment variables that the inference server reads, for a deployment's `environment_variables`.

The server's own declarations are the source: a test compares the two, since neither package imports the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from devkit.spec.facts import read_rows

__all__ = ["ServerVariable", "server_variables"]


@dataclass(frozen=True)
class ServerVariable:
    """One variable."""

    name: str
    default: str
    """What holds when it is absent; empty when nothing does."""
    description: str
    offered: bool
    """Whether a deployment may well set it; Azure or the command line gives the others."""


@cache
def server_variables() -> dict[str, ServerVariable]:
    """Every variable by its name, in the order of the server's help."""
    rows = read_rows("server_variables.csv")
    return {
        row["name"]: ServerVariable(row["name"], row["default"], row["description"], row["offered"] == "yes")
        for row in rows
    }
