"""What is wrong with the documents behind a command. Apart from what reads them, which takes long to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devkit.spec.findings import Finding

__all__ = ["DocumentError", "FindingsError"]


class DocumentError(Exception):
    """A file or a flag describes no resource. ``str(error)`` says why, and what to do."""


class FindingsError(DocumentError):
    """A document has mistakes that Azure, its client or the container would refuse.

    Attributes:
        findings: the errors, each at its place.
    """

    def __init__(self, path: Path, findings: Sequence[Finding]) -> None:
        mistakes = "a mistake" if len(findings) == 1 else f"{len(findings)} mistakes"
        told = "\n".join(f"{each.path}:{each.range.start.line + 1}: {each.message}. {each.remedy}" for each in findings)
        super().__init__(f"{path} has {mistakes}; nothing was sent.\n{told}")
        self.findings = tuple(findings)
