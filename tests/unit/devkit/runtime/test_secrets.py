from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from devkit.runtime.protocol import CannotRunError
from devkit.runtime.secrets import resolve_secrets, variable_of
from devkit.spec.secret_references import parse_secret

if TYPE_CHECKING:
    from pathlib import Path

OF_CONNECTION = "${{azureml://connections/my-db/credentials/password}}"
OF_VAULT = "${{keyvault:https://kv.vault.azure.net/secrets/token/12}}"


def write_secrets(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets.yml"
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (OF_CONNECTION, "DEVKIT_SECRET_CONNECTIONS_MY_DB_CREDENTIALS_PASSWORD"),
        ("${{azureml://connections/db/target}}", "DEVKIT_SECRET_CONNECTIONS_DB_TARGET"),
        ("${{azureml://connections/db}}", "DEVKIT_SECRET_CONNECTIONS_DB"),
        (OF_VAULT, "DEVKIT_SECRET_KEYVAULT_KV_TOKEN"),
    ],
)
def test_each_form_has_a_variable(text: str, name: str) -> None:
    """Every form of a reference has its environment variable, as documented."""
    reference = parse_secret(text)
    assert reference is not None
    assert variable_of(reference) == name


def test_plain_values_stay(tmp_path: Path) -> None:
    """Variables without a reference are left alone, and no file is needed for them."""
    assert resolve_secrets({"A": "1", "B": "${HOME}"}, tmp_path, {}) == {"A": "1", "B": "${HOME}"}


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    """A value in the environment wins over one in the file; the file gives what the environment lacks."""
    write_secrets(
        tmp_path,
        "azureml://connections/my-db/credentials/password: from file\n"
        "keyvault:https://kv.vault.azure.net/secrets/token/12: 'true'\n",
    )
    environ = {"DEVKIT_SECRET_CONNECTIONS_MY_DB_CREDENTIALS_PASSWORD": "from environment"}
    values = resolve_secrets({"P": OF_CONNECTION, "T": OF_VAULT}, tmp_path, environ)
    assert values == {"P": "from environment", "T": "true"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bits")
def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """A secrets file with a wider mode than 0600 is not read, and the message says how to mend it."""
    path = write_secrets(tmp_path, "azureml://connections/my-db/credentials/password: x\n", 0o640)
    with pytest.raises(CannotRunError, match=rf"chmod 600 {path}") as caught:
        resolve_secrets({"P": OF_CONNECTION}, tmp_path, {})
    assert caught.value.code == "SecretsInjectionError"


def test_another_file_can_be_named(tmp_path: Path) -> None:
    """DEVKIT_SECRETS_FILE names a file elsewhere."""
    path = write_secrets(tmp_path, "azureml://connections/my-db/credentials/password: elsewhere\n")
    values = resolve_secrets({"P": OF_CONNECTION}, tmp_path / "workspace", {"DEVKIT_SECRETS_FILE": str(path)})
    assert values["P"] == "elsewhere"


def test_a_damaged_file_shows_none_of_its_text(tmp_path: Path) -> None:
    """What is wrong with a file is said without a line of it, for it holds secrets."""
    write_secrets(tmp_path, "azureml://connections/db/target: [hunter2\n")
    with pytest.raises(CannotRunError, match="is no YAML file") as caught:
        resolve_secrets({"P": OF_CONNECTION}, tmp_path, {})
    assert "hunter2" not in str(caught.value)


def test_what_is_missing_is_named_with_its_remedies(tmp_path: Path) -> None:
    """Every reference without a value is named, with its variable, the file and the keyring."""
    with pytest.raises(CannotRunError) as caught:
        resolve_secrets({"P": OF_CONNECTION, "T": OF_VAULT}, tmp_path, {})
    text = str(caught.value)
    assert caught.value.code == "SecretsInjectionError"
    assert "2 secrets" in text
    assert "azureml://connections/my-db/credentials/password" in text
    assert "DEVKIT_SECRET_KEYVAULT_KV_TOKEN" in text
    assert "secrets.yml" in text
    assert "keyring set endpoint-devkit" in text


def test_a_form_that_the_service_does_not_know_is_refused(tmp_path: Path) -> None:
    """A reference with a mistake is told at the start, not handed to the script as it stands."""
    with pytest.raises(CannotRunError, match=r"The environment variable P: .*no secret reference"):
        resolve_secrets({"P": "${{secrets.password}}"}, tmp_path, {})


def test_the_keyring_is_asked_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package keyring is installed, it gives what environment and file lack."""
    keyring, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    held = {("endpoint-devkit", "keyvault:https://kv.vault.azure.net/secrets/token/12"): "from keyring"}
    keyring.get_password = lambda service, name: held.get((service, name))  # type: ignore[attr-defined]
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert resolve_secrets({"T": OF_VAULT}, tmp_path, {}) == {"T": "from keyring"}
