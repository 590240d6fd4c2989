"""``.amlignore`` and ``.gitignore``: what azure-ai-ml leaves out of an upload.

azure-ai-ml 1.35 takes ``.amlignore`` of the folder that is uploaded, or ``.gitignore`` where there is none, with git's
meaning of a pattern; the ones in folders below do not count (``_utils/_asset_utils.py``, read 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["IGNORE_FILES", "IgnoreRules"]

IGNORE_FILES: Final = (".amlignore", ".gitignore")
"""The first one that is there counts."""


@dataclass(frozen=True)
class IgnoreRules:
    """The rules of one ignore file."""

    name: str
    """The file's name, for messages."""
    text: str

    def ignored_by(self, path: str) -> str | None:
        """The file and pattern that keep `path` out, or None; `path` is relative, with forward slashes."""
        result = self._spec.check_file(path)
        if not result.include or result.index is None:
            return None
        return f"{self.name}: {self._spec.patterns[result.index].pattern!s}"

    @cached_property
    def _spec(self) -> GitIgnoreSpec:
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(self.text.splitlines())
