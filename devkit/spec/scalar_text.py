"""What the characters between a scalar's ends say: folding, quotes, escapes and block scalars, as PyYAML reads them.

Every function takes what is written and never fails; an escape that YAML does not know stays as it is written.
"""

from __future__ import annotations

import re
from typing import NamedTuple

BREAKS = "\n\r\x85\u2028\u2029"
"""The characters that end a line in YAML 1.1; an editor ends lines at the first two only."""

BREAK = re.compile("\r\n|[" + BREAKS + "]")
_KEPT_BREAKS = frozenset("\u2028\u2029")
_BLANKS = " \t"
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "/": "/",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_CODED = re.compile(r"\\[xuU0]")
_LAST_CODE_POINT = 0x10FFFF


def plain(raw: str) -> str:
    """The text of a plain scalar: its lines folded into one."""
    if not _has_break(raw):
        return raw
    lines, breaks = _split(raw)
    return _fold([line.strip(_BLANKS) for line in lines], breaks, [False] * len(lines))


def single_quoted(raw: str) -> str:
    """The text between single quotes."""
    return _quoted_lines(raw).replace("''", "'")


def double_quoted(raw: str) -> str:
    """The text between double quotes."""
    if "\\" not in raw:
        return _quoted_lines(raw)
    if not _has_break(raw):
        return _unescape(raw)
    lines, breaks = _split(raw)
    bodies, joined = [], []
    for index, line in enumerate(lines):
        body, escaped = _trim(line, first=index == 0, last=index == len(lines) - 1)
        bodies.append(_unescape(body))
        joined.append(escaped)
    return _fold(bodies, breaks, joined)


class BlockHeader(NamedTuple):
    """The first line of a block scalar: ``|`` or ``>`` with its indicators."""

    folded: bool
    keep: bool
    strip: bool
    indent: int | None
    """The indentation below the parent's, where it is written out."""

    @classmethod
    def parse(cls, written: str) -> BlockHeader:
        """Read ``|2-`` and the like."""
        digits = [int(character) for character in written if character in "123456789"]
        return cls(written[0] == ">", "+" in written, "-" in written, digits[0] if digits else None)


def block(header: BlockHeader, lines: list[str], breaks: list[str], indent: int) -> str:
    """The text of a block scalar from its lines and the breaks behind them; the last break may be missing.

    Folds as PyYAML 6.0.3 does (``Scanner.scan_block_scalar``): neither before nor after a more indented line.
    """
    bodies = [line[indent:] if line.strip(" ") or len(line) > indent else "" for line in lines]
    while bodies and not bodies[-1]:
        bodies.pop()
    ends = [_normal(end) for end in breaks]
    text: list[str] = []
    for index, body in enumerate(bodies):
        text.append(body)
        if index < len(bodies) - 1:
            text.append(_between(header, bodies, ends, index))
    return "".join(text) + _tail(header, ends, len(bodies))


def _between(header: BlockHeader, bodies: list[str], ends: list[str], index: int) -> str:
    """What a break becomes: itself, or where lines are folded a space, or nothing before an empty line."""
    if not header.folded or not bodies[index] or ends[index] in _KEPT_BREAKS or bodies[index][0] in _BLANKS:
        return ends[index]
    following = index + 1
    while not bodies[following]:
        following += 1
    if bodies[following][0] in _BLANKS:
        return ends[index]
    return " " if following == index + 1 else ""


def _tail(header: BlockHeader, ends: list[str], count: int) -> str:
    if header.keep:
        return "".join(ends[max(count - 1, 0) :])
    return "" if header.strip or not count else "".join(ends[count - 1 : count])


def _quoted_lines(raw: str) -> str:
    if not _has_break(raw):
        return raw
    lines, breaks = _split(raw)
    last = len(lines) - 1
    bodies = [_trim_quoted(line, first=index == 0, last=index == last) for index, line in enumerate(lines)]
    return _fold(bodies, breaks, [False] * len(lines))


def _trim_quoted(line: str, *, first: bool, last: bool) -> str:
    line = line if first else line.lstrip(_BLANKS)
    return line if last else line.rstrip(_BLANKS)


def _trim(line: str, *, first: bool, last: bool) -> tuple[str, bool]:
    """A line of a double-quoted scalar without the blanks that folding drops, and whether its break is escaped."""
    line = line if first else line.lstrip(_BLANKS)
    body = line if last else line.rstrip(_BLANKS)
    backslashes = len(body) - len(body.rstrip("\\"))
    if last or backslashes % 2 == 0:
        return body, False
    return (body[:-1], True) if body == line else (line[: len(body) + 1], False)


def _fold(lines: list[str], breaks: list[str], joined: list[bool]) -> str:
    """Join trimmed lines: one break is a space, more of them lose the first; `joined` lines have none of their own."""
    text = [lines[0]]
    waiting: list[str] = [] if joined[0] else [breaks[0]]
    skip_first = joined[0]
    for index in range(1, len(lines)):
        last = index == len(lines) - 1
        if lines[index] or joined[index] or last:
            text.append("".join(map(_normal, waiting)) if skip_first else _folded(waiting))
            text.append(lines[index])
            waiting, skip_first = [], joined[index]
        if not last and not joined[index]:
            waiting.append(breaks[index])
    return "".join(text)


def _folded(breaks: list[str]) -> str:
    first, rest = breaks[0], breaks[1:]
    if first in _KEPT_BREAKS:
        return "".join(map(_normal, breaks))
    return "".join(map(_normal, rest)) or " "


def _unescape(body: str) -> str:
    if "\0" in body or _CODED.search(body):
        return _ESCAPE.sub(_replacement, body)
    # Ten times faster than the expression; NUL stands for a backslash that is meant, until the end.
    body = body.replace("\\\\", "\0")
    for written, meant in _ESCAPES.items():
        body = body.replace("\\" + written, meant)
    return body.replace("\0", "\\")


def _replacement(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= _LAST_CODE_POINT else match[0]
    return _ESCAPES.get(match[4], match[0])


def _has_break(raw: str) -> bool:
    return BREAK.search(raw) is not None


def _split(raw: str) -> tuple[list[str], list[str]]:
    return BREAK.split(raw), BREAK.findall(raw)


def _normal(line_break: str) -> str:
    return line_break if line_break in _KEPT_BREAKS else "\n"
