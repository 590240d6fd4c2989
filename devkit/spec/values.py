"""Values of the tolerant reader: scalars and flow collections, over as many lines as they take, closed or not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.spec import block_scalars, quotes, recoveries, scalar_text, tags
from devkit.spec.anchors import unresolved
from devkit.spec.flow import FlowReader
from devkit.spec.frames import Stack
from devkit.spec.lines import YamlLines
from devkit.spec.nodes import Node, Scalar
from devkit.spec.positions import Span
from devkit.spec.problems import YamlProblem

if TYPE_CHECKING:
    from collections.abc import Iterable

MARKER = re.compile(r"(?:---|\.\.\.)(?=[\s\x85]|\Z)")
ALIAS = re.compile(r"\*[\w-]*")
COLON = re.compile(r":(?=[\s\x85]|\Z)")
_PROPERTY = re.compile(r"&[\w-]*|![^\s\x85\u2028\u2029]*")
_KEY_LINE = re.compile(r"""(?:- +)*(?:"[^"]*"|'[^']*'|[^\s"'#{}\[\],&*!|>%@`][^#]*?)[ \t]*:(?=[\s\x85]|\Z)""")
_FAILED_FLOW_BUDGET = 100_000
"""Characters that may be read twice because a bracket is not closed; beyond it brackets end where they must."""


