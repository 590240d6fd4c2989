"""The tolerant tree equals the strict one on every valid text, and is there for every other one."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
import tree_sitter
import tree_sitter_yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from devkit.spec import cursor, strict, tolerant
from devkit.spec.document import Document
from devkit.spec.nodes import Mapping, Node, Scalar
from devkit.spec.problems import ProblemKind
from tests.support import yaml_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOW_MACHINE = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def shape(text: str, node: Node) -> Any:
    """All that two trees must agree on: kinds, values, names, and the text that each span covers."""
    written = (text[node.start : node.end], node.anchor, node.alias, node.tag)
    if isinstance(node, Scalar):
        return (*written, node.text, node.style, node.resolved_tag)
    if isinstance(node, Mapping):
        return (
            *written,
            node.flow,
            node.start,
            [(shape(text, own.key), shape(text, own.value)) for own in node.entries],
        )
    return (*written, node.flow, node.start, [shape(text, item) for item in node.items])


def is_comparable(text: str) -> bool:
    """Whether the text is YAML, within the limits, for libyaml and for PyYAML's own parser alike."""
    problems = strict.read(text).problems
    inner_mark = "\ufeff" in text[1:]  # libyaml skips it, PyYAML takes it for a letter
    return not inner_mark and not any(problem.kind in {ProblemKind.SYNTAX, ProblemKind.LIMIT} for problem in problems)


@SLOW_MACHINE
@given(text=yaml_texts.TEXTS)
@example(text=yaml_texts.WRITTEN)
@example(text=yaml_texts.WRITTEN.replace("\n", "\r\n"))
@example(text="\ufeff" + yaml_texts.WRITTEN)
@example(text="key:\n|-\n  t\n")
@example(text="? &x [a, b]\n: c\n")
@example(text="!!str   # c\x85x:y")
@example(text="[a, ? b, c: , d: e]\n")
@example(text="? a # c: d\n")
@example(text="'it''s'#c\n")
@example(text="a: &x # c\n  - *x\n")
@example(text='"} yes\u2028..." #c\n')
@example(text="a: | # c\n")
@example(text="---\n%YAML 1.1\n---\na: 1\n")
def test_a_valid_text_gives_the_same_tree(text: str) -> None:
    """On YAML the tolerant tree has the strict one's keys, values, anchors and spans, and nothing had to be mended."""
    if not is_comparable(text):
        return
    expected = strict.read(text).documents
    view = tolerant.read(text)
    if expected:
        assert [shape(text, root) for root in view.documents] == [shape(text, root) for root in expected]
    assert not [note for note in view.notes if note.kind is ProblemKind.SYNTAX]


@SLOW_MACHINE
@given(text=yaml_texts.TEXTS | st.text(max_size=30), data=st.data())
def test_any_text_has_a_tree_and_a_cursor(text: str, data: st.DataObject) -> None:
    """Whatever the text, reading it, walking it and asking for any place in it raises nothing."""
    document = Document(text)
    for root in document.roots:
        assert root.value is not NotImplemented
    for problem in document.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
    offset = data.draw(st.integers(0, len(text)))
    found = cursor.at(document.tolerant, offset)
    assert 0 <= found.span.start <= found.span.end <= len(text)


def test_a_collection_that_goes_on_after_a_dedent_does_not_contain_itself() -> None:
    """An alias to the collection around it is a problem, also where a badly indented line opened that one again."""
    document = Document(" &env\n  image: x\nother:\n  <<: *env\n")
    assert document.root.height < 5
    assert "other" in document.root.value


def keys_of_lines() -> Iterator[tuple[int, str]]:
    for number, line in enumerate(yaml_texts.WRITTEN.splitlines()):
        name = line.partition(":")[0].strip()
        if name.isidentifier() and ": " in line and '"' not in line and "{" not in line:
            yield number, name


@pytest.mark.parametrize(
    "broken", ["na", "'open", "x: 'open", 'x: "open', "x: {a: 1,", "x: [a", "x: *", "x:y", "  deep: 1"]
)
@pytest.mark.parametrize("where", [1, 3, 12, 17])
def test_a_broken_line_hides_no_other_key(broken: str, where: int) -> None:
    """With one more line that is broken, every key of the other lines is still found."""
    lines = yaml_texts.WRITTEN.splitlines(keepends=True)
    indent = len(lines[where]) - len(lines[where].lstrip())
    text = "".join([*lines[:where], " " * indent + broken + "\n", *lines[where:]])
    found = {entry.name for root in tolerant.read(text).documents for entry in entries(root)}
    assert {name for _, name in keys_of_lines()} <= found


