"""Secrets that an environment variable refers to and the service puts in (preview)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from devkit.spec.references import BadReferenceError


@dataclass(frozen=True)
class ConnectionSecret:
    """`${{azureml://connections/NAME/credentials/KEY}}`, `.../metadata/KEY`, `.../target`, or the connection itself."""

    text: str
    connection: str
    part: Literal["credentials", "metadata", "target"] | None = None
    key: str | None = None


@dataclass(frozen=True)
class KeyVaultSecret:
    """`${{keyvault:https://VAULT.vault.azure.net/secrets/NAME/VERSION}}`."""

    text: str
    vault: str
    name: str
    version: str | None = None


SecretReference: TypeAlias = ConnectionSecret | KeyVaultSecret

FORMS: Final = (
    "${{azureml://connections/<name>/credentials/<key>}} or "
    "${{keyvault:https://<vault>.vault.azure.net/secrets/<name>/<version>}}"
)
"""The forms that people want most, for a sentence that tells them what to write."""

_SECRET: Final = re.compile(r"\s*\$\{\{\s*(?P<body>.*?)\s*\}\}\s*$", re.DOTALL)
_CONNECTION: Final = re.compile(
    r"azureml://connections/(?P<name>[^/]+)(?:/(?:(?P<part>credentials|metadata)/(?P<key>[^/]+)|(?P<target>target)))?/?$"
)
_KEYVAULT: Final = re.compile(
    r"keyvault:https://(?P<vault>[A-Za-z0-9-]+)\.vault\.[a-z.]+/secrets/(?P<name>[^/]+)(?:/(?P<version>[^/]+))?/?$"
)


def parse_secret(text: str) -> SecretReference | None:
    """Read the value of an environment variable as a secret reference; None when it is an ordinary text.

    Raises:
        BadReferenceError: it has the `${{ }}` of a reference and none of the documented forms inside.
    """
    outer = _SECRET.match(text)
    if outer is None:
        return None
    body = outer["body"]
    if match := _CONNECTION.match(body):
        part = match["part"] or match["target"]
        return ConnectionSecret(text, match["name"], part, match["key"])  # type: ignore[arg-type]  # the pattern's words
    if match := _KEYVAULT.match(body):
        return KeyVaultSecret(text, match["vault"], match["name"], match["version"])
    raise BadReferenceError(
        f"'{text}' is no secret reference that the service knows",
        f"Write {FORMS}.",
    )
