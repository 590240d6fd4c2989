"""Secret references in environment variables, resolved on this machine when an instance starts.

In the service the references point to connections and key vaults; here the values come from, in this order,

1. the environment of the control plane: `DEVKIT_SECRET_` and the reference without its scheme, in capitals, with `_`
   for whatever is neither letter nor digit: `${{azureml://connections/db/credentials/password}}` is
   `DEVKIT_SECRET_CONNECTIONS_DB_CREDENTIALS_PASSWORD`, `${{keyvault:https://kv.vault.azure.net/secrets/token/1}}` is
   `DEVKIT_SECRET_KEYVAULT_KV_TOKEN` whatever the version;
2. the file `.devkit/secrets.yml` of the workspace, or the one that DEVKIT_SECRETS_FILE names: a mapping from the
   reference, without `${{ }}`, to its value; readable by its owner alone (mode 0600);
3. the system's keyring, where the package `keyring` is installed (extra `[keyring]`): service `endpoint-devkit`,
   the reference as the name.

A value goes into the environment of the instance and nowhere else: not into the state, a log, or a command line.
"""

from __future__ import annotations

import importlib
import os
import re
import stat
import sys
from typing import TYPE_CHECKING, Any, Final

import yaml

from devkit.runtime.protocol import CannotRunError
from devkit.spec.references import BadReferenceError
from devkit.spec.secret_references import ConnectionSecret, parse_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from devkit.spec.secret_references import SecretReference

__all__ = ["KEYRING_SERVICE", "SECRETS_FILE", "resolve_secrets", "variable_of"]

CODE: Final = "SecretsInjectionError"
KEYRING_SERVICE: Final = "endpoint-devkit"
SECRETS_FILE: Final = "secrets.yml"
"""Below the workspace's `.devkit`."""

_PREFIX: Final = "DEVKIT_SECRET_"
_FILE_VARIABLE: Final = "DEVKIT_SECRETS_FILE"
_OTHERS_MAY: Final = stat.S_IRWXG | stat.S_IRWXO


def resolve_secrets(
    variables: Mapping[str, str], state_folder: Path, environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """`variables` with every secret reference replaced by its value.

    Args:
        variables: a deployment's environment variables.
        state_folder: the workspace's `.devkit`.
        environ: where to look first; this process's own environment when left out.

    Raises:
        CannotRunError: with code SecretsInjectionError; it names every reference without a value and how to give one.
    """
    references = {name: found for name, text in variables.items() if (found := _parse(name, text)) is not None}
    if not references:
        return dict(variables)
    path = _secrets_file(state_folder, os.environ if environ is None else environ)
    sources = (_from_environment(os.environ if environ is None else environ), _from_file(path), _from_keyring())
    values: dict[str, str] = {}
    for name, reference in references.items():
        value = next((each for source in sources if (each := source(reference)) is not None), None)
        if value is not None:
            values[name] = value
    missing = {name: reference for name, reference in references.items() if name not in values}
    if missing:
        raise CannotRunError(_explain(missing, path), code=CODE)
    return {**variables, **values}


def variable_of(reference: SecretReference) -> str:
    """The environment variable that gives the value of a reference."""
    if isinstance(reference, ConnectionSecret):
        words = ["connections", reference.connection, reference.part, reference.key]
    else:
        words = ["keyvault", reference.vault, reference.name]
    return _PREFIX + "_".join(re.sub(r"[^A-Za-z0-9]", "_", word).upper() for word in words if word)


def _parse(name: str, text: str) -> SecretReference | None:
    try:
        return parse_secret(text)
    except BadReferenceError as error:
        raise CannotRunError(f"The environment variable {name}: {error}", code=CODE) from None


def _body(reference: SecretReference) -> str:
    """The reference without `${{ }}`: how file and keyring call it."""
    return reference.text.strip().removeprefix("${{").removesuffix("}}").strip()


def _from_environment(environ: Mapping[str, str]) -> Callable[[SecretReference], str | None]:
    return lambda reference: environ.get(variable_of(reference))


def _secrets_file(state_folder: Path, environ: Mapping[str, str]) -> Path:
    named = environ.get(_FILE_VARIABLE)
    return type(state_folder)(named).expanduser() if named else state_folder / SECRETS_FILE


def _from_file(path: Path) -> Callable[[SecretReference], str | None]:
    secrets = _read(path)
    return lambda reference: secrets.get(_body(reference))


def _read(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8") as file:
            _refuse_if_shared(path, os.fstat(file.fileno()).st_mode)
            content = yaml.safe_load(file)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CannotRunError(f"The secrets in {path} cannot be read: {error.strerror}.", code=CODE) from None
    except (yaml.YAMLError, UnicodeDecodeError):  # whose text would show a line of the file
        raise CannotRunError(f"{path} is no YAML file. {_SHAPE}", code=CODE) from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise CannotRunError(f"{path} is no mapping. {_SHAPE}", code=CODE)
    return {str(name): str(value) for name, value in content.items()}


_SHAPE: Final = "Write a line for each secret: azureml://connections/<name>/credentials/<key>: <value>"


def _refuse_if_shared(path: Path, mode: int) -> None:
    if sys.platform != "win32" and mode & _OTHERS_MAY:
        raise CannotRunError(
            f"Other users may read the secrets in {path} (mode {stat.S_IMODE(mode):04o}). Run: chmod 600 {path}",
            code=CODE,
        )


def _from_keyring() -> Callable[[SecretReference], str | None]:
    try:
        keyring: Any = importlib.import_module("keyring")  # the extra [keyring]
        locked: Any = importlib.import_module("keyring.errors").KeyringError
    except ImportError:
        return lambda _: None

    def look_up(reference: SecretReference) -> str | None:
        try:
            value = keyring.get_password(KEYRING_SERVICE, _body(reference))
        except locked:  # locked, or a machine without one: then it holds nothing for us
            return None
        return value if isinstance(value, str) else None

    return look_up


def _explain(missing: Mapping[str, SecretReference], path: Path) -> str:
    lines = [f"No value is known on this machine for {_count(missing)}:"]
    lines += [f"  {name}: {_body(each)}   (set {variable_of(each)})" for name, each in missing.items()]
    lines.append(
        f"Give each by that variable in the control plane's environment (then: devkit down, devkit up), by a line "
        f"'<reference>: <value>' in {path} (mode 0600), or by: keyring set {KEYRING_SERVICE} '<reference>'"
    )
    return "\n".join(lines)


def _count(missing: Mapping[str, SecretReference]) -> str:
    return "a secret" if len(missing) == 1 else f"{len(missing)} secrets"
