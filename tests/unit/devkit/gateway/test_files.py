from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest

from devkit.gateway.config import Authentication, Backend, GatewayConfig, GatewayStatus
from devkit.gateway.files import CONFIG, STATUS, ConfigError, read_config, read_status, write_config, write_status

if TYPE_CHECKING:
    from pathlib import Path


def config(**changes: Any) -> GatewayConfig:
    backends = {name: Backend() for name in ("blue", "green", "red")}
    return GatewayConfig(
        endpoint="shop", revision=1, port=0, authentication=Authentication(), backends=backends, **changes
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"traffic": {"blue": 60}}, "adds up to 60"),
        ({"traffic": {"blue": 150, "green": -50}}, "a percentage is 0 to 100"),
        ({"traffic": {"purple": 100}}, "'purple', which the endpoint does not have"),
        ({"mirror": {"green": 51}}, "at most 50"),
        ({"mirror": {"green": 10, "red": 10}}, "only one deployment"),
        ({"traffic": {"green": 100}, "mirror": {"green": 10}}, "has live traffic"),
    ],
)
def test_what_the_service_refuses_is_refused(changes: dict[str, Any], says: str) -> None:
    """Shares that the managed endpoint does not take make no configuration."""
    with pytest.raises(ValueError, match=says):
        config(**changes)


def test_a_configuration_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Whole, and for its owner alone."""
    written = config(traffic={"blue": 90, "green": 10}, mirror={"red": 50})
    write_config(tmp_path, written)
    assert read_config(tmp_path) == written
    assert stat.S_IMODE((tmp_path / CONFIG).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [CONFIG]


@pytest.mark.parametrize(("content", "says"), [(None, "cannot be read"), ("{", "JSON"), ("{}", "endpoint")])
def test_a_file_that_cannot_be_gone_by_is_named_with_the_reason(tmp_path: Path, content: str | None, says: str) -> None:
    """Missing, damaged, incomplete: each is told in words."""
    if content is not None:
        (tmp_path / CONFIG).write_text(content)
    with pytest.raises(ConfigError, match=says) as caught:
        read_config(tmp_path)
    assert CONFIG in str(caught.value)


def test_the_status_with_its_token_is_its_owners_alone(tmp_path: Path) -> None:
    """Nobody else of this machine can drive the gateway."""
    status = GatewayStatus(pid=1, started=2.0, port=3, admin_port=4, admin_token="t", revision=5)  # noqa: S106  a made-up one
    assert read_status(tmp_path) is None
    write_status(tmp_path, status)
    assert read_status(tmp_path) == status
    assert stat.S_IMODE((tmp_path / STATUS).stat().st_mode) == 0o600
