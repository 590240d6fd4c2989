"""The page that tells what each target does with each key: made of the code, and whole."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from devkit.promote import key_docs
from devkit.promote.key_docs import UndeclaredKeyError, keys_page
from devkit.promote.key_effects import TARGETS, effects
from devkit.promote.key_samples import keys_of, lay_out_files, samples
from devkit.spec.documents.online_deployment import ManagedOnlineDeployment
from devkit.spec.documents.online_endpoint import ManagedOnlineEndpoint
from devkit.spec.rest import TABLES
from tests.support.rest_documents import paths

PAGE = Path(__file__).parents[4] / "docs" / "promote-keys.md"


@cache
def page() -> str:
    """The page, made once."""
    return keys_page()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The files that the samples name."""
    lay_out_files(tmp_path)
    return tmp_path


def changed(target: str, key: str, folder: Path) -> list[str]:
    """What a key of a managed deployment changes at a target."""
    shape = keys_of(ManagedOnlineDeployment)[key]
    return effects(target, samples(ManagedOnlineDeployment, key, shape), folder, endpoint=False)


def test_the_page_is_up_to_date() -> None:
    """docs/promote-keys.md is what `python -m devkit.promote.key_docs` makes of the code now."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("kind", list(TABLES), ids=lambda kind: kind.__name__)
def test_every_key_is_on_it(kind: type) -> None:
    """Each key that a document may have has a row with a cell for each target."""
    rows = [line.split(" | ") for line in page().splitlines() if line.startswith("| `")]
    told = {row[0].removeprefix("| ") for row in rows}
    assert [each for each in paths(kind) if f"`{each}`" not in told] == []
    assert {len(row) for row in rows} == {4}


@pytest.mark.parametrize("target", list(TARGETS))
def test_a_key_that_does_nothing_needs_a_reason(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key whose treatment at a target is not declared stops the page, and is named."""
    monkeypatch.setattr(key_docs, "reason_for", lambda at, key: None if at == target else f"{key}: told")
    with pytest.raises(UndeclaredKeyError, match=f"{target}: name of ManagedOnlineEndpoint changes nothing"):
        keys_page()


def test_effects_are_found_in_what_is_made(files: Path) -> None:
    """A key's effects are the places that really become others, at each target its own."""
    assert changed("kubernetes", "instance_count", files) == ["Deployment spec.replicas"]
    assert changed("docker-host", "instance_count", files) == ["gateway targets", "wait urls"]
    assert changed("docker-host", "liveness_probe.period", files) == ["healthcheck interval"]
    assert changed("kubernetes", "tags", files) == []


def test_a_refusal_is_told(files: Path) -> None:
    """A login that only Azure can check is refused by both."""
    pair = samples(ManagedOnlineEndpoint, "auth_mode", keys_of(ManagedOnlineEndpoint)["auth_mode"])
    assert [effects(each, pair, files, endpoint=True) for each in TARGETS] == [["other values are refused"]] * 2
