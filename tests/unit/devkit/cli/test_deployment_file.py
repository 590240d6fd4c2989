from __future__ import annotations

from pathlib import Path

import pytest

from devkit.cli.deployment_file import the_only_deployment
from devkit.cli.errors import UsageError

DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: {name}
endpoint_name: numbers
"""
ENDPOINT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json
name: numbers
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with an endpoint and a deployment."""
    (tmp_path / "endpoint.yml").write_text(ENDPOINT)
    (tmp_path / "blue.yml").write_text(DEPLOYMENT.format(name="blue"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_only_one_is_meant(folder: Path) -> None:
    """A deployment that lies alone need not be named; those of folders below do not count."""
    (folder / "below").mkdir()
    (folder / "below" / "green.yml").write_text(DEPLOYMENT.format(name="green"))
    assert the_only_deployment("-f FILE") == Path("blue.yml")


def test_of_several_one_must_be_named(folder: Path) -> None:
    """Where there are two, both are told, and nothing is guessed."""
    (folder / "green.yml").write_text(DEPLOYMENT.format(name="green"))
    with pytest.raises(UsageError, match=r"blue\.yml, green\.yml. Give one with -f FILE"):
        the_only_deployment("-f FILE")


def test_none_at_all(folder: Path) -> None:
    """A folder without a deployment is told as such."""
    (folder / "blue.yml").unlink()
    with pytest.raises(UsageError, match="has no deployment"):
        the_only_deployment("-f FILE")
