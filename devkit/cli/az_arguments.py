"""az's flags with several values, ``--set a=1 b=2`` and ``--traffic blue=90 green=10``, in words that typer reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["in_single_values"]

_NOUNS = frozenset({"online-endpoint", "online-deployment", "model", "environment"})
_REPEATED = frozenset({"--set"})
_JOINED = frozenset({"--traffic", "--mirror-traffic"})


def in_single_values(arguments: Sequence[str]) -> list[str]:
    """The same command line with one value a flag: ``--set`` once for each pair, the shares of traffic in one word."""
    if not arguments or arguments[0] not in _NOUNS:
        return list(arguments)
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
