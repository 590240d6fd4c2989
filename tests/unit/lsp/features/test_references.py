from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp.features.references import references, rename, rename_span
from tests.support.open_documents import open_at_cursor

if TYPE_CHECKING:
    from pathlib import Path

DEPLOYMENT = "name: blue\nendpoint_name: shop\ninstance_type: x\n"
ENDPOINT = 'name: "shop"\ntraffic:\n  blue: 100\n  green: 0\nmirror_traffic: {green: 10}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give two projects that use the same names."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "endpoint.yml").write_text(ENDPOINT)
        (tmp_path / name / "blue.yml").write_text(DEPLOYMENT)
        (tmp_path / name / "green.yml").write_text(DEPLOYMENT.replace("blue", "green").replace("shop", "Shop"))
    return tmp_path


def places(folder: Path, marked: str, name: str, *, with_definition: bool = True) -> list[tuple[str, str]]:
    """Give the file and the text of each reference."""
    opened, offset = open_at_cursor(folder, marked, name)
    found = references(opened, offset, with_definition=with_definition)
    return [
        (each.path.relative_to(folder).as_posix(), (opened.files.read(each.path) or "")[slice(*each.span)])
        for each in found
    ]


def test_references_of_an_endpoint(folder: Path) -> None:
    """An endpoint's references are its document and its deployments, in its own project alone, without quotes."""
    assert places(folder, DEPLOYMENT.replace("shop", "sh|op"), "one/blue.yml") == [
        ("one/endpoint.yml", "shop"),
        ("one/blue.yml", "shop"),
        ("one/green.yml", "Shop"),
    ]


def test_references_of_a_deployment(folder: Path) -> None:
    """A deployment's references are its document and its shares of the traffic, from either side."""
    expected = [("one/green.yml", "green"), ("one/endpoint.yml", "green"), ("one/endpoint.yml", "green")]
    assert places(folder, ENDPOINT.replace("green: 0", "gre|en: 0"), "one/endpoint.yml") == expected
    own = DEPLOYMENT.replace("blue", "gr|een").replace("shop", "Shop")
    assert places(folder, own, "one/green.yml") == expected
    assert places(folder, own, "one/green.yml", with_definition=False) == expected[1:]


def test_no_references_of_other_values(folder: Path) -> None:
    """Other values have no references."""
    assert places(folder, DEPLOYMENT.replace("x\n", "x|\n"), "one/blue.yml") == []
    assert rename_span(*open_at_cursor(folder, "inst|ance_type: x\n", "one/blue.yml")) is None


def test_rename(folder: Path) -> None:
    """A name is changed wherever it stands, but never to one that Azure refuses."""
    opened, offset = open_at_cursor(folder, DEPLOYMENT.replace("shop", "sh|op"), "one/blue.yml")
    assert len(rename(opened, offset, "store")) == 3
    with pytest.raises(ValueError, match="is no name for Azure"):
        rename(opened, offset, "my store")
