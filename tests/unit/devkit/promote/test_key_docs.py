from __future__ import annotations

from pathlib import Path

import pytest

from devkit.promote.key_docs import keys_page
from devkit.spec.rest import TABLES
from tests.support.rest_documents import paths

PAGE = Path(__file__).parents[4] / "docs" / "promote-keys.md"


def test_the_page_is_up_to_date() -> None:
    """docs/promote-keys.md is what `python -m devkit.promote.key_docs` makes of the tables now."""
    assert PAGE.read_text(encoding="utf-8") == keys_page()


@pytest.mark.parametrize("kind", list(TABLES), ids=lambda kind: kind.__name__)
def test_every_key_is_on_it(kind: type) -> None:
    """Each key that a document may have is in a body or is named with a reason."""
    table = TABLES[kind]
    named = {field.yaml for field in table.fields} | set(table.not_sent)
    told = keys_page()
    assert all(f"| `{each}` |" in told for each in named)
    above = tuple(f"{each.removesuffix('.*')}." for each in table.not_sent)
    assert [each for each in paths(kind) if each not in named and not each.startswith(above)] == []
