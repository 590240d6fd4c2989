from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp.features.hover import hover
from tests.support.open_documents import open_at_cursor

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "name: blue\nendpoint_name: house-prices\n"


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        (HEAD + "instance_cou|nt: 1\n", ["How many machines", "Limit: 1 to 50 (the service refuses others)"]),
        (HEAD + "request_settings:\n  request_timeout_ms|: 1\n", ["Default: `5000` milliseconds", "1 to 180000"]),
        (HEAD + "request_settings:\n  request_timeout_ms: 9|0000\n", ["`90000` is **90 s**"]),
        (HEAD + "instance_type: Standard|_DS3_v2\n", ["| vCPU | 4 |", "| Memory | 14 GiB |"]),
        (
            HEAD + "environment:\n  image: nvcr.io/nvidia/triton|server:24.01\n",
            ["| Device | GPU |", "inference_config"],
        ),
        (HEAD + "model: azureml:cats@|latest\n", ["The model **cats**", "label **latest**"]),
        (
            HEAD + "environment: azureml://registries/r/environments/e/versions/2|\n",
            ["registry **r**", "version **2**"],
        ),
        (HEAD + "code_configuration:\n  code: s|rc\n", ["src", "(not there)"]),
        (HEAD + "environment_variables:\n  WORKER_COUNT|: '2'\n", ["Worker processes", "Default: `1`"]),
        ("name: blue\nendpoint_name: house|-prices\ninstance_type: x\n", ["The endpoint in `endpoint.yml`"]),
        ("$sch|ema: managedOnlineDeployment.schema.json\n", ["a managed online deployment"]),
    ],
)
def test_what_is_said(tmp_path: Path, marked: str, said: list[str]) -> None:
    """A key tells its description, default and limits, a value what it means here."""
    (tmp_path / "endpoint.yml").write_text("name: house-prices\nauth_mode: key\n")
    found = hover(*open_at_cursor(tmp_path, marked))
    assert found is not None
    assert [text for text in said if text not in found.markdown] == []


@pytest.mark.parametrize("marked", [HEAD + "|\n", HEAD + "# comment|\n", "apiVersion|: v1\n", HEAD + "unknown|: 1\n"])
def test_where_nothing_is_said(tmp_path: Path, marked: str) -> None:
    """Blank places, comments, unknown keys and other tools' files have no hover."""
    assert hover(*open_at_cursor(tmp_path, marked)) is None


def test_broken_text_elsewhere(tmp_path: Path) -> None:
    """An open quote above does not silence the keys below."""
    found = hover(*open_at_cursor(tmp_path, 'name: "blue\nendpoint_name: x\ninstance_count|: 1\n'))
    assert found is not None
    assert "How many machines" in found.markdown
