from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.spec.findings import Severity
from tests.support.projects import DEPLOYMENT, found

if TYPE_CHECKING:
    from pathlib import Path


def project(name: str, value: str) -> dict[str, str]:
    return {"d.yml": f"{DEPLOYMENT}environment_variables:\n  {name}: {value}\n"}


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("DB_PASSWORD", "hunter2hunter2", 1),
        ("HF_TOKEN", f"hf_{'a' * 34}", 1),
        ("ANYTHING", f"DefaultEndpointsProtocol=https;AccountKey={'Zm9v' * 12}==", 1),
        ("URL", f'"https://x.blob.core.windows.net/c?sv=1&sig={"a" * 30}"', 1),
        ("DB_PASSWORD", '"${{azureml://connections/db/credentials/password}}"', 0),
        ("MAX_TOKENS", "1024000000", 0),
        ("TOKEN_LIMIT", "1024000000", 0),
        ("TOKENIZER_PATH", "/var/models/tokenizer", 0),
        ("SECRET_NAME", "my-secret-name", 0),
        ("API_KEY", '"<your key here>"', 0),
        ("LOG_LEVEL", "INFO", 0),
    ],
)
def test_plain_secrets_are_told_and_lookalikes_are_not(tmp_path: Path, name: str, value: str, wrong: int) -> None:
    """Names and forms of secrets count; references, placeholders, limits and paths do not."""
    assert len(found(tmp_path, project(name, value), "plain-secret")) == wrong


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("${{azureml://connections/c/credentials/key}}", 0),
        ("${{ azureml://connections/c/target }}", 0),
        ("${{azureml://connections/c/metadata/k}}", 0),
        ("${{keyvault:https://v.vault.azure.net/secrets/s/0123456789abcdef}}", 0),
        ("${{keyvault:v/s}}", 1),
        ("${{keyvault:https://v.vault.azure.cn/secrets/s}}", 0),
        ("${{env.TOKEN}}", 1),
        ("plain", 0),
    ],
)
def test_references_to_secrets_have_one_of_the_services_forms(tmp_path: Path, value: str, wrong: int) -> None:
    """A reference stands alone in its value and names a connection or a vault's secret."""
    assert len(found(tmp_path, project("X", f'"{value}"'), "secret-reference")) == wrong


def test_a_reference_within_other_text_is_a_warning(tmp_path: Path) -> None:
    """Azure documents references that stand alone, and no refusal of others."""
    (finding,) = found(tmp_path, project("X", '"Bearer ${{azureml://connections/c/target}}"'), "secret-reference")
    assert finding.severity is Severity.WARNING
    assert not finding.refused_by
