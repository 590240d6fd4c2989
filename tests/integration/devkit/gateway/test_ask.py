"""What `docker exec` runs beside a gateway in a container."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devkit.gateway.ask import NEXT, OUTRUN, main
from tests.support.gateways import backend

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.gateways import FakeInstance, RunningGateway


def test_a_prepared_configuration_is_put_in_force(
    gateway: RunningGateway, blue: FakeInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    """`apply` takes the place of the old one in one step, and `state` tells of the new one."""
    config = gateway.use({"blue": backend(blue)}, {"blue": 100})
    value = {**config.model_dump(mode="json"), "revision": config.revision + 1, "traffic": {}}
    (gateway.folder / NEXT).write_text(json.dumps(value))
    assert main([str(gateway.folder), "apply"]) == 0
    assert main([str(gateway.folder), "state"]) == 0
    applied, state = map(json.loads, capsys.readouterr().out.splitlines())
    assert applied == {"revision": config.revision + 1}
    assert state["traffic"] == {}
    assert not (gateway.folder / NEXT).exists()
    gateway.revision += 1


def test_of_two_changes_made_at_once_the_second_is_refused(
    gateway: RunningGateway, blue: FakeInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    """A configuration that was made of one no longer in force changes nothing, and its draft is gone."""
    config = gateway.use({"blue": backend(blue)}, {"blue": 100})
    value = {**config.model_dump(mode="json"), "revision": config.revision + 1}
    for name, traffic in (("first.json", {}), ("second.json", {"blue": 100})):
        (gateway.folder / name).write_text(json.dumps({**value, "traffic": traffic}))
    assert main([str(gateway.folder), "apply", "first.json"]) == 0
    assert main([str(gateway.folder), "apply", "second.json"]) == OUTRUN
    assert "at the same moment" in capsys.readouterr().out
    assert main([str(gateway.folder), "state"]) == 0
    assert json.loads(capsys.readouterr().out)["traffic"] == {}
    assert not (gateway.folder / "second.json").exists()
    gateway.revision += 1


def test_routes_are_probed_from_the_gateway_s_place(
    gateway: RunningGateway, blue: FakeInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each route's status, and 0 where nobody answers."""
    base = f"http://127.0.0.1:{blue.port}"
    assert main([str(gateway.folder), "probe", f"{base}/score", f"{base}/status/503", "http://127.0.0.1:1/"]) == 0
    assert json.loads(capsys.readouterr().out) == [200, 503, 0]


def test_without_a_gateway_the_reason_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 1, and the line says that none listens."""
    assert main([str(tmp_path), "state"]) == 1
    assert "does not listen yet" in capsys.readouterr().out
