"""Wherever the cursor stands in a half-typed text, its path and role are what the user means. ``‸`` is the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.spec.cursor import Cursor, Role
from devkit.spec.document import Document
from devkit.spec.positions import Encoding, Position

if TYPE_CHECKING:
    from devkit.spec.nodes import Path

KEY, VALUE, BLANK, COMMENT = Role.KEY, Role.VALUE, Role.BLANK, Role.COMMENT


def at(text: str) -> Cursor:
    offset = text.index("‸")
    document = Document(text.replace("‸", ""))
    return document.cursor_at(document.lines.position(offset))


HALF_TYPED = [
    # A key that is being typed
    ("na‸\nendpoint_name: x\n", KEY, (), "na"),
    ("endpoint_name: x\nna‸\n", KEY, (), "na"),
    ("a: 1\nna‸\nb: 2\n", KEY, (), "na"),
    ("na‸", KEY, (), "na"),
    ("resources:\n  re‸\n", KEY, ("resources",), "re"),
    ("resources:\n  re‸\n  limits: 1\n", KEY, ("resources",), "re"),
    ("resources:\n  limits: 1\n  re‸\n", KEY, ("resources",), "re"),
    ("resources:\n  requests:\n    cpu: 1\n      mem‸\n", KEY, ("resources", "requests"), "mem"),
    ("resources:\n  requests:\n    cpu: 1\n   mem‸\nb: 1\n", KEY, ("resources", "requests"), "mem"),
    ("list:\n  - name: a\n    va‸\n", KEY, ("list", 0), "va"),
    ("list:\n  - name: a\n  - na‸\n", KEY, ("list", 1), "na"),
    ("na‸me: x\n", KEY, (), "na"),
    ("a: 1\n\tna‸\n", KEY, (), "na"),
    # A value that is being typed
    ("instance_type:‸\n", VALUE, ("instance_type",), ""),
    ("instance_type: ‸\n", VALUE, ("instance_type",), ""),
    ("instance_type:‸\nname: x\n", VALUE, ("instance_type",), ""),
    ("name: x\ninstance_type:Stan‸\n", VALUE, ("instance_type",), "Stan"),
    ("instance_type: Standard_‸DS3\n", VALUE, ("instance_type",), "Standard_"),
    ("environment: azureml:‸\n", VALUE, ("environment",), "azureml:"),
    ("model:\n  path: './mo‸\nname: x\n", VALUE, ("model", "path"), "'./mo"),
    ('model:\n  path: "‸\n  version: 1\n', VALUE, ("model", "path"), '"'),
    ("list:\n  - ‸\n", VALUE, ("list", 0), ""),
    ("list:\n  - a\n  - b‸\n", VALUE, ("list", 1), "b"),
    ("a: &x 1\nb: *‸\n", VALUE, ("b",), "*"),
    ("script: |\n  echo ‸one\n", VALUE, ("script",), "|\n  echo "),
    # Flow style
    ("cc: {code: ./src, ‸\nname: x\n", KEY, ("cc",), ""),
    ("cc: {co‸}\nname: x\n", KEY, ("cc",), "co"),
    ("cc: {code: ./s‸}\n", VALUE, ("cc", "code"), "./s"),
    ("cc: {code: ‸\nname: x\n", VALUE, ("cc", "code"), ""),
    ("a: [x, ‸\nb: 1\n", VALUE, ("a", 1), ""),
    ("a: {b: [{c: 1, d‸\ne: 1\n", KEY, ("a", "b", 0), "d"),
    ("a: {\n  b: 1,\n  c‸\n}\n", KEY, ("a",), "c"),
    # Between the lines
    ("a:\n  b: 1\n  ‸\n", BLANK, ("a",), ""),
    ("a:\n  b: 1\n‸\n", BLANK, (), ""),
    ("a:\n  ‸\n", BLANK, ("a",), ""),
    ("a:\n  ‸\n  b: 1\n", BLANK, ("a",), ""),
    ("a:\n  b: 1\n      ‸\n", BLANK, ("a",), ""),
    ("a:\n    b: 1\n  ‸\n", BLANK, ("a",), ""),
    ("list:\n  - name: a\n    ‸\n", BLANK, ("list", 0), ""),
    ("list:\n  - name: a\n  ‸\n", BLANK, ("list",), ""),
    ("list:\n- name: a\n‸\nb: 1\n", BLANK, (), ""),
    ("‸", BLANK, (), ""),
    ("# only ‸this\n", COMMENT, (), ""),
    ("a:\n  b: 1  # wh‸y\n", COMMENT, ("a",), ""),
    ("script: |\n  one\n\n  ‸\n", VALUE, ("script",), None),
    ("script: |\n  one\n\n‸\nname: x\n", BLANK, (), ""),
]


@pytest.mark.parametrize(("text", "role", "path", "prefix"), HALF_TYPED)
def test_half_typed(text: str, role: Role, path: Path, prefix: str | None) -> None:
    """In each half-typed situation the cursor's role, path and prefix are right."""
    cursor = at(text)
    assert (cursor.role, cursor.path) == (role, path)
    assert prefix is None or cursor.prefix == prefix


def test_siblings_are_named() -> None:
    """On a key and on a blank line the cursor names the keys of its mapping, for a completion to leave them out."""
    assert at("a:\n  b: 1\n  ‸\n  c: 2\n").keys == ("b", "c")
    assert at("a: {b: 1, c‸}\n").keys == ("b", "c")


@pytest.mark.parametrize(
    ("text", "indent"),
    [
        ("a:\n    b: 1\n    ‸\n", 4),
        ("a:\n  ‸\n", 2),
        ("a:\n ‸\n    b: 1\n", 4),
        ("a:\n  b: 1\n      ‸\n", 2),
        ("list:\n  - name: a\n      ‸\n", 4),
        ("x: 1\na:\n  b: 1\n    c‸\n", 2),
    ],
)
def test_indent_is_the_column_of_the_siblings(text: str, indent: int) -> None:
    """The cursor tells the column where a key of its mapping starts, also when it stands elsewhere."""
    assert at(text).indent == indent


def test_a_completion_replaces_the_whole_scalar() -> None:
    """The span is the whole value and the prefix what stands before the cursor, colons and slashes included."""
    cursor = at("environment: azureml:my‸-env:1\n")
    assert cursor.span == (13, 29)
    assert cursor.prefix == "azureml:my"


def test_a_key_gives_its_entry() -> None:
    """On a key and on its value the cursor has the entry, for hover."""
    for text in ("na‸me: blue\n", "name: bl‸ue\n"):
        entry = at(text).entry
        assert entry is not None
        assert (entry.name, entry.value.value) == ("name", "blue")


def test_each_document_has_its_own_paths() -> None:
    """Behind a separator paths begin anew, and the cursor says which document it is in."""
    cursor = at("a:\n  b: 1\n---\nc:\n  ‸\n")
    assert (cursor.document, cursor.path) == (1, ("c",))


def test_columns_are_those_of_the_editor() -> None:
    """A cursor behind an emoji is found by UTF-16 columns, a line separator of YAML 1.1 is no line of the editor."""
    document = Document("a: \U0001f600x\n# \u2028\nb:  \n")
    assert document.cursor_at(Position(0, 6), Encoding.UTF16).prefix == "\U0001f600x"
    assert document.cursor_at(Position(2, 3), Encoding.UTF16).path == ("b",)
