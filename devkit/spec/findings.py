"""What every check of the kit returns: a value that renderers turn into text, JSON, SARIF or an editor's diagnostics.

Ranges count lines and characters (Unicode code points) from zero; an editor converts them to its own encoding.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.spec.positions import Range

__all__ = ["Finding", "Fix", "Related", "Severity", "TextEdit"]


class Severity(str, Enum):
    """How bad a finding is.

    An error is refused by azure-ai-ml, by the service or by the container; a warning is accepted and will hurt; a hint
    is style.
    """

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"

    @property
    def rank(self) -> int:
        """2 for an error, 1 for a warning, 0 for a hint: to compare with a threshold."""
        return {"error": 2, "warning": 1, "hint": 0}[self.value]


@dataclass(frozen=True)
class TextEdit:
    """Replace the text of `range` in one file by `new_text`."""

    range: Range
    new_text: str


@dataclass(frozen=True)
class Fix:
    """A mend that a person can accept: the same object behind ``--fix`` and the editor's quick fix."""

    title: str
    edits: tuple[TextEdit, ...]
    safe: bool = True
    """Whether ``--fix`` may apply it unasked; an unsafe one changes what the deployment means."""


@dataclass(frozen=True)
class Related:
    """Another place that belongs to a finding, often in another file."""

    message: str
    path: Path
    range: Range


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, where it is, why, and what to do about it."""

    code: str
    severity: Severity
    message: str
    path: Path
    range: Range
    remedy: str = ""
    refused_by: str = ""
    """Who refuses it: ``azure-ai-ml``, ``the service``, ``the container``, or empty when nobody does."""
    fixes: tuple[Fix, ...] = ()
    related: tuple[Related, ...] = ()
    tags: frozenset[str] = field(default_factory=frozenset)
    """``unnecessary`` and ``deprecated``, which an editor shows faded or struck through."""

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Orders findings by file, then place, then code."""
        start = self.range.start
        return (str(self.path), start.line, start.character, self.code, self.message)

    def at_severity(self, severity: Severity) -> Finding:
        """The same finding with another severity."""
        return replace(self, severity=severity)
