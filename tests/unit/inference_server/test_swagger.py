"""swagger: the documents of /swagger.json."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from inference_server.errors import StartupError
from inference_server.settings import Settings
from inference_server.swagger import SwaggerDocuments, SwaggerVersionError

if TYPE_CHECKING:
    from pathlib import Path


def run(data: Any) -> Any:
    return data


def documents(folder: Path, **values: Any) -> SwaggerDocuments:
    return SwaggerDocuments(Settings(app_root=folder, **values), run)


@pytest.mark.parametrize(
    ("asked", "key", "version"),
    [
        (None, "swagger", "2.0"),
        ("2", "swagger", "2.0"),
        ("2.0", "swagger", "2.0"),
        ("3", "openapi", "3.0.3"),
        ("3.0", "openapi", "3.0.3"),
        ("3.1", "openapi", "3.1.0"),
    ],
)
def test_versions_and_their_aliases(tmp_path: Path, asked: str | None, key: str, version: str) -> None:
    """Each version has one alias, and Swagger 2.0 is the default."""
    assert documents(tmp_path).get(asked)[key] == version


@pytest.mark.parametrize("asked", ["4", "", "3.1.0", "v2"])
def test_other_versions_are_refused(tmp_path: Path, asked: str) -> None:
    """A version that does not exist is refused with those that do."""
    with pytest.raises(SwaggerVersionError) as refused:
        documents(tmp_path).get(asked)
    assert str(refused.value) == f"Swagger version [{asked}] is not valid. Supported versions: [2, 3, 3.1]."


def test_undecorated_run_takes_and_gives_objects(tmp_path: Path) -> None:
    """Without decorators input and output are any object."""
    definitions = documents(tmp_path).get("2")["definitions"]
    assert definitions["ServiceInput"] == definitions["ServiceOutput"] == {"type": "object", "example": {}}


def test_service_names_are_filled_in(tmp_path: Path) -> None:
    """Name, version and path prefix stand in the document, also with quotes in them."""
    found = documents(tmp_path, service_name='the "one"', service_version="7", service_path_prefix="/a/b/").get("3")
    assert found["info"]["title"] == 'the "one"'
    assert found["info"]["version"] == "7"
    assert list(found["paths"]) == ["/a/b/", "/a/b/score", "/a/b/swagger.json"]


def test_users_own_documents_are_served(tmp_path: Path) -> None:
    """A swagger file in the app root is served as it is; swagger.json goes before swagger2.json."""
    (tmp_path / "swagger.json").write_text('{"mine": 1}')
    (tmp_path / "swagger2.json").write_text('{"mine": 2}')
    (tmp_path / "swagger3.1.json").write_text('{"mine": 3.1}')
    found = documents(tmp_path)
    assert [found.get(version) for version in ("2", "3.1")] == [{"mine": 1}, {"mine": 3.1}]
    assert found.get("3")["openapi"] == "3.0.3"


def test_malformed_document_is_a_failed_start(tmp_path: Path) -> None:
    """A swagger file that is not JSON is named with the place of the mistake and what to do."""
    (tmp_path / "swagger3.json").write_text('{"a": \n}')
    with pytest.raises(StartupError, match=r"swagger3\.json is not valid JSON\. JSONDecodeError: .* line 2 column 1"):
        documents(tmp_path)


def test_skipped_versions_are_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A schema that Swagger 2.0 cannot express leaves that version out, and the line at start says so."""
    monkeypatch.setattr("inference_server.schema_registry.supported_versions", lambda _: ["3.0", "3.1"])
    with caplog.at_level(logging.INFO, "azmlinfsrv.swagger"):
        found = documents(tmp_path)
        assert caplog.messages == []  # a live update makes documents as well
        found.announce()
    assert caplog.messages == ["Swaggers are prepared for versions [3, 3.1] and skipped for versions [2]."]
    with pytest.raises(SwaggerVersionError, match=r"\[2\] is not supported for the scoring script.*: \[3, 3\.1\]\.$"):
        found.get("2")
