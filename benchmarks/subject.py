"""What is measured: a server, its packages, the files it serves and the command that starts it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ANSWER", "BODY", "CEILING", "MODEL", "OURS", "PEER", "Place", "Subject", "program"]

OURS, PEER, CEILING = "ours", "peer", "ceiling"
"""What a subject is to the goals: a ceiling is no peer."""

BODY = json.dumps({"data": [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]}).encode()
"""The body of every request, and what the model gives for it."""
ANSWER = {"predictions": [10.0, 26.0]}
MODEL = "model.py"

PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True)
class Place:
    """Where a subject runs: its folder, the ``bin`` of its environment and the port it is to bind."""

    folder: Path
    bin: Path
    port: int


@dataclass(frozen=True)
class Subject:
    """One server. ``requirements`` None means the environment that the bench itself runs in."""

    name: str
    kind: str
    command: Callable[[Place], tuple[str, ...]]
    programs: tuple[str, ...]
    requirements: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    path: str = "/score"


def program(name: str) -> str:
    """Give the text of a file that a subject serves: each imports the same ``run()`` from model.py."""
    return (PROGRAMS / name).read_text(encoding="utf-8")
