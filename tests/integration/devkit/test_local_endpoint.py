"""An endpoint from Python, for users' own tests: with real processes behind it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import devkit
from devkit.endpoints.documents import DocumentError
from tests.support.processes import processes_of
from tests.support.server import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[3] / "examples" / "blue-green"
REQUEST = {"square_metres": [54]}


@pytest.fixture(scope="module")
def shop() -> Iterator[devkit.LocalEndpoint]:
    """Both deployments of the example, with the traffic of its endpoint's file."""
    files = [EXAMPLE / f"{name}.yml" for name in ("endpoint", "blue-deployment", "green-deployment")]
    with devkit.local_endpoint(*files, python=sys.executable) as endpoint:
        yield endpoint


def test_an_endpoint_answers_from_python(shop: devkit.LocalEndpoint) -> None:
    """invoke() gives the answer's value, and a named deployment answers whatever the traffic."""
    assert shop.name == "house-prices"
    assert shop.invoke(REQUEST)["by"] in {"blue", "green"}
    assert shop.invoke(REQUEST, deployment="green")["by"] == "green"
    assert shop.invoke(EXAMPLE / "sample-request.json", deployment="blue")["prices"] == [187400, 268000, 392000]


def test_address_and_keys_are_those_of_a_client(shop: devkit.LocalEndpoint) -> None:
    """Whatever client the test has can use them; without a key nobody is let in."""
    import urllib3

    assert len(set(shop.keys)) == 2
    with urllib3.PoolManager(retries=False) as pool:
        for key, status in ((shop.keys[1], 200), ("wrong", 401)):
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            assert pool.request("POST", shop.scoring_uri, json=REQUEST, headers=headers).status == status


def test_traffic_can_be_moved(shop: devkit.LocalEndpoint) -> None:
    """After a change not one request goes to a deployment with nothing."""
    shop.set_traffic(green=100)
    assert {shop.invoke(REQUEST)["by"] for _ in range(20)} == {"green"}


def test_a_failure_has_the_scripts_traceback(shop: devkit.LocalEndpoint) -> None:
    """What a test prints then is enough to see the mistake."""
    with pytest.raises(devkit.InvocationError, match="KeyError: 'square_metres'") as caught:
        shop.invoke({}, deployment="blue")
    assert caught.value.answer.status == 424
    assert "score.py" in caught.value.traceback


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """After the block no process of it runs, and a workspace that was given stays for a look."""
    with devkit.local_endpoint(EXAMPLE / "blue-deployment.yml", python=sys.executable, workspace=tmp_path) as endpoint:
        assert endpoint.invoke(REQUEST)["by"] == "blue"
    eventually(lambda: not processes_of(tmp_path), f"no process of {tmp_path} runs")
    assert (tmp_path / ".devkit").is_dir()


def test_files_of_two_endpoints_are_refused(tmp_path: Path) -> None:
    """Before anything is started."""
    other = tmp_path / "other.yml"
    other.write_text(
        "name: other\n$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\n"
    )
    with (
        pytest.raises(DocumentError, match="house-prices"),
        devkit.local_endpoint(other, EXAMPLE / "blue-deployment.yml"),
    ):
        pass


def test_pytest_has_the_fixture(tmp_path: Path) -> None:
    """A user's test names the fixture and needs no import; the same call gives the same endpoint."""
    (tmp_path / "test_shop.py").write_text(
        f"""import sys

def serve(devkit_local_endpoint):
    return devkit_local_endpoint({str(EXAMPLE / "blue-deployment.yml")!r}, python=sys.executable)

def test_shop(devkit_local_endpoint):
    endpoint = serve(devkit_local_endpoint)
    assert endpoint.invoke({REQUEST})["by"] == "blue"
    assert serve(devkit_local_endpoint) is endpoint
"""
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rewritten" not in done.stderr


def test_the_plugin_costs_nothing_until_it_is_used() -> None:
    """Pytest loads it for everybody who has the kit, so it imports neither pydantic nor the control plane."""
    code = "import sys, _endpoint_devkit.pytest_plugin as p; print([m for m in sys.modules if m.startswith('devkit')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
