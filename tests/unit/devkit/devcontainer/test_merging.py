"""A devcontainer.json brought up to date: the deployment's keys follow it, a person's stay."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.devcontainer.merging import Fate, Merged, merge
from devkit.editor.jsonc import JsoncError, parse

BASE = {
    "image": "one:1",
    "containerEnv": {"A": "1", "B": "2"},
    "mounts": ["type=bind,source=a,target=/code", "type=bind,source=m,target=/model,readonly"],
    "runArgs": ["--memory=7g"],
    "appPort": ["127.0.0.1:5001:5001"],
}
_VALUES = st.dictionaries(
    st.text("abcd", min_size=1, max_size=2),
    st.recursive(
        st.integers(), lambda inner: st.dictionaries(st.text("abcd", max_size=2), inner, max_size=3), max_leaves=6
    ),
    max_size=5,
)


def text_of(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def value_of(merged: Merged) -> Any:
    return parse(merged.text).value


def fates(merged: Merged) -> dict[str, Fate]:
    return {change.key: change.fate for change in merged.changes}


def test_nothing_changes_where_nothing_differs() -> None:
    """A file that says what the deployment asks for is left byte for byte."""
    assert merge(text_of(BASE), BASE, BASE) == Merged(text_of(BASE), ())


@given(_VALUES, _VALUES)
def test_an_untouched_file_follows_the_deployment(base: dict[str, Any], wanted: dict[str, Any]) -> None:
    """What the kit wrote and nobody changed becomes what the deployment asks for now, whatever that is."""
    merged = merge(text_of(base), base, wanted)
    assert value_of(merged) == wanted
    assert Fate.KEPT not in fates(merged).values()


@given(_VALUES, _VALUES, _VALUES)
def test_a_second_merge_changes_nothing(base: dict[str, Any], found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Regenerating twice gives what regenerating once gave."""
    once = merge(text_of(found), base, wanted)
    again = merge(once.text, wanted, wanted)
    assert again.text == once.text


@given(_VALUES, _VALUES, _VALUES)
def test_force_gives_all_that_is_asked_for(base: dict[str, Any], found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """With force every key of the deployment has the deployment's value."""
    value = value_of(merge(text_of(found), base, wanted, force=True))
    assert _covers(value, wanted)


def _covers(value: Any, wanted: Any) -> bool:
    if isinstance(value, dict) and isinstance(wanted, dict):
        return all(key in value and _covers(value[key], each) for key, each in wanted.items())
    return bool(value == wanted)


def test_additions_of_a_person_stay() -> None:
    """Keys, variables, mounts and arguments of a person are there after an update, comments and all."""
    mine = """{
  // my words
  "image": "one:1",
  "containerEnv": {
    "A": "1",
    "B": "2", // two
    "MINE": "yes"
  },
  "mounts": [
    "type=bind,source=a,target=/code",
    "type=bind,source=m,target=/model,readonly",
    "type=volume,source=cache,target=/cache"
  ],
  "runArgs": ["--memory=7g", "--cap-add=SYS_PTRACE"],
  "appPort": ["127.0.0.1:5001:5001"],
  "postCreateCommand": "make ready",
}
"""
    wanted = {**BASE, "image": "two:2", "containerEnv": {"A": "1", "B": "3"}, "runArgs": ["--memory=14g"]}
    merged = merge(mine, BASE, wanted)
    assert "// my words" in merged.text
    assert "// two" in merged.text
    value = value_of(merged)
    assert value["image"] == "two:2"
    assert value["containerEnv"] == {"A": "1", "B": "3", "MINE": "yes"}
    assert value["runArgs"] == ["--memory=14g", "--cap-add=SYS_PTRACE"]
    assert "type=volume,source=cache,target=/cache" in value["mounts"]
    assert value["postCreateCommand"] == "make ready"


def test_what_a_person_changed_is_kept_and_told() -> None:
    """A changed value stays, and the change names key, finding and wish; force takes the deployment's."""
    mine = {**BASE, "appPort": ["127.0.0.1:6001:5001"], "containerEnv": {"A": "mine", "B": "2"}}
    merged = merge(text_of(mine), BASE, BASE)
    assert value_of(merged) == mine
    assert [(each.key, each.fate, each.found, each.wanted) for each in merged.changes] == [
        ("containerEnv.A", Fate.KEPT, "mine", "1"),
        ("appPort.5001", Fate.KEPT, "127.0.0.1:6001:5001", "127.0.0.1:5001:5001"),
    ]
    assert value_of(merge(text_of(mine), BASE, BASE, force=True)) == BASE


def test_what_a_person_deleted_stays_deleted() -> None:
    """A key that the kit wrote and a person took out does not come back by itself."""
    mine = {key: value for key, value in BASE.items() if key != "runArgs"}
    merged = merge(text_of(mine), BASE, BASE)
    assert value_of(merged) == mine
    assert fates(merged) == {"runArgs": Fate.KEPT}


def test_what_is_no_longer_asked_for_goes_unless_it_was_changed() -> None:
    """A variable that left the deployment leaves the file; one that a person changed is kept."""
    wanted = {**BASE, "containerEnv": {}}
    mine = {**BASE, "containerEnv": {"A": "1", "B": "mine"}}
    merged = merge(text_of(mine), BASE, wanted)
    assert value_of(merged)["containerEnv"] == {"B": "mine"}
    assert fates(merged) == {"containerEnv.A": Fate.REMOVED, "containerEnv.B": Fate.KEPT}


def test_without_a_record_whatever_differs_is_a_persons() -> None:
    """A file that the kit has not written, or whose record is lost, is completed and never changed."""
    merged = merge('{"image": "mine"}', None, BASE)
    value = value_of(merged)
    assert value["image"] == "mine"
    assert value["mounts"] == BASE["mounts"]
    assert fates(merged)["image"] is Fate.KEPT


def test_image_and_build_take_each_others_place() -> None:
    """A deployment that got a conda file builds where it had an image, at the same place of the file."""
    wanted = {"name": "n", "build": {"dockerfile": "Dockerfile"}, "remoteUser": "u"}
    base = {"name": "n", "image": "one", "remoteUser": "u"}
    merged = merge(text_of(base), base, wanted)
    assert merged.text == text_of(wanted)
    mine = {**base, "image": "mine"}
    kept = merge(text_of(mine), base, wanted)
    assert value_of(kept) == mine
    assert fates(kept) == {"build": Fate.KEPT, "image": Fate.KEPT}


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a" 1}'])
def test_what_is_no_object_is_refused(text: str) -> None:
    """A file that cannot be read is never half-merged."""
    with pytest.raises(JsoncError):
        merge(text, None, BASE)
