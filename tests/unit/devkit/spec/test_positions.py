"""Lines end where an editor ends them, columns count what it counts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.spec.positions import Encoding, LineTable, Position, Range, Span

TEXTS = st.text(alphabet="ab\r\n\u2028\x85\x0b\x0cé\U0001f600", max_size=40)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_other_separators_end_no_line(separator: str) -> None:
    """Only LF, CRLF and CR end a line; what str.splitlines adds would move every later line of the editor."""
    assert len(LineTable(f"a{separator}b")) == 1


def test_the_three_line_ends() -> None:
    """LF, CRLF and CR each end one line, and the text of a line has none of them."""
    table = LineTable("a\nb\r\nc\rd")
    assert [table.line_text(line) for line in range(len(table))] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("encoding", "column"),
    [(Encoding.UTF32, 3), (Encoding.UTF16, 4), (Encoding.UTF8, 7)],
)
def test_columns_count_what_the_client_counts(encoding: Encoding, column: int) -> None:
    """The column behind an emoji and an accent is counted in code points, UTF-16 units or bytes, both ways."""
    table = LineTable("x: 1\né\U0001f600a=")
    assert table.position(8, encoding) == Position(1, column)
    assert table.offset(Position(1, column), encoding) == 8


def test_places_outside_are_moved_inside() -> None:
    """A column past the end of a line is the line's end, a line past the last one the end of the text."""
    table = LineTable("ab\ncd")
    assert table.offset(Position(0, 99)) == 2
    assert table.offset(Position(9, 0)) == 5
    assert table.position(99) == Position(1, 2)


def test_a_column_inside_a_character_is_its_start() -> None:
    """A client that points between the two halves of a surrogate pair gets the character's start."""
    assert LineTable("a\U0001f600b").offset(Position(0, 2), Encoding.UTF16) == 1


def test_a_line_that_is_not_there_is_an_error() -> None:
    """Asking for the text of a line beyond the last one raises IndexError instead of giving another line."""
    with pytest.raises(IndexError):
        LineTable("a").line_text(-1)


@given(text=TEXTS, encoding=st.sampled_from(Encoding), data=st.data())
def test_offsets_survive_the_round_trip(text: str, encoding: Encoding, data: st.DataObject) -> None:
    """Every offset comes back from its line and column, except the one between CR and LF, which is the line's end."""
    offset = data.draw(st.integers(0, len(text)))
    table = LineTable(text)
    expected = offset - 1 if text[offset - 1 : offset + 1] == "\r\n" else offset
    assert table.offset(table.position(offset, encoding), encoding) == expected


@given(text=TEXTS)
def test_lines_and_line_ends_make_up_the_text(text: str) -> None:
    """The spans of the lines leave out line ends only."""
    table = LineTable(text)
    spans = [table.line_span(line) for line in range(len(table))]
    gaps = [text[before.end : after.start] for before, after in pairwise(spans)]
    assert all(gap in {"\n", "\r\n", "\r"} for gap in gaps)
    assert "".join(text[slice(*span)] for span in spans) == text.replace("\r", "").replace("\n", "")


def test_spans_and_ranges_are_each_other() -> None:
    """A span turned into a range and back is the same span."""
    table = LineTable("a: \U0001f600\nb: 2\n")
    span = Span(3, 8)
    assert table.range(span, Encoding.UTF16) == Range(Position(0, 3), Position(1, 3))
    assert table.span(table.range(span, Encoding.UTF16), Encoding.UTF16) == span
