"""What is wrong with a text as YAML, before anyone asks what the values mean."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devkit.spec.positions import Span


class ProblemKind(str, enum.Enum):
    """The families of YAML mistakes; a rule has one code for each."""

    SYNTAX = "syntax"
    """The text is no YAML. PyYAML, and so azure-ai-ml, refuses the file."""
    DUPLICATE_KEY = "duplicate-key"
    """A mapping has a key twice. PyYAML takes the last one without a word."""
    VALUE = "value"
    """The text is YAML, but PyYAML's safe loader refuses to build a value of it: an unknown tag, an impossible date."""
    LIMIT = "limit"
    """Nesting or aliases beyond what any deployment needs; the part beyond is not read."""


@dataclass(frozen=True)
class YamlProblem:
    """One mistake: where it is, what happened, what to do.

    `related` is another place that belongs to it: the first of two equal keys, where an open quote starts.
    """

    kind: ProblemKind
    message: str
    remedy: str
    span: Span
    related: Span | None = None
