"""How a key of a document is declared: once, for the loader, the schemas, the docs, the editor and the checks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from devkit.spec.schema_problems import Enforcer

UNSET: Final = object()
"""No documented default; `None` cannot say that, since it is a value."""


Role: TypeAlias = Literal[
    "file",
    "folder",
    "path",
    "image",
    "instance-type",
    "endpoint-name",
    "deployment-name",
    "compute",
    "environment-variable",
]
"""What a value stands for beyond its type: what an editor completes and links it with."""


@dataclass(frozen=True)
class Limit:
    """A bound on a value, and who holds it."""

    enforced_by: Enforcer
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    means: str | None = None
    """The pattern in words; required with `pattern`."""
    says: str | None = None
    """The enforcer's own words."""

    def broken_by(self, value: Any) -> bool:
        """Tell whether `value` is outside this limit; values of another type are never outside."""
        if isinstance(value, str):
            return self._broken_by_text(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        too_small = self.minimum is not None and value < self.minimum
        too_large = self.maximum is not None and value > self.maximum
        return too_small or too_large

    def _broken_by_text(self, value: str) -> bool:
        too_short = self.min_length is not None and len(value) < self.min_length
        too_long = self.max_length is not None and len(value) > self.max_length
        return too_short or too_long or (self.pattern is not None and re.match(self.pattern, value) is None)

    @property
    def text(self) -> str:
        """The limit in a few words: `1 to 50`, `3 to 32 characters`."""
        if self.means is not None:
            return self.means
        if self.min_length is not None or self.max_length is not None:
            return f"{_between(self.min_length, self.max_length)} characters"
        return _between(self.minimum, self.maximum)


def _between(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    if high is None:
        return f"at least {low:g}"
    return f"{low:g} to {high:g}" if low != high else f"exactly {low:g}"


@dataclass(frozen=True)
class Key:
    """The declaration of one key; its type is the annotation beside it."""

    description: str
    default: Any = UNSET
    """What Azure takes when the key is absent."""
    required: bool = False
    flag: str | None = None
    """The command-line flag that can give the value instead of the file."""
    limits: tuple[Limit, ...] = ()
    unit: str | None = None
    examples: tuple[Any, ...] = ()
    note: str | None = None
    """A pitfall worth knowing, shown in hover and docs."""
    output_only: bool = False
    """Azure fills it; in a file it is accepted and ignored."""
    deprecated: str | None = None
    """Why not to use it any more."""
    experimental: bool = False
    alias: str | None = None
    """Another spelling that azure-ai-ml reads as this key."""
    role: Role | None = None
    doc: str | None = None
    """A page about this key, when it has one besides its kind's."""

    @property
    def has_default(self) -> bool:
        """Whether a default is documented."""
        return self.default is not UNSET
