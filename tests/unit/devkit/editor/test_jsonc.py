"""JSON with comments: what is read, what is refused, and what an edit leaves alone."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.editor.jsonc import JsoncError, append, parse, remove, replace

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_JSON, st.sampled_from([None, 2, "\t"]))
def test_json_is_read_as_json_reads_it(value: Any, indent: int | str | None) -> None:
    """Whatever the standard library writes is read back the same, laid out or not."""
    assert parse(json.dumps(value, indent=indent)).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('// one\n{"a": 1, // two\n}', {"a": 1}),
        ('{"a": [1, 2, /* three */ ], }', {"a": [1, 2]}),
        ('\ufeff{"a": "// no comment"}', {"a": "// no comment"}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ("[] // end", []),
    ],
)
def test_comments_and_trailing_commas_are_allowed(text: str, value: Any) -> None:
    """What VS Code accepts in its files is read."""
    assert parse(text).value == value


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "1:1: a value is missing"),
        ('{"a": 1 "b": 2}', "1:9: a comma"),
        ('{\n  "a" 1}', "2:7: a colon"),
        ("{a: 1}", "1:2: a key"),
        ("[1, 2", "1:6: a comma or the closing"),
        ("[1,,2]", "1:4: a value is missing"),
        ("[1] 2", "1:5: something follows"),
        ('["\\x"]', "1:2: Invalid"),
        ("[" * 200, "1:102: nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused_at_its_place(text: str, where: str) -> None:
    """The error names line and column from one."""
    with pytest.raises(JsoncError, match=f"^{re.escape(where)}"):
        parse(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[]", "[\n  7\n]"),
        ("[\n    1 // one\n]", "[\n    1, // one\n    7\n]"),
        ("[\n\t1,\n\t// last\n]", "[\n\t1,\n\t// last\n\t7\n]"),
        ("[\r\n  1\r\n]", "[\r\n  1,\r\n  7\r\n]"),
        ("[/* none */]", "[/* none */\n  7\n]"),
    ],
)
def test_an_entry_is_appended_in_the_files_own_layout(before: str, after: str) -> None:
    """Indentation, line ends, comments and a trailing comma of the file stay as they are."""
    assert append(before, parse(before), "7") == after


def test_a_value_is_replaced_and_nothing_else() -> None:
    """The new value takes the indentation of its line; the rest of the text is untouched."""
    text = '{\n    // mine\n    "a": [1], // here\n    "b": 2,\n}'
    expected = '{\n    // mine\n    "a": {\n        "c": [\n            3\n        ]\n    }, // here\n    "b": 2,\n}'
    assert replace(text, parse(text).members["a"], json.dumps({"c": [3]}, indent=2)) == expected


@given(_JSON.filter(bool), st.sampled_from([None, 2]), st.data())
def test_what_is_removed_is_gone_and_nothing_else(value: Any, indent: int | None, data: st.DataObject) -> None:
    """A member or an item is taken out with its comma; the rest reads as before."""
    if not isinstance(value, (dict, list)):
        value = [value]
    text = json.dumps(value, indent=indent)
    node = parse(text)
    chosen = data.draw(st.sampled_from(sorted(node.members) or range(len(node.items))))
    child = node.members[chosen] if isinstance(value, dict) else node.items[chosen]
    del value[chosen]
    assert parse(remove(text, node, child)).value == value


def test_what_is_removed_takes_its_line_and_its_comment() -> None:
    """What is said behind the member goes with it, what is said behind another stays, and no comma is left over."""
    text = '{\n  "a": 1, // one\n  "b": 2\n}\n'
    node = parse(text)
    assert remove(text, node, node.members["b"]) == '{\n  "a": 1 // one\n}\n'
    assert remove(text, node, node.members["a"]) == '{\n  "b": 2\n}\n'
