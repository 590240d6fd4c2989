"""What the tolerant reader had to mend: the mistake itself, where PyYAML names what it met later."""

from __future__ import annotations

from devkit.spec.positions import Span
from devkit.spec.problems import ProblemKind, YamlProblem


def _syntax(span: Span, message: str, remedy: str) -> YamlProblem:
    return YamlProblem(ProblemKind.SYNTAX, message, remedy, span)


def too_many_lines(offset: int) -> YamlProblem:
    """A text of more lines than are read."""
    message = "The text has more lines than are read; what comes from here on is left out."
    return YamlProblem(ProblemKind.LIMIT, message, "Split the file.", Span(offset, offset))


def between_levels(start: int, column: int) -> YamlProblem:
    """A key or dash that is neither in the column of one level nor of the other."""
    message = "This line is indented between two levels."
    return _syntax(Span(start, start + 1), message, f"Indent it by {column} spaces, or as far as the level above.")


def deeper_than_siblings(start: int) -> YamlProblem:
    """A key behind a value that is already complete."""
    message = "This key is indented deeper than the keys beside it, and the line above it has a value already."
    return _syntax(Span(start, start + 1), message, "Start it in the column of the keys beside it.")


def key_among_items(start: int) -> YamlProblem:
    """A key in the column of a list's dashes."""
    message = "A key stands where an item of the list belongs."
    return _syntax(Span(start, start + 1), message, "Write a dash before it, or indent it as the keys above the list.")


def stray_dash(dash: int) -> YamlProblem:
    """A dash where no list can begin."""
    message = "A list begins here, but the key above has a value already, or there is no key."
    return _syntax(Span(dash, dash + 1), message, "Write a key with a colon above the list.")


def no_colon(span: Span) -> YamlProblem:
    """A word where a key belongs."""
    return _syntax(span, "This is neither a key nor part of a value.", "Write a colon and a space behind it.")


def no_space(colon: int) -> YamlProblem:
    """A key whose colon has no space behind it."""
    return _syntax(Span(colon, colon + 1), "The colon needs a space behind it.", "Write a space behind the colon.")


def open_quote(start: int, quote: str) -> YamlProblem:
    """A quote without its end."""
    message = f"The quote {quote} that opens here is not closed."
    return _syntax(Span(start, start + 1), message, f"Write {quote} at the end of the text.")


def open_bracket(start: int, bracket: str) -> YamlProblem:
    """A bracket without its end."""
    closing = "}" if bracket == "{" else "]"
    message = f"The bracket {bracket} that opens here is not closed, or something in it is broken."
    return _syntax(Span(start, start + 1), message, f"Write {closing} at the end, and commas between the entries.")


def stray_text(span: Span) -> YamlProblem:
    """Text behind a value that is complete."""
    return _syntax(span, "There is text behind the end of the value.", "Remove it, or quote the whole value.")
