"""What stands at a place is the same whether the whole text is read or only what is near."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.spec import cursor, tolerant
from devkit.spec.document import Document
from devkit.spec.nearby import Nearby
from devkit.spec.nodes import Mapping
from tests.support.mutations import mutated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.cursor import Cursor

EXAMPLES = Path(__file__).parents[4] / "examples"
WIDE = "name: blue\nenvironment_variables:\n" + "".join(f"  V{n}: value {n}\n" for n in range(80)) + "scale_settings:\n"
TEXTS = [*(path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.rglob("*.yml"))), *[WIDE] * 8]
SHORT = 3
"""Runs of so few lines are left out here, so that something is left out of every text."""


def both(text: str, chance: random.Random) -> Iterator[tuple[Cursor, Cursor, str]]:
    """The cursor at places of a text, by the whole tree and by the near one, and what was left out for the latter."""
    nearby, whole = Nearby(text, SHORT), tolerant.read(text)
    for offset in chance.choices(range(len(text) + 1), k=10):
        without = nearby.without(offset)
        if without:
            near = tolerant.read(text, without)
            missing = "".join(text[gap.start : gap.end] for gap in without)
            yield cursor.at(whole, offset), cursor.at(near, offset), missing


def place(found: Cursor) -> tuple[object, ...]:
    """What two cursors must agree in; the index of the document is one of those that were read."""
    return found.role, found.path, found.span, found.prefix, found.indent, found.entry and found.entry.name


def joined(chance: random.Random) -> str:
    text = chance.choice(["---\n", "...\n---\n", "--- # c\n"]).join(chance.choices(TEXTS, k=chance.choice([1, 2, 4])))
    return text.replace("\n", "\r\n") if chance.random() < 0.1 else text


@pytest.mark.parametrize("seed", range(4))
def test_a_place_in_yaml(seed: int) -> None:
    """In a text without mistakes the near tree gives the whole tree's answer, names and all."""
    chance, compared = random.Random(f"near {seed}"), 0  # noqa: S311  no secret
    for _ in range(40):
        for whole, near, _ in both(joined(chance), chance):
            assert (*place(near), near.keys) == (*place(whole), whole.keys)
            compared += 1
    assert compared


@pytest.mark.parametrize("seed", range(4))
def test_a_place_in_a_damaged_text(seed: int) -> None:
    """In any text the near tree gives the same place, and misses no name but those on the lines that were left out."""
    chance, compared = random.Random(f"damaged {seed}"), 0  # noqa: S311  no secret
    for _ in range(60):
        text = mutated(joined(chance), chance.choice(TEXTS), chance)
        for whole, near, left_out in both(text, chance):
            assert place(near) == place(whole), text
            assert set(near.keys) <= set(whole.keys)
            assert all(name in left_out for name in set(whole.keys) - set(near.keys)), text
            compared += 1
    assert compared


def test_what_is_left_out() -> None:
    """Of a wide block only its first and its last line are read, unless the place is in it or at its end."""
    document = Document(WIDE)
    elsewhere = document.near(3).documents[0]
    assert isinstance(elsewhere, Mapping)
    variables = elsewhere.get("environment_variables")
    assert isinstance(variables, Mapping)
    assert variables.keys() == ["V0", "V79"]
    assert len(document.cursor_at(document.lines.position(WIDE.index("V40"))).keys) == 80
    below = Document(WIDE.replace("scale_settings:\n", "\n\n  "))
    assert len(below.cursor_at(below.lines.position(len(below.text))).keys) == 80


def test_other_documents_are_left_out() -> None:
    """Of many documents the first is read, whose kind the file is known by, and the one that is asked about."""
    text = "---\n".join(f"name: n{number}\n" for number in range(9))
    document = Document(text)
    found = document.near(text.index("n5"))
    assert [root.get("name").value for root in found.documents if isinstance(root, Mapping)] == ["n0", "n1", "n5"]
    assert document.cursor_at(document.lines.position(text.index("n5"))).document == 2


def test_a_tree_that_is_there_is_used() -> None:
    """Once the whole text was read nothing is read again."""
    document = Document(WIDE)
    assert document.tolerant is document.near(3)
