"""Entries put beside those of a person."""

from __future__ import annotations

import pytest

from devkit.editor.jsonc import JsoncError, parse
from devkit.editor.merging import LAUNCH, merge_list, merge_settings

_OURS = {"name": "devkit: a", "type": "debugpy", "args": ["x"]}

_THEIRS = """\
{
    // I like my comments
    "version": "0.2.0",
    "configurations": [
        { "name": "mine", "type": "node" }, // keep me
        { "name": "devkit: a", "type": "debugpy", "args": ["y"], }
    ],
    "compounds": [],
}
"""


@pytest.mark.parametrize("text", [None, "", "  \n", "{}", '{"version": "0.2.0"}'])
def test_a_file_is_made_or_completed(text: str | None) -> None:
    """No file, an empty one and one without the list get the entries, and a second merge changes nothing."""
    first = merge_list(text, LAUNCH, [_OURS])
    assert (first.added, first.kept) == (["devkit: a"], [])
    assert parse(first.text).value["configurations"] == [_OURS]
    second = merge_list(first.text, LAUNCH, [_OURS])
    assert (second.text, second.added, second.kept) == (first.text, [], [])


def test_a_persons_edits_are_never_overwritten() -> None:
    """An entry of the same name that differs stays word for word; new ones come after, comments and all stay."""
    merge = merge_list(_THEIRS, LAUNCH, [_OURS, _OURS | {"name": "devkit: b"}])
    assert (merge.added, merge.kept) == (["devkit: b"], ["devkit: a"])
    kept = _THEIRS[: _THEIRS.index('"args": ["y"], }')] + '"args": ["y"], }'
    assert merge.text.startswith(kept)
    assert merge.text.endswith('    ],\n    "compounds": [],\n}\n')
    names = [each["name"] for each in parse(merge.text).value["configurations"]]
    assert names == ["mine", "devkit: a", "devkit: b"]


def test_force_replaces_the_entry_alone() -> None:
    """With force the entry of that name is ours; the others, comments and order stay."""
    merge = merge_list(_THEIRS, LAUNCH, [_OURS], force=True)
    assert merge.replaced == ["devkit: a"]
    assert "// keep me" in merge.text
    assert "// I like my comments" in merge.text
    assert parse(merge.text).value["configurations"][1] == _OURS


def test_a_setting_of_a_person_wins() -> None:
    """A setting that is there keeps its value; one that is missing is added."""
    merge = merge_settings('{ "a": 1 }', {"a": 2, "b": 3})
    assert (merge.added, merge.kept, parse(merge.text).value) == (["b"], ["a"], {"a": 1, "b": 3})
    assert parse(merge_settings('{ "a": 1 }', {"a": 2}, force=True).text).value == {"a": 2}


@pytest.mark.parametrize("text", ["[]", '{"configurations": {}}', "{"])
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    """A file that is none of VS Code's is an error, not a guess."""
    with pytest.raises(JsoncError, match=r"^\d+:\d+: "):
        merge_list(text, LAUNCH, [_OURS])
