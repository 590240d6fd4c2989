"""What a scalar's text means in YAML 1.1, as PyYAML's safe loader (and so azure-ai-ml) reads it.

``yes`` is true, ``0755`` is 493 and ``1:30`` is 90. PyYAML itself decides; this module only catches what it raises.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

PREFIX = "tag:yaml.org,2002:"
STR = PREFIX + "str"
NULL = PREFIX + "null"
BOOL = PREFIX + "bool"
INT = PREFIX + "int"
FLOAT = PREFIX + "float"
MERGE = PREFIX + "merge"
VALUE = PREFIX + "value"
NON_SPECIFIC = "!"
"""The tag ``!``: the scalar means what its text would mean as a plain one, quoted or not (PyYAML 6.0.3)."""

SCALAR_TAGS = frozenset(PREFIX + name for name in ("str", "null", "bool", "int", "float", "timestamp", "binary"))
MAPPING_TAGS = frozenset(PREFIX + name for name in ("map", "set"))
SEQUENCE_TAGS = frozenset(PREFIX + name for name in ("seq", "omap", "pairs"))

_RESOLVERS: dict[str, list[tuple[str, Any]]] = Resolver.yaml_implicit_resolvers
_LONGEST_NUMBER = 4_300
"""Python's own limit for the digits of an integer (``sys.int_info``); with more, ``1:30:30:...`` takes minutes."""


class Constructed(NamedTuple):
    """A value, and why there is none where PyYAML refuses the text (then `value` is the text)."""

    value: Any
    error: str | None = None


def resolve(text: str, *, plain: bool) -> str:
    """The tag of an untagged scalar."""
    if plain:
        for tag, expression in _RESOLVERS.get(text[:1], ()):
            if expression.match(text):
                return tag
    return STR


def may_be_special(text: str) -> bool:
    """Whether a plain text may be something else than a string; a quick look at its first character."""
    return text[:1] in _RESOLVERS


def construct(text: str, tag: str) -> Constructed:
    """The value of a scalar with a tag. Never raises: what PyYAML refuses comes back as the text with an error."""
    if tag == STR:
        return Constructed(text)
    if tag in {INT, FLOAT} and len(text) > _LONGEST_NUMBER:
        return Constructed(text, f"a number of {len(text):,} characters is longer than Python reads")
    return _constructed(text, tag)


def shorthand(tag: str) -> str:
    """A tag as one writes it: ``!!str`` for ``tag:yaml.org,2002:str``."""
    return "!!" + tag.removeprefix(PREFIX) if tag.startswith(PREFIX) else tag


@lru_cache(maxsize=4096)
def _constructed(text: str, tag: str) -> Constructed:
    if tag == MERGE:
        return Constructed(text, "'<<' merges mappings and stands only as a key")
    if tag not in SCALAR_TAGS:
        return Constructed(text, f"{shorthand(tag)!r} has no meaning here")
    constructor = SafeConstructor.yaml_constructors[tag]
    try:
        return Constructed(constructor(SafeConstructor(), yaml.ScalarNode(tag, text)))
    except (yaml.YAMLError, ValueError, OverflowError, LookupError, TypeError, AttributeError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        return Constructed(text, f"{text[:40]!r} is not a valid {tag.removeprefix(PREFIX)}: {reason}")
