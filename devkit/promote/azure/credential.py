"""Tokens for Azure: from the file or the variable that the environment has, else from azure-identity."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from devkit.promote.targets.base import TargetError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MANAGEMENT", "SCORING", "STORAGE", "Credential"]

MANAGEMENT: Final = "https://management.azure.com/.default"
STORAGE: Final = "https://storage.azure.com/.default"
SCORING: Final = "https://ml.azure.com/.default"
_VARIABLE: Final = "DEVKIT_AZURE_TOKEN"
_FILE: Final = "DEVKIT_AZURE_TOKEN_FILE"
_HELP: Final = (
    "Install azure-identity (`pip install 'endpoint-devkit[azure]'`) and log in with `az login`, or give the token of "
    f"`az account get-access-token --query accessToken -o tsv` in {_VARIABLE}, or in a file that {_FILE} names and "
    "something else renews."
)


class Credential:
    """The bearer token of one scope. Nothing of it is written down or printed."""

    def __init__(self, scope: str, environment: Mapping[str, str] | None = None) -> None:
        self._scope = scope
        self._environment = os.environ if environment is None else environment
        self._identity: Any = None

    def token(self) -> str:
        """The token; azure-identity keeps it until shortly before its end.

        Raises:
            TargetError: there is none; with the ways to get one.
        """
        given = self._environment.get(_VARIABLE)
        file = self._environment.get(_FILE)
        if file:
            return self._of_file(Path(file))
        return given or self._of_identity()

    def renew(self) -> None:
        """A token was refused: forget the identity that gave it, so that the next one is a new one.

        A file is read at every request anyway, and what stands in a variable cannot be renewed.
        """
        self._identity = None

    def _of_file(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise TargetError(f"{_FILE} names {path}, which cannot be read: {error.strerror}.") from error

    def _of_identity(self) -> str:
        try:
            from azure import identity  # pyright: ignore[reportAttributeAccessIssue]  an extra
        except ImportError:
            raise TargetError(f"There is no token for Azure. {_HELP}", code="NoToken") from None
        if self._identity is None:
            self._identity = identity.DefaultAzureCredential()
        try:
            return str(self._identity.get_token(self._scope).token)
        except Exception as error:  # its exceptions are azure-core's, which need not be imported
            raise TargetError(f"azure-identity gives no token: {error}", code="NoToken") from error
