"""References parse into typed values; what is none is named by its mistake."""

from __future__ import annotations

import pytest

from devkit.spec.locations import CloudPath, LocalPath, parse_path
from devkit.spec.references import Asset, BadReferenceError, RegistryAsset, WorkspaceAsset, parse_asset
from devkit.spec.secret_references import ConnectionSecret, KeyVaultSecret, parse_secret

WORKSPACE = "azureml:/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("azureml:m:1", Asset("azureml:m:1", "m", "1")),
        ("azureml:m:1:2", Asset("azureml:m:1:2", "m", "1:2")),
        ("azureml:m@latest", Asset("azureml:m@latest", "m", label="latest")),
        ("azureml:m", Asset("azureml:m", "m")),
        (
            "azureml://registries/r/models/m/versions/3",
            RegistryAsset("azureml://registries/r/models/m/versions/3", "r", "models", "m", version="3"),
        ),
        (
            "azureml://registries/r/models/m/labels/latest",
            RegistryAsset("azureml://registries/r/models/m/labels/latest", "r", "models", "m", label="latest"),
        ),
        ("azureml://registries/r/odd", RegistryAsset("azureml://registries/r/odd", "r")),
        (
            f"{WORKSPACE}/models/m/versions/1",
            WorkspaceAsset(f"{WORKSPACE}/models/m/versions/1", "s", "g", "w", "models", "m", "1"),
        ),
    ],
)
def test_every_form_of_reference_is_read(text: str, expected: object) -> None:
    """Each form that azure-ai-ml accepts becomes a value with its parts."""
    assert parse_asset(text, "models") == expected


@pytest.mark.parametrize(
    ("text", "collection", "mended"),
    [
        ("m:1", "models", "azureml:m:1"),
        ("m@latest", "models", "azureml:m@latest"),
        ("AzureML:m:1", "models", "azureml:m:1"),
        (f"{WORKSPACE}/models/m/versions/1".removeprefix("azureml:"), "models", f"{WORKSPACE}/models/m/versions/1"),
        (f"{WORKSPACE}/models/m", "models", f"{WORKSPACE}/models/m/versions/1"),
        ("./env.yml", "environments", "file:./env.yml"),
        ("file:model.yml", "models", None),
        ("azureml:", "models", None),
        ("azureml:a/b", "models", None),
        ("https://example.org/model.pkl", "models", None),
        ("registries/r/models/m", "models", None),
        ("some words", "environments", None),
        ("../c.yml", "components", None),
    ],
)
def test_each_known_mistake_has_its_own_mend(text: str, collection: str, mended: str | None) -> None:
    """A text that is no reference says why, what to do, and, where one text mends it, that text."""
    with pytest.raises(BadReferenceError) as caught:
        parse_asset(text, collection)  # type: ignore[arg-type]  # a plain string in the table
    assert caught.value.suggestion == mended
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", None),
        ("$HOME and ${{ inside }} a text", None),
        ("${{azureml://connections/c/credentials/K}}", ("c", "credentials", "K")),
        ("${{ azureml://connections/c/metadata/k }}", ("c", "metadata", "k")),
        ("${{azureml://connections/c/target}}", ("c", "target", None)),
        ("${{azureml://connections/c}}", ("c", None, None)),
    ],
)
def test_a_connection_secret_is_read(text: str, expected: tuple[str, str | None, str | None] | None) -> None:
    """An environment variable that refers to a connection gives the connection and the part of it."""
    secret = parse_secret(text)
    assert secret == (ConnectionSecret(text, *expected) if expected else None)  # type: ignore[arg-type]  # see above


def test_a_key_vault_secret_is_read() -> None:
    """An environment variable that refers to a key vault gives vault, name and version."""
    text = "${{keyvault:https://v.vault.azure.net/secrets/s/1}}"
    assert parse_secret(text) == KeyVaultSecret(text, "v", "s", "1")


def test_an_unknown_secret_reference_is_a_mistake() -> None:
    """The braces of a secret reference with something else inside are refused."""
    with pytest.raises(BadReferenceError, match="no secret reference"):
        parse_secret("${{secrets.KEY}}")


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("azureml://datastores/d/paths/p", "datastore"),
        ("azureml://jobs/j/outputs/artifacts/paths/m", "job"),
        ("runs:/r/m", "run"),
        ("https://x/y", "url"),
        ("git+https://x/y", "git"),
        ("dbfs:/x", "url"),
        ("ftp://x/y", "url"),
        ("azureml:code:1", "asset"),
        ("../model", None),
        ("/abs/model.pkl", None),
        ("C:\\models\\m.pkl", None),
    ],
)
def test_a_path_on_this_machine_is_told_from_the_cloud(text: str, scheme: str | None) -> None:
    """Only a path on this machine can be looked for."""
    path = parse_path(text)
    assert path == (LocalPath(text) if scheme is None else CloudPath(text, scheme))  # type: ignore[arg-type]  # see above


def test_a_cluster_has_no_version() -> None:
    """The id of a compute ends with its name, and is read so."""
    group = "azureml:/subscriptions/s/resourceGroups/g"
    text = f"{group}/providers/Microsoft.MachineLearningServices/workspaces/w/computes/c"
    assert parse_asset(text, "computes") == WorkspaceAsset(text, "s", "g", "w", "computes", "c")
