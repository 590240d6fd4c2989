"""The strict view reads what PyYAML reads, and knows where everything stands."""

from __future__ import annotations

import datetime as dt

import pytest
import yaml

from devkit.spec import nodes, strict
from devkit.spec.anchors import MAX_ALIASED_NODES, MAX_DEPTH
from devkit.spec.document import Document
from devkit.spec.problems import ProblemKind, YamlProblem


def only_problem(text: str) -> YamlProblem:
    problems = Document(text).strict.problems
    assert len(problems) == 1
    return problems[0]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("0755", 493),
        ("0o755", "0o755"),
        ("1:30", 90),
        ("1e3", "1e3"),
        ("1.0e+3", 1000.0),
        (".inf", float("inf")),
        ("~", None),
        ("", None),
        ("2026-11-21", dt.date(2026, 11, 21)),
        ("'yes'", "yes"),
        ("!!str 5", "5"),
        ('!!int "5"', 5),
        ("! 5", 5),
        ("! '5'", 5),
        ("!!binary aGk=", b"hi"),
    ],
)
def test_values_are_those_of_yaml_1_1(written: str, value: object) -> None:
    """A scalar means what PyYAML's safe loader makes of it."""
    node = Document(f"key: {written}\n").find(("key",))
    assert node is not None
    assert node.value == value == yaml.safe_load(f"key: {written}\n")["key"]


def test_spans_cover_what_the_user_wrote() -> None:
    """Keys and values slice to their own text, without anchors, tags, comments and trailing lines."""
    text = "a: &x !!str one  # why\nb:\n  - two\n\n  # end\nc: |\n  three\n\n\nd: {e: 'f'}\n"
    root = Document(text).root
    assert isinstance(root, nodes.Mapping)
    written = {entry.name: Document(text).slice(entry.value.span) for entry in root.entries}
    assert written == {"a": "one", "b": "- two", "c": "|\n  three", "d": "{e: 'f'}"}


def test_a_byte_order_mark_counts_as_a_character() -> None:
    """Behind a byte order mark every offset still slices to its own text."""
    document = Document("\ufeffa: 1\nb: x\n")
    node = document.find(("b",))
    assert node is not None
    assert document.slice(node.span) == "x"


def test_an_alias_points_at_itself() -> None:
    """What an alias stands for has the alias's place, its children have those below the anchor."""
    document = Document("a: &x {b: 1}\nc: *x\n")
    alias = document.find(("c",))
    assert isinstance(alias, nodes.Mapping)
    assert document.slice(alias.span) == "*x"
    assert alias.key_span("b") == (7, 8)
    assert alias.value == {"b": 1}


@pytest.mark.parametrize(
    "text",
    [
        "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n",
        "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nuse:\n  <<: [*a, *b]\n",
        "a: &a {x: 1}\nb: &b {x: 2}\nuse:\n  <<: *a\n  w: 0\n  <<: *b\n",
        "a: &a {x: 1}\nb: &b\n  <<: *a\n  y: 2\nuse:\n  y: 0\n  <<: *b\n",
    ],
)
def test_merge_keys_mean_what_pyyaml_makes_of_them(text: str) -> None:
    """Own keys win over merged ones, the first of a list wins, later merge keys win over earlier ones."""
    document = Document(text)
    assert document.root.value == yaml.safe_load(text)
    assert document.strict.problems == ()


def test_a_duplicate_key_is_reported_with_both_places() -> None:
    """PyYAML takes the last of two equal keys silently; the problem names both places and the last one counts."""
    document = Document("a: 1\nb: 2\na: 3\n")
    problem = only_problem(document.text)
    assert problem.kind is ProblemKind.DUPLICATE_KEY
    assert (problem.span, problem.related) == ((10, 11), (0, 1))
    assert document.root.value == {"a": 3, "b": 2}


