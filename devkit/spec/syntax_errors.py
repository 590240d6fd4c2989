"""PyYAML's syntax errors in the words of someone who can mend them, with the place as offsets of our text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devkit.spec.positions import Span
from devkit.spec.problems import ProblemKind, YamlProblem

if TYPE_CHECKING:
    import yaml

_UNREADABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that PyYAML refuses anywhere in a text (PyYAML 6.0.3, ``Reader.NON_PRINTABLE``)."""

_REMEDIES = (
    (
        "mapping values are not allowed",
        "Check the indentation, or quote the value: it has a colon followed by a space.",
    ),
    ("could not find expected ':'", "Write a colon and a space behind the key, or quote the text."),
    ("quoted scalar", "Close the quote that was opened here."),
    ("did not find expected ',' or", "Close the bracket, or write a comma before the next entry."),
    ("cannot start any token", "Quote the value, or indent with spaces instead of a tab."),
    ("did not find expected key", "Check the indentation: keys of one mapping start in the same column."),
    ("expected <block end>", "Check the indentation: keys of one mapping start in the same column."),
    ("did not find expected '-' indicator", "Check the indentation: the dashes of one list start in the same column."),
    ("did not find expected <document start>", "Write --- between two documents, or check the indentation."),
    ("did not find expected alphabetic", "Quote the value: & and * begin an anchor or an alias."),
    ("escape character", "Write the backslash twice, or use single quotes."),
)
_REMEDY = "Compare the line with the ones above it: indentation, colons, quotes and brackets."


def unreadable(text: str) -> YamlProblem | None:
    """The first character that YAML does not allow, if there is one."""
    match = _UNREADABLE.search(text)
    if match is None:
        return None
    message = f"The character U+{ord(match[0]):04X} is not allowed in YAML."
    remedy = "Remove it; in double quotes it can be written as an escape."
    return YamlProblem(ProblemKind.SYNTAX, message, remedy, Span(*match.span()))


def explain(error: yaml.YAMLError, text: str, offset: int) -> YamlProblem:
    """Turn what PyYAML raised into a problem. `offset` is added to its indices (one for a byte order mark)."""
    where, context = _mark(error, "problem_mark"), _mark(error, "context_mark")
    message = _message(error)
    span = _span(text, offset + (where if where is not None else context or 0))
    related = None if context is None or context == where else _span(text, offset + context)
    if "unexpected end of stream" in message and related is not None:
        # The end of the file is where the parser noticed it; the user has to look where it began.
        span, related = related, None
    return YamlProblem(ProblemKind.SYNTAX, message, _remedy(message), span, related)


def _mark(error: Any, name: str) -> int | None:
    mark = getattr(error, name, None)
    return None if mark is None else int(mark.index)


def _message(error: Any) -> str:
    parts = [getattr(error, "context", None), getattr(error, "problem", None)]
    return "The YAML is broken: " + (", ".join(part for part in parts if part) or str(error).partition("\n")[0]) + "."


def _remedy(message: str) -> str:
    return next((remedy for needle, remedy in _REMEDIES if needle in message), _REMEDY)


def _span(text: str, offset: int) -> Span:
    """The word at an offset, or the character; at the end of the text nothing."""
    offset = min(offset, len(text))
    word = re.compile(r"[\w.$-]+").match(text, offset)
    return Span(offset, word.end() if word else min(offset + 1, len(text)))
