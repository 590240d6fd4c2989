"""JSON with comments and trailing commas, as VS Code's files have it, read with the place of every value.

A file is changed by edits at those places, so whatever else a person wrote in it stays as it is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

__all__ = ["JsoncError", "Node", "append", "key_start", "parse", "remove", "replace"]

_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_DEEPEST = 100


class JsoncError(ValueError):
    """The text is no JSON with comments. ``str(error)`` begins with line and column, from one."""


@dataclass(frozen=True)
class Node:
    """A value and where it stands: ``text[start:end]``."""

    start: int
    end: int
    value: Any
    items: list[Node] = field(default_factory=list)
    members: dict[str, Node] = field(default_factory=dict)
    has_trailing_comma: bool = False

    @property
    def last(self) -> Node | None:
        """The last value in it."""
        children = self.items or list(self.members.values())
        return children[-1] if children else None


def parse(text: str) -> Node:
    """Read a whole text; nothing but comments may be around its one value.

    Raises:
        JsoncError: it is no JSON with comments.
    """
    reader = _Reader(text.removeprefix("\ufeff").rjust(len(text)))  # a blank for the mark: every place stays right
    node = reader.value(reader.skip(0), 0)
    end = reader.skip(node.end)
    if end < len(text):
        raise reader.error(end, "something follows the end of the value")
    return node


def append(text: str, container: Node, rendered: str) -> str:
    """Put a value (or a member, with its key) behind the last of a list or object of `text`."""
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = _indent_unit(text)
    inner = _indent_at(text, container.start) + unit
    closing = container.end - 1
    head = text[:closing].rstrip()
    last = container.last
    if last is not None and not container.has_trailing_comma:
        head = head[: last.end] + "," + head[last.end :]
    entry = _indented(rendered, unit, inner, newline)
    return f"{head}{newline}{inner}{entry}{newline}{_indent_at(text, container.start)}{text[closing:]}"


def replace(text: str, node: Node, rendered: str) -> str:
    """Put a value in the place of another."""
    newline = "\r\n" if "\r\n" in text else "\n"
    entry = _indented(rendered, _indent_unit(text), _indent_at(text, node.start), newline)
    return text[: node.start] + entry + text[node.end :]


def key_start(text: str, container: Node, child: Node) -> int:
    """Where the key of an object's member begins; of a list's item, where the item does."""
    if not container.members:
        return child.start
    reader = _Reader(text)
    before = _before(container, child)
    start = reader.skip(before.end if before else container.start + 1)
    return reader.skip(start + 1) if text.startswith(",", start) else start


def remove(text: str, container: Node, child: Node) -> str:
    """Take a member or an item out with its comma, and with its line and what is said behind it if that is its own."""
    reader = _Reader(text)
    start, end = key_start(text, container, child), child.end
    comma = reader.skip(end)
    if text.startswith(",", comma):
        end = comma + 1
    elif before := _before(container, child):
        gap = text[before.end : start]  # the last one goes: the comma before it would be left over
        start, text = start - 1, text[: before.end] + gap.replace(",", "", 1) + text[start:]
        end -= 1
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip():
        newline = re.compile(r"[ \t]*(?://[^\n]*)?\r?\n").match(text, end)
        start, end = (line, newline.end()) if newline else (start, end)
    return text[:start] + text[end:]


def _before(container: Node, child: Node) -> Node | None:
    children = container.items or list(container.members.values())
    return max((each for each in children if each.end <= child.start), key=lambda each: each.end, default=None)


def _indented(rendered: str, unit: str, inner: str, newline: str) -> str:
    """Text that was laid out by two spaces, laid out as its surroundings are."""
    first, *others = rendered.split("\n")
    levels = [(len(line) - len(line.lstrip(" "))) // 2 for line in others]
    laid_out = (inner + unit * level + line.lstrip() for level, line in zip(levels, others, strict=True))
    return newline.join([first, *laid_out])


def _indent_at(text: str, offset: int) -> str:
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    return line[: len(line) - len(line.lstrip())]


def _indent_unit(text: str) -> str:
    found = re.search(r"\n([ \t]+)\S", text)
    return found[1] if found else "  "


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text

    def error(self, offset: int, what: str) -> JsoncError:
        line = self.text.count("\n", 0, offset) + 1
        return JsoncError(f"{line}:{offset - self.text.rfind(chr(10), 0, offset)}: {what}")

    def skip(self, offset: int) -> int:
        found = _SPACE.match(self.text, offset)
        return found.end() if found else offset

    def value(self, start: int, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self.error(start, "nested too deeply")
        opening = self.text[start : start + 1]
        if opening == "{":
            return self._object(start, depth)
        if opening == "[":
            return self._list(start, depth)
        found = (_STRING if opening == '"' else _LITERAL).match(self.text, start)
        if not found:
            raise self.error(start, "a value is missing")
        return Node(start, found.end(), self._decoded(start, found[0]))

    def _decoded(self, start: int, text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError as error:
            raise self.error(start, str(error)) from None

    def _list(self, start: int, depth: int) -> Node:
        items: list[Node] = []
        offset, comma = self.skip(start + 1), False
        while not self.text.startswith("]", offset):
            self._require_comma(offset, comma=comma, first=not items)
            items.append(self.value(offset, depth + 1))
            offset, comma = self._after(items[-1])
        return Node(start, offset + 1, [each.value for each in items], items=items, has_trailing_comma=comma)

    def _object(self, start: int, depth: int) -> Node:
        members: dict[str, Node] = {}
        offset, comma = self.skip(start + 1), False
        while not self.text.startswith("}", offset):
            self._require_comma(offset, comma=comma, first=not members)
            name = _STRING.match(self.text, offset)
            if not name:
                raise self.error(offset, "a key in double quotes is missing")
            colon = self.skip(name.end())
            if not self.text.startswith(":", colon):
                raise self.error(colon, "a colon is missing")
            key = self._decoded(offset, name[0])
            members.pop(key, None)  # the last of equal keys counts, and is the last in the text too
            members[key] = self.value(self.skip(colon + 1), depth + 1)
            offset, comma = self._after(members[key])
        value = {key: each.value for key, each in members.items()}
        return Node(start, offset + 1, value, members=members, has_trailing_comma=comma)

    def _after(self, node: Node) -> tuple[int, bool]:
        offset = self.skip(node.end)
        if self.text.startswith(",", offset):
            return self.skip(offset + 1), True
        return offset, False

    def _require_comma(self, offset: int, *, comma: bool, first: bool) -> None:
        if not comma and not first:
            raise self.error(offset, "a comma or the closing bracket is missing")
