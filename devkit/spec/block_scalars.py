"""Block scalars: the lines below ``|`` and ``>``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from devkit.spec import scalar_text
from devkit.spec.nodes import Scalar

if TYPE_CHECKING:
    from devkit.spec.lines import YamlLines

HEADER = re.compile(r"[|>](?:[-+][1-9]?|[1-9][-+]?)?(?=[ \t]*(?:\Z|[ \t]#))")
"""What begins a block scalar: the indicators are the last thing on their line, but for a comment."""


class Block(NamedTuple):
    """A block scalar and the last line that belongs to it."""

    node: Scalar
    last_line: int


def read(lines: YamlLines, line: int, start: int, header: str, parent_column: int) -> Block:
    """The scalar whose `header` stands on `line` at `start`, below a key or dash in `parent_column`."""
    parsed = scalar_text.BlockHeader.parse(header)
    smallest = max(parent_column + 1, 1)
    indent = smallest + parsed.indent - 1 if parsed.indent else max(smallest, _indentation(lines, line + 1))
    after = line + 1
    last = line
    while after < len(lines) and (lines.is_blank(after) or lines.spaces(after) >= indent):
        last = last if lines.is_blank(after) else after
        after += 1
    bodies, breaks = lines.slices(line + 1, after)
    content = scalar_text.block(parsed, bodies, breaks, indent)
    end = lines.bounds(last)[2] if last > line else start + len(header)
    end = start + len(lines.text[start:end].rstrip())
    return Block(Scalar(start, end, text=content, style=header[0]), after - 1)


def _indentation(lines: YamlLines, line: int) -> int:
    """The indentation that the first lines show: blank ones count, as PyYAML has it."""
    deepest = 0
    while line < len(lines):
        deepest = max(deepest, lines.spaces(line))
        if not lines.is_blank(line):
            break
        line += 1
    return deepest
