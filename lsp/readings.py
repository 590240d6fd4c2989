"""Documents read once: text, kind and values of a file stay until its text is another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.spec.document import Document
from devkit.spec.loading import load
from devkit.spec.recognition import recognise

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.spec.kinds import Kind
    from devkit.spec.loading import Loaded

__all__ = ["Reading", "Readings"]


@dataclass(frozen=True)
class Reading:
    """One text of one file; `loaded` is None when the file is none of ours."""

    document: Document
    loaded: Loaded | None

    @property
    def kind(self) -> Kind | None:
        """What the document describes."""
        return self.loaded.kind if self.loaded is not None else None


class Readings:
    """The newest reading of each file."""

    def __init__(self) -> None:
        self._newest: dict[Path, Reading] = {}

    def of(self, path: Path, text: str) -> Reading:
        """The reading of a file with this text."""
        known = self._newest.get(path)
        if known is None or known.document.text != text:
            known = self._newest[path] = _read(path, Document(text, path))
        return known

    def of_buffer(self, path: Path, document: Document) -> Reading:
        """The reading of an open document, which keeps what is known of the document itself."""
        known = self._newest.get(path)
        if known is None or known.document is not document:
            known = self._newest[path] = _read(path, document)
        return known


def _read(path: Path, document: Document) -> Reading:
    if path.suffix not in {".yml", ".yaml"}:
        return Reading(document, None)
    value = document.root.value
    kind = recognise(value, path.name)
    return Reading(document, load(value, kind) if kind is not None else None)
