"""What `--set`, `--add` and `--remove` change of a document, as azure-cli-core 2.91.0 does (commands/arm.py)."""

from __future__ import annotations

from typing import Any

import pytest

from devkit.spec.overrides import apply_overrides, parse_addition, parse_override, parse_removal

DOCUMENT: dict[str, Any] = {
    "tags": {"team": "numbers", "cost": "low"},
    "data_collector": {"collections": {"model_inputs": {"enabled": "true"}}},
    "names": ["a", "b", "c"],
}


@pytest.mark.parametrize(
    ("words", "items"),
    [
        (["names", "d"], ["d"]),
        (["names", "k=v", "l=w"], [{"k": "v", "l": "w"}]),
        (["names", "k=v", "x", "k=w"], [{"k": "v"}, "x", {"k": "w"}]),
        (["names", "1", '{"a": [2]}', "no json"], [1, {"a": [2]}, "no json"]),
    ],
)
def test_items_are_added_as_az_adds_them(words: list[str], items: list[Any]) -> None:
    """Pairs that follow one another are one mapping; other words are JSON, or text where they are none."""
    changed, problems = apply_overrides(DOCUMENT, [parse_addition(words)])
    assert problems == []
    assert changed["names"] == ["a", "b", "c", *items]


def test_text_stays_text_by_force() -> None:
    """With --force-string nothing is read as JSON."""
    added = parse_addition(["names", "1"], force_string=True)
    given = parse_override('tags.team={"a": 1}', force_string=True)
    changed, _ = apply_overrides(DOCUMENT, [added, given])
    assert changed["names"][-1] == "1"
    assert changed["tags"]["team"] == '{"a": 1}'


def test_a_list_that_is_not_there_begins() -> None:
    """Adding to what is not there makes the list, and what is above it."""
    changed, problems = apply_overrides({}, [parse_addition(["a.b", "c"])])
    assert (changed, problems) == ({"a": {"b": ["c"]}}, [])


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["tags.cost"], {**DOCUMENT, "tags": {"team": "numbers"}}),
        (["names", "1"], {**DOCUMENT, "names": ["a", "c"]}),
        (["names", "-1"], {**DOCUMENT, "names": ["a", "b"]}),
        (["names[0]"], {**DOCUMENT, "names": ["b", "c"]}),
        (["data_collector"], {"tags": DOCUMENT["tags"], "names": DOCUMENT["names"]}),
    ],
)
def test_what_is_removed_is_gone(words: list[str], left: dict[str, Any]) -> None:
    """A property, or an item of a list by its index; all else stays, and what was given is not changed."""
    before = repr(DOCUMENT)
    assert apply_overrides(DOCUMENT, [parse_removal(words)]) == (left, [])
    assert repr(DOCUMENT) == before


@pytest.mark.parametrize("words", [["tags.none"], ["names", "3"], ["none"], ["tags.team.deep"], ["tags", "0"]])
def test_what_is_not_there_cannot_be_removed(words: list[str]) -> None:
    """A slip in the path is told, and nothing is changed."""
    changed, (problem,) = apply_overrides(DOCUMENT, [parse_removal(words)])
    assert changed == DOCUMENT
    assert f"--remove {' '.join(words)}: there is no such" in problem.message


def test_only_lists_are_added_to() -> None:
    """Adding to a mapping is a slip."""
    changed, (problem,) = apply_overrides(DOCUMENT, [parse_addition(["tags", "x"])])
    assert changed == DOCUMENT
    assert "is no list" in problem.message


def test_words_that_cannot_be_meant() -> None:
    """An addition of nothing, and an index that is none, are refused with what is expected."""
    with pytest.raises(ValueError, match="what to add"):
        parse_addition(["names"])
    with pytest.raises(ValueError, match="an index"):
        parse_removal(["names", "first"])
    with pytest.raises(ValueError, match="an index"):
        parse_removal(["names", "1", "2"])