def test_keys_are_equal_by_value() -> None:
    """`yes` and `true` are one key, as they are for PyYAML."""
    assert only_problem("yes: 1\ntrue: 2\n").kind is ProblemKind.DUPLICATE_KEY


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: !!python/object/apply:os.system [id]\n", "[id]"),
        ("a: !mine x\n", "x"),
        ("a: !!int {b: 1}\n", "{b: 1}"),
        ("a: 2026-13-45\n", "2026-13-45"),
        ("a: =\n", "="),
        ("{{ name }}: x\n", "{{ name }}"),
        ("a:\n  <<: 5\n", "5"),
        ("a: !!binary €\n", "€"),
    ],
)
def test_what_the_safe_loader_refuses_is_a_problem_at_its_place(text: str, place: str) -> None:
    """Unknown tags are never executed; they and impossible values are problems where they stand, as PyYAML refuses."""
    with pytest.raises((yaml.constructor.ConstructorError, ValueError)):
        yaml.safe_load(text)
    problem = only_problem(text)
    assert problem.kind is ProblemKind.VALUE
    assert Document(text).slice(problem.span) == place


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: 1\nb: 'open\nc: 3\n", 1, 3),
        ("a: 1\n b: 2\n", 1, 2),
        ("a: {b: 1\nc: 2\n", 1, 1),
        ("a: *nothing\n", 0, 3),
        ("a: 1\nb: \x07\n", 1, 3),
        ("a: 1\n\tb: 2\n", 1, 0),
    ],
)
def test_a_syntax_error_says_where(text: str, line: int, column: int) -> None:
    """A syntax error is one problem whose place is where the user has to look."""
    problem = only_problem(text)
    assert problem.kind is ProblemKind.SYNTAX
    assert tuple(Document(text).range(problem.span).start) == (line, column)


def test_every_document_of_the_text_is_read() -> None:
    """A text with separators has one root each; the separators alone make empty ones."""
    roots = Document("--- 1\n---\na: 2\n...\n---\n").strict.documents
    assert [root.value for root in roots] == [1, {"a": 2}, None]


def test_an_empty_text_has_a_root() -> None:
    """A text without content reads as null, as PyYAML has it."""
    assert Document("# nothing\n").root.value is None


def test_deep_nesting_is_cut_off() -> None:
    """Beyond the limit of depth the rest is left out, with a problem, and the value above it stays."""
    text = "a: 1\nb: " + "[" * 200 + "]" * 200 + "\nc: 2\n"
    document = Document(text)
    assert only_problem(text).kind is ProblemKind.LIMIT
    assert document.root.value["c"] == 2


def test_aliases_of_aliases_are_bounded() -> None:
    """A billion laughs become a problem, and what is left of the tree is small enough to walk."""
    laughs = ["a0: &a0 [lol]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    document = Document("\n".join(laughs))
    assert {problem.kind for problem in document.strict.problems} == {ProblemKind.LIMIT}
    assert sum(1 for _ in nodes.walk(document.root)) <= 2 * MAX_ALIASED_NODES


def test_aliases_do_not_add_depth_beyond_the_limit() -> None:
    """Nesting that only aliases build up is cut off like written nesting."""
    text = "- &a0 []\n" + "".join(f"- &a{i} [*a{i - 1}]\n" for i in range(1, MAX_DEPTH * 2))
    assert {problem.kind for problem in Document(text).strict.problems} == {ProblemKind.LIMIT}


def test_an_alias_inside_its_own_anchor_is_a_problem() -> None:
    """A circle is reported and not followed."""
    assert only_problem("a: &x\n  b: *x\n").kind is ProblemKind.VALUE


@pytest.mark.parametrize("text", ["a: 1\t\n", "a:\t1\n", "- a\t# b\n", "a: {b: 1,\tc: 2}\n"])
def test_tabs_that_only_libyaml_takes_are_errors(text: str) -> None:
    """azure-ai-ml uses PyYAML's own parser: where that refuses a tab, so do we, though the C parser takes it."""
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(text)
    assert only_problem(text).kind is ProblemKind.SYNTAX


def test_tabs_inside_texts_are_fine() -> None:
    """A tab in quotes, in a comment or in a block scalar is no mistake."""
    assert Document("a: 'x\ty'  # z\tz\nb: |\n  x\ty\n").problems == ()


@pytest.mark.parametrize("text", ["a: &x {b: [1, 'c']}\nd: *x\n", '\ufeffa: |\n  b\nc: "d\n  e"\n', "a: 'open\nb: 1\n"])
def test_without_libyaml_the_tree_is_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without its C parser its own one gives the same values at the same places."""
    expected = strict.read(text)
    monkeypatch.setattr(strict, "_Loader", yaml.SafeLoader)
    view = strict.read(text)
    assert [root.value for root in view.documents] == [root.value for root in expected.documents]
    assert [node.span for root in view.documents for _, node in nodes.walk(root)] == [
        node.span for root in expected.documents for _, node in nodes.walk(root)
    ]
    assert [problem.span for problem in view.problems] == [problem.span for problem in expected.problems]
