"""az's flags with several values, such as ``--set a=1 b=2`` and ``--remove tags 0``, in words that typer reads."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["in_single_values", "words_of"]

_NUMBER = re.compile(r"-\d+")

_NOUNS = frozenset({"online-endpoint", "online-deployment", "model", "environment"})
_REPEATED = frozenset({"--set"})
_JOINED = frozenset({"--traffic", "--mirror-traffic"})
_LISTS = frozenset({"--add", "--remove"})


def in_single_values(arguments: Sequence[str]) -> list[str]:
    """The same command line with one value a flag.

    ``--set`` comes once for each pair, the shares of traffic in one word, the words after ``--add`` and ``--remove`` as
    a JSON list, which `words_of` reads.
    """
    if not arguments or arguments[0] not in _NOUNS:
        return list(arguments)
    return _pairs_apart(_lists_as_one(arguments))


def words_of(value: str) -> list[str]:
    """The words that were given to ``--add`` or ``--remove``."""
    return [str(each) for each in json.loads(value)]


def _lists_as_one(arguments: Sequence[str]) -> list[str]:
    words: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        flag, equals, first = word.partition("=")
        if flag not in _LISTS:
            words.append(word)
            continue
        values = [first] if equals else []
        while rest and (not rest[0].startswith("-") or _NUMBER.fullmatch(rest[0])):
            values.append(rest.pop(0))
        words += [flag, *([json.dumps(values)] if values else [])]
    return words


def _pairs_apart(arguments: Sequence[str]) -> list[str]:
    words: list[str] = []
    flag = None  # whose values go on
    for word in arguments:
        if flag is not None and _is_pair(word) and _is_pair(words[-1]):
            words[-1:] = [words[-1], flag, word] if flag in _REPEATED else [f"{words[-1]} {word}"]
            continue
        if word.startswith("-"):
            flag = word if word in _REPEATED | _JOINED else None
        words.append(word)
    return words


def _is_pair(word: str) -> bool:
    return "=" in word and not word.startswith("-")
