"""The Swagger 2.0, OpenAPI 3.0.3 and 3.1.0 documents of a script, and the user's own ones where there are.

Templates, versions and messages are azmlinfsrv 1.5.1's (read and observed 2026-11-21).
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference_server import schema_registry
from inference_server.errors import StartupError

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference_server.settings import Settings

__all__ = ["SwaggerDocuments", "SwaggerVersionError"]

_TEMPLATES = Path(__file__).parent / "templates"

_logger = logging.getLogger("azmlinfsrv.swagger")


class SwaggerVersionError(Exception):
    """There is no document of that version; the text is the message of a 404."""


@dataclass(frozen=True)
class _Version:
    name: str
    aliases: tuple[str, ...]
    template: str
    user_files: tuple[str, ...]


_VERSIONS = (
    _Version("2", ("2", "2.0"), "swagger2.json", ("swagger.json", "swagger2.json")),
    _Version("3", ("3", "3.0"), "swagger3.json", ("swagger3.json",)),
    _Version("3.1", ("3.1",), "swagger3.json", ("swagger3.1.json",)),
)


class SwaggerDocuments:
    """Every document that a script has.

    Args:
        settings: the service's name, version and path prefix, and the folder of the user's own documents.
        run: the script's function.

    Raises:
        StartupError: a document of the user's is not JSON.
    """

    def __init__(self, settings: Settings, run: Callable[..., Any]) -> None:
        self._documents: dict[str, dict[str, Any]] = {}
        supported, skipped = [], []
        for version in _VERSIONS:
            document = _users(settings.app_root, version) or _generated(settings, version, run)
            if document is None:
                skipped.append(version.name)
                continue
            supported.append(version.name)
            self._documents |= dict.fromkeys(version.aliases, document)
        self.supported = tuple(supported)
        self._summary = _summary(supported, skipped)

    def announce(self) -> None:
        """Log which versions there are; a live update makes documents too, and says nothing of it."""
        _logger.info(self._summary)

    def get(self, version: str | None) -> dict[str, Any]:
        """The document of a version, Swagger 2.0 for None; raises SwaggerVersionError where there is none."""
        version = "2" if version is None else version
        supported = ", ".join(self.supported)
        if not any(version in known.aliases for known in _VERSIONS):
            raise SwaggerVersionError(f"Swagger version [{version}] is not valid. Supported versions: [{supported}].")
        if version not in self._documents:
            raise SwaggerVersionError(
                f"Swagger version [{version}] is not supported for the scoring script. "
                f"Supported swagger versions: [{supported}]."
            )
        return self._documents[version]


def _summary(supported: list[str], skipped: list[str]) -> str:
    if not supported:
        return "No swagger is prepared."
    prepared = ", ".join(supported)
    if skipped:
        return f"Swaggers are prepared for versions [{prepared}] and skipped for versions [{', '.join(skipped)}]."
    return f"Swaggers are prepared for the following versions: [{prepared}]."


def _users(app_root: Path, version: _Version) -> dict[str, Any] | None:
    for name in version.user_files:
        path = app_root / name
        try:
            content = path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            continue
        try:
            document: dict[str, Any] = json.loads(content)
        except ValueError as error:
            raise StartupError(
                f"The swagger file {path} is not valid JSON. JSONDecodeError: {error}. "
                "Mend it, or remove it to have one made from run()."
            ) from None
        _logger.info("Loaded user's swagger file for version [%s] from %s", version.name, path)
        if document:
            return document
    return None


def _generated(settings: Settings, version: _Version, run: Callable[..., Any]) -> dict[str, Any] | None:
    if not set(version.aliases) & set(schema_registry.supported_versions(run)):
        return None
    document: dict[str, Any] = json.loads(_template(settings, version))
    schemas = document["definitions"] if version.name == "2" else document["components"]["schemas"]
    schemas["ServiceInput"], schemas["ServiceOutput"] = _schemas(run)
    if version.name == "3.1":
        document["openapi"] = "3.1.0"
    return document


def _schemas(run: Callable[..., Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    if schema_registry.is_decorated(run):
        return schema_registry.input_schema(run), schema_registry.output_schema(run)
    nothing: dict[str, Any] = {"type": "object", "example": {}}
    return nothing, nothing


def _template(settings: Settings, version: _Version) -> str:
    prefix = settings.service_path_prefix.strip("/")
    values = {
        "$SERVICE_NAME$": settings.service_name,
        "$SERVICE_VERSION$": settings.service_version,
        "$PATH_PREFIX$": f"/{prefix}" if settings.service_path_prefix else "",
    }
    text = _TEMPLATES.joinpath(version.template).read_text(encoding="utf-8")
    for sign, value in values.items():
        text = text.replace(sign, json.dumps(value)[1:-1])
    return text
