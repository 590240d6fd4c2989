"""F5 from this machine's editor into a deployment that runs in a container."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support import shop
from tests.support.dap import DapClient
from tests.support.extension import attach_configuration, require_extension

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

_IN_LAUNCH_JSON = {"type": "devkit", "request": "attach", "name": "attach to shop/blue", "deployment": "shop/blue"}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A deployment, served in a container with live update and a debugger."""
    require_extension()
    place = tmp_path / "shop"
    with shop.shop_in_a_container(place):
        yield place


def test_the_extension_s_configuration_stops_in_run_of_the_container(folder: Path, tmp_path: Path) -> None:
    """By the deployment's name alone: debugpy, told what the extension tells it, stops in this folder's own file."""
    made = attach_configuration(folder, _IN_LAUNCH_JSON, tmp_path)
    assert made["pathMappings"] == [{"localRoot": str(folder / "src"), "remoteRoot": "/var/azureml-app/src"}]
    script, address = folder / "src" / "score.py", made["connect"]
    with DapClient.connect(address["port"], address["host"]) as editor:
        editor.attach({script: [shop.LINE]}, **made)
        asked = shop.ask(folder)
        stop = editor.stopped()
        assert (stop.top.path, stop.top.line, stop.top.name) == (str(script), shop.LINE, "run")
        assert editor.variables(stop.top)["number"] == "21"
        editor.resume(stop)
        answer, _ = asked.communicate(timeout=60)
        editor.disconnect()
    assert json.loads(answer) == {"twice": 42}
