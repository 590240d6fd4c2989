"""One session with one server, as an editor would have it."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.editor.client import Client

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.editor.subjects import Subject
    from benchmarks.editor.texts import Text

__all__ = ["Session", "run"]

_TYPED, _RIGHT, _WRONG = "Standard_", "Standard_DS3_v2", "Standard_DS3_v2: 1"
_BEGIN = len("instance_type: ")


@dataclass
class Session:
    """What sessions with one server and one text gave: seconds, bytes, and how many items a completion had."""

    initialized: list[float] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    spawned_to_told: list[float] = field(default_factory=list)
    """Seconds from the start of the process to the diagnostics of the file that is open."""
    completed: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    """Seconds from a change to the diagnostics that it brings."""
    computed_until_told: list[float] = field(default_factory=list)
    """Seconds of processor time from the start to these diagnostics: what a busy machine does not lengthen."""
    computed: list[float] = field(default_factory=list)
    """Seconds of processor time for a change and a completion, the mean of a session."""
    memory: list[int] = field(default_factory=list)
    items: int = 0


def run(subject: Subject, text: Text, folder: Path, session: Session) -> None:
    """Start the server, open the text, make and mend mistakes, then type and complete."""
    path = folder / "blue-deployment.yml"
    path.write_text(text.content, encoding="utf-8")
    typist = _Typist(path.as_uri(), text.line)
    with Client(subject.command, folder, subject.settings) as client:
        initialized = client.initialize()
        opened = client.open(typist.uri, text.content)
        session.initialized.append(initialized)
        session.opened.append(opened)
        session.spawned_to_told.append(initialized + opened)
        session.computed_until_told.append(client.processor_time())
        session.told += [_tell(client, typist, is_wrong=number % 2 == 0) for number in range(text.mistakes)]
        before = client.processor_time()
        for number in range(text.completions):
            seconds, session.items = _complete(client, typist, _TYPED + "D" * (number % 2))
            session.completed.append(seconds)
        session.computed.append((client.processor_time() - before) / text.completions)
        session.memory.append(client.memory())


@dataclass
class _Typist:
    """Somebody who writes the value of one line anew each time."""

    uri: str
    line: int
    version: int = 1
    end: int = _BEGIN + len(_RIGHT)

    def write(self, client: Client, value: str) -> None:
        """Put a value in place of the one before it."""
        self.version += 1
        client.change(self.uri, self.version, (self.line, _BEGIN, self.end), value)
        self.end = _BEGIN + len(value)


def _complete(client: Client, typist: _Typist, typed: str) -> tuple[float, int]:
    """Complete at once after a change, so that no answer can come from the text before it."""
    typist.write(client, typed)
    return client.complete(typist.uri, typist.line, typist.end)


def _tell(client: Client, typist: _Typist, *, is_wrong: bool) -> float:
    """Seconds from a change to the diagnostics that have, or no longer have, the mistake."""
    began = time.perf_counter()
    typist.write(client, _WRONG if is_wrong else _RIGHT)
    return client.diagnostics(typist.uri, functools.partial(_tells, typist.line, is_wrong)) - began


def _tells(line: int, is_wrong: bool, found: list[dict[str, Any]]) -> bool:
    return any(each["range"]["start"]["line"] == line for each in found) is is_wrong
