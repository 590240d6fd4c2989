"""Where a scoring script has what Azure ML calls."""

from __future__ import annotations

import re
from functools import lru_cache

from devkit.checks.scripts import read_script
from devkit.spec.positions import LineTable, Span

__all__ = ["function_span"]


@lru_cache(maxsize=64)
def function_span(text: str, name: str) -> Span | None:
    """Where the name of a function at the top level of a script stands; None when there is none.

    A script that does not parse, as while it is typed, is searched for the words.
    """
    script = read_script(text)
    found = script.functions.get(name)
    start = LineTable(text).line_span(found.place.line - 1).start if found is not None else 0
    if found is None and script.syntax_error is None:
        return None
    pattern = re.compile(rf"^(?:async[ \t]+)?def[ \t]+({re.escape(name)})\b", re.MULTILINE)
    match = pattern.search(text, start)
    return Span(*match.span(1)) if match is not None else None
