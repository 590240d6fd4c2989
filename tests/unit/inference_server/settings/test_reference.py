"""The document that is made from the declarations."""

from __future__ import annotations

from pathlib import Path

from inference_server.settings import declarations
from inference_server.settings.reference import reference

COMMITTED = Path(__file__).parents[4] / "docs" / "settings.md"


def test_the_committed_reference_is_what_the_declarations_say() -> None:
    """After a change of the declarations: python -m inference_server.settings.reference > docs/settings.md."""
    assert COMMITTED.read_text(encoding="utf-8") == reference()


def test_every_name_stands_in_the_reference() -> None:
    """Each setting, flag and variable can be found by searching the document."""
    document = reference()
    for declared in declarations():
        assert f"**{declared.name}**" in document
        for name in (*declared.flags, *declared.env):
            assert f"`{name}" in document
