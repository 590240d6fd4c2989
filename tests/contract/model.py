"""What a corpus is made of: services that are asked, requests, and starts that succeed or fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RECORDED", "SCRIPTS", "Request", "Service", "Start"]

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"
RECORDED = HERE / "recorded"


@dataclass(frozen=True)
class Request:
    """One HTTP request. ``name`` is unique in its service, and is the key of the recorded answer."""

    name: str
    method: str = "POST"
    path: str = "/score"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    in_process: bool = True
    """False for what only a real server can answer: an exit of the process, a limit of the HTTP parser."""


@dataclass(frozen=True)
class Service:
    """One started server: a scoring script with its surroundings, and what it is asked, in order.

    ``files`` are written beside the script, which is also the working directory and so ``AML_APP_ROOT``.
    """

    name: str
    script: str
    requests: tuple[Request, ...]
    flags: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """One start of the server that should fail, or that should print something worth comparing.

    ``source`` is the text of ``score.py``; None writes no script. ``{dir}`` in flags and variables is the folder.
    """

    name: str
    source: str | None = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"
    flags: tuple[str, ...] = ("--entry_script", "score.py")
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    busy_port: bool = False