def entries(node: Node) -> Iterator[Any]:
    """Every entry of every mapping from a node down, as written: an alias has none of its own."""
    if node.alias is not None:
        return
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield entry
            yield from entries(entry.value)
    elif not isinstance(node, Scalar):
        for item in node.items:
            yield from entries(item)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("na\nname: x\n", "na", "neither a key"),
        ("a: 'open\nb: 1\n", "'", "is not closed"),
        ("a: {b: 1,\nc: 2\n", "{", "is not closed"),
        ("a: 1\nb:2\n", ":", "needs a space"),
        ("a: 'x' y\nb: 1\n", "y", "behind the end"),
        ("a: 1\n  b: 2\n", "b", "deeper than the keys beside it"),
        ("a:\n    b: 1\n  c: 2\n", "c", "between two levels"),
        ("- a\nb: 1\n", "b", "an item of the list"),
        ("a: 'b'\n- c\n", "-", "A list begins here"),
    ],
)
def test_the_mistake_itself_is_reported(text: str, place: str, message: str) -> None:
    """A broken text has one problem, at the mistake and not where a parser noticed it, and in plain words."""
    document = Document(text)
    assert [(document.slice(problem.span), message in problem.message) for problem in document.problems] == [
        (place, True)
    ]


def test_values_of_a_broken_text_are_those_of_yaml() -> None:
    """Checks can run on a text with an open quote: the other values are there, typed as YAML 1.1 has them."""
    document = Document("a: 'open\nb: yes\nc:\n  d: 0755\n")
    assert document.root.value == {"a": "open", "b": True, "c": {"d": 493}}


def test_duplicates_are_reported_in_a_broken_text_too() -> None:
    """One open quote hides neither a duplicate key nor an unknown tag elsewhere."""
    kinds = [problem.kind for problem in Document("a: 'open\nb: 1\nb: !x 2\n").problems]
    assert kinds == [ProblemKind.SYNTAX, ProblemKind.DUPLICATE_KEY, ProblemKind.VALUE]


def tree_sitter_keys(text: str) -> list[tuple[int, int, str]]:
    """The spans and texts of all keys, as tree-sitter-yaml sees them."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_yaml.language()))
    encoded = text.encode()
    found, waiting = [], [parser.parse(encoded).root_node]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children)
        key = node.child_by_field_name("key") if node.type in {"block_mapping_pair", "flow_pair"} else None
        if key is not None:
            start = len(encoded[: key.start_byte].decode())
            written = encoded[key.start_byte : key.end_byte].decode()
            found.append((start, start + len(written), written))
    return sorted(found)


@pytest.mark.parametrize("name", ["as written", "CRLF", "every letter accented", "half of it"])
def test_keys_are_where_tree_sitter_sees_them(name: str) -> None:
    """An independent parser has the same keys at the same places."""
    written = yaml_texts.WRITTEN
    text = {
        "as written": written,
        "CRLF": written.replace("\n", "\r\n"),
        "every letter accented": written.replace("e", "é").replace("o", "😀"),
        "half of it": written[: len(written) // 2],
    }[name]
    keys = [entry.key for root in tolerant.read(text).documents for entry in entries(root)]
    assert sorted((key.start, key.end, text[key.start : key.end]) for key in keys) == tree_sitter_keys(text)


HOSTILE = {
    "billion laughs": lambda: "\n".join(
        ["a0: &a0 [x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30))]
    ),
    "laughs by merging": lambda: "\n".join(
        ["a0: &a0 {k: v}", *(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 30))]
    ),
    "10 MB plain": lambda: "a: " + "x" * 10_000_000,
    "10 MB quoted": lambda: 'a: "' + " " * 10_000_000 + '"',
    "10 MB never closed": lambda: "a: '" + "x" * 10_000_000 + "\nb: 1\n",
    "10 MB of escapes": lambda: 'a: "' + '\\"' * 5_000_000,
    "10 MB in a block": lambda: "a: |\n  " + "x" * 10_000_000,
    "10 MB comment": lambda: "#" * 10_000_000,
    "100,000 keys": lambda: "".join(f"key{i}: {i}\n" for i in range(100_000)),
    "10,000 dashes": lambda: "- " * 10_000,
    "10,000 question marks": lambda: "? " * 10_000,
    "10 MB of brackets": lambda: "[" * 10_000_000,
    "10,000 brackets, closed": lambda: "[" * 10_000 + "]" * 10_000,
    "open braces on every line": lambda: "a: {\n" * 20_000,
    "open quotes on every line": lambda: 'a: "x\n' * 20_000,
    "a number of a million parts": lambda: "a: 1" + ":30" * 1_000_000,
    "a number of a million digits": lambda: "a: " + "9" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_read_in_time(name: str) -> None:
    """A text made to break the reader is read, or refused with a problem, within two seconds of processor time."""
    text = HOSTILE[name]()
    began = time.process_time()
    document = Document(text)
    assert all(problem.message and problem.remedy for problem in document.problems)
    assert cursor.at(document.tolerant, len(text) // 2) is not None
    # Two readings, the strict and the tolerant one; under coverage Python is traced and several times slower.
    assert time.process_time() - began < 2 * 2 * (5 if sys.gettrace() else 1)