class ValueReader:
    """Reads the value that begins at an offset of the line `_line`, which ends at `_stop`."""

    def __init__(self, text: str, without: Iterable[Span] = ()) -> None:
        self.lines = YamlLines(text, without)
        self.text = self.lines.text
        self.stack = Stack([] if self.text is text else [recoveries.too_many_lines(len(self.text))])
        self.comments: dict[int, int] = {}
        self._line = 0
        self._stop = 0
        self._has_tabs = "\t" in text
        self._flow_budget = _FAILED_FLOW_BUDGET
        self._flow_read: tuple[int, Node, int] | None = None
        self._quote_read: tuple[int, int | None] | None = None

    def _node(self, offset: int) -> tuple[Node, int]:
        """The node at `offset` and the last line it takes."""
        character = self.text[offset]
        parent = self.stack.top.column
        if character in "\"'":
            return self._quoted(offset, parent)
        if character in "{[":
            node, end = self._flow(offset, parent)
            return node, self._finish(end)
        if character in "|>" and (header := block_scalars.HEADER.match(self.text, offset, self._stop)):
            self._finish(header.end())
            return block_scalars.read(self.lines, self._line, offset, header[0], parent)
        if character == "*" and (alias := ALIAS.match(self.text, offset, self._stop)):
            return self._alias(Span(offset, alias.end())), self._finish(alias.end())
        return self._plain(offset, parent)

    def _plain(self, offset: int, parent: int) -> tuple[Node, int]:
        last, end = self._line, self._plain_end(self._line, offset)
        line = last + 1
        while last not in self.comments and line < len(self.lines):
            start, first, stop = self.lines.bounds(line)
            if first < stop:
                if first - start <= parent or not self._continues_plain(line, start, first):
                    break
                last, end = line, self._plain_end(line, first)
            line += 1
        return Scalar(offset, end, text=scalar_text.plain(self.text[offset:end])), last

    def _continues_plain(self, line: int, start: int, first: int) -> bool:
        if self.text[first] == "#" or (start == first and MARKER.match(self.text, first)):
            return False
        return COLON.search(self.text, first, self._comment_start(line, first)) is None

    def _quoted(self, offset: int, parent: int) -> tuple[Node, int]:
        end = self._closing(offset)
        if end is not None and (end < self._stop or self._ends_line(end + 1)):
            return quotes.scalar(self.text, offset, end), self._finish(end + 1)
        self.stack.notes.append(recoveries.open_quote(offset, self.text[offset]))
        last = self._recover(parent, stop_at_key=True)
        end = offset + len(self.text[offset : self.lines.bounds(last)[2]].rstrip())
        return quotes.unclosed(self.text, offset, end), last

    def _closing(self, offset: int) -> int | None:
        """Where the quote at `offset` is closed; asked twice, for a key and for a value, and looked for once."""
        if self._quote_read is None or self._quote_read[0] != offset:
            self._quote_read = (offset, quotes.closing(self.text, offset))
        return self._quote_read[1]

    def _flow(self, offset: int, parent: int) -> tuple[Node, int]:
        """The collection that opens at `offset`, and where it ends."""
        if self._flow_read is not None and self._flow_read[0] == offset:
            return self._flow_read[1:]
        reader = FlowReader(self.text, self.stack.anchors, len(self.stack.frames) - 1)
        node = reader.read(offset) if self._flow_budget > 0 else None
        if node is None:
            self._flow_budget -= max(reader.offset - offset, 0)
            last = self._recover(parent, stop_at_key=False)
            self.stack.notes.append(recoveries.open_bracket(offset, self.text[offset]))
            node = reader.read_until(offset, self.lines.bounds(last)[2])
        self.stack.notes.extend(reader.notes)
        self._flow_read = (offset, node, reader.offset)
        return node, reader.offset

    def _alias(self, span: Span) -> Node:
        found = self.stack.anchors.resolve(self.text[span.start + 1 : span.end], span, len(self.stack.frames) - 1)
        if isinstance(found, YamlProblem):
            self.stack.notes.append(found)
            return unresolved(self.text[span.start + 1 : span.end], span)
        return found

    def _recover(self, parent: int, *, stop_at_key: bool) -> int:
        """The last line of a quote or bracket that is not closed: before the next line that cannot belong to it."""
        line = self._line + 1
        while line < len(self.lines):
            start, first, stop = self.lines.bounds(line)
            if first < stop:
                outside = first - start <= parent and self.text[first] not in "]}"
                if outside or (stop_at_key and _KEY_LINE.match(self.text, first, stop)):
                    break
                if start == first and MARKER.match(self.text, first, stop):
                    break
            line += 1
        while self.lines.is_blank(line - 1) and line - 1 > self._line:
            line -= 1
        return line - 1

    # Characters

    def _properties(self, offset: int) -> tuple[str | None, str | None, int, int | None]:
        """The anchor and the tag at `offset`, where they end, and what follows on the line."""
        anchor = tag = None
        end = offset
        following: int | None = offset
        while following is not None and self.text[following] in "&!":
            match = _PROPERTY.match(self.text, following, self._stop)
            written = match[0] if match else self.text[following]
            if written[0] == "&":
                anchor = written[1:]
            else:
                tag = tags.resolve(written)
            end = following + len(written)
            following = self._next(end)
        return anchor, tag, end, following

    def _next(self, offset: int) -> int | None:
        """The next character on the line that is not blank; None at the line's end and before a comment."""
        while offset < self._stop and self.text[offset] in " \t":
            offset += 1
        if offset == self._stop:
            return None
        if self.text[offset] == "#" and self.text[offset - 1] in " \t":
            self.comments[self._line] = offset
            return None
        return offset

    def _finish(self, end: int) -> int:
        """Look at what follows the end of a value; the line it is on comes back."""
        line = self._line if end <= self._stop else self.lines.line_of(end)
        stop = self.lines.bounds(line)[2]
        rest = self.text[end:stop]
        if rest and not rest.isspace():
            begin = stop - len(rest.lstrip())
            if self.text[begin] == "#":
                self.comments[line] = begin
            else:
                self.stack.notes.append(recoveries.stray_text(Span(begin, stop)))
        return line

    def _ends_line(self, offset: int) -> bool:
        """Whether nothing but a comment follows on the line of an offset."""
        stop = self.lines.bounds(self.lines.line_of(offset))[2]
        rest = self.text[offset:stop].lstrip(" \t")
        return not rest or rest[0] == "#"

    def _comment_start(self, line: int, offset: int) -> int:
        """Where the comment behind a plain text begins, with the space in front of it; the line's end without one."""
        stop = self.lines.bounds(line)[2]
        found = self.text.find(" #", offset, stop)
        tabbed = self.text.find("\t#", offset, stop) if self._has_tabs else -1
        if found < 0 or 0 <= tabbed < found:
            found = tabbed
        return found if found >= 0 else stop

    def _plain_end(self, line: int, offset: int) -> int:
        """Where the plain text at `offset` ends on its line."""
        stop = self.lines.bounds(line)[2]
        limit = self._comment_start(line, offset)
        if limit < stop:
            self.comments[line] = limit + 1
        return offset + len(self.text[offset:limit].rstrip(" \t"))

    def _is_blank(self, offset: int) -> bool:
        return offset >= self._stop or self.text[offset] in " \t"
