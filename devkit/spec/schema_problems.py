"""What loading a document can find wrong with it, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Where a value sits in a document: keys and list indices from the top, `()` for the document itself."""


class Enforcer(str, Enum):
    """Who refuses a document that breaks a rule."""

    LOADER = "loader"
    """azure-ai-ml, while it reads the YAML."""
    CLIENT = "client"
    """azure-ai-ml, after reading and before anything is sent."""
    SERVICE = "service"
    """Only Azure, minutes later; nothing on the user's machine checks it."""
    DOCS = "docs"
    """Nobody: the documentation asks for it and the document is accepted."""

    @property
    def phrase(self) -> str:
        """The enforcer as the subject and verb of a sentence."""
        return _PHRASES[self]


_PHRASES = {
    Enforcer.LOADER: "azure-ai-ml refuses",
    Enforcer.CLIENT: "azure-ai-ml refuses to send",
    Enforcer.SERVICE: "the service refuses",
    Enforcer.DOCS: "the documentation advises against",
}


class Code(str, Enum):
    """The families of what can be wrong with one value."""

    UNKNOWN_KEY = "unknown-key"
    MISSING_KEY = "missing-key"
    MISSING_NAME = "missing-name"
    """A required key that the command line can give as well (`-n`, `-e`, `--set`)."""
    NULL = "null-value"
    WRONG_TYPE = "wrong-type"
    NOT_ALLOWED = "not-allowed"
    """A value outside the list of allowed ones."""
    BAD_REFERENCE = "bad-reference"
    LIMIT = "limit"
    """Outside a range, a length or a pattern."""
    CONFLICT = "conflict"
    """Two keys that exclude each other, or one that lacks its companion."""
    OVERRIDE = "override"
    """A `--set` that cannot be applied."""
    NOT_A_MAPPING = "not-a-mapping"
    """The document is empty, a list or a scalar."""


@dataclass(frozen=True)
class Problem:
    """One mistake at one place."""

    code: Code
    path: Path
    message: str
    """What happened and why, without the place."""
    remedy: str
    """What to do about it."""
    enforced_by: Enforcer = Enforcer.LOADER
    on_key: bool = False
    """True when the key at the end of `path` is meant, not its value."""
    suggestion: str | None = None
    """The text that, put in place of the key or value, mends it."""
    says: str | None = None
    """What azure-ai-ml itself prints for this mistake, where its words are known."""
