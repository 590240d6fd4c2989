from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devkit.checks.fixes import apply_fixes
from devkit.spec.findings import Fix, TextEdit
from devkit.spec.positions import LineTable, Span


def fix(text: str, start: int, end: int, new: str) -> Fix:
    return Fix("t", (TextEdit(LineTable(text).range(Span(start, end)), new),))


def test_fixes_are_applied_at_their_places() -> None:
    """Several fixes in one text do not disturb each other's places."""
    text = "one: 1\ntwo: 2\n"
    fixed, count = apply_fixes(text, [fix(text, 0, 3, "first"), fix(text, 7, 10, "second")])
    assert (fixed, count) == ("first: 1\nsecond: 2\n", 2)


def test_overlapping_fixes_wait_for_the_next_run() -> None:
    """The first one wins; half of another would be worse than none of it."""
    text = "abcdef"
    fixed, count = apply_fixes(text, [fix(text, 0, 4, "X"), fix(text, 3, 6, "Y")])
    assert (fixed, count) == ("Xef", 1)


def test_line_ends_and_astral_characters_stay() -> None:
    """CRLF and characters beyond the BMP before an edit do not move it."""
    text = "a: \U0001f600\r\nb: x\r\n"
    start = text.index("x")
    assert apply_fixes(text, [fix(text, start, start + 1, "y")])[0] == "a: \U0001f600\r\nb: y\r\n"


@given(st.text(alphabet="ab\n\r\U0001f600", max_size=30), st.data())
def test_a_fix_changes_its_span_and_nothing_else(text: str, data: st.DataObject) -> None:
    """What stands before and after an edit is untouched, wherever it is."""
    table = LineTable(text)
    line = data.draw(st.integers(0, len(table) - 1))
    span = table.line_span(line)
    fixed, _ = apply_fixes(text, [fix(text, span.start, span.end, "new")])
    assert fixed == text[: span.start] + "new" + text[span.end :]
