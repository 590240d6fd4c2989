"""The gateway beside one instance: its configuration from a file, its keys from a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.gateway.config import Authentication, GatewayConfig, digest_of_key
from devkit.gateway.files import read_config
from devkit.gateway.sidecar import main, prepare

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = GatewayConfig(endpoint="shop", revision=1, port=8080, authentication=Authentication())


def mounted(folder: Path, keys: dict[str, str]) -> tuple[Path, Path, Path]:
    """A ConfigMap's file, a Secret's folder as Kubernetes mounts it, and a place for state."""
    config, secret, state = folder / "gateway.json", folder / "keys", folder / "state"
    config.write_text(CONFIG.model_dump_json())
    (secret / "..data").mkdir(parents=True)
    state.mkdir()
    for name, text in keys.items():
        (secret / name).write_text(text)
    return config, secret, state


def test_the_keys_are_written_as_digests(tmp_path: Path) -> None:
    """Both keys let callers in, and the file that the gateway reads does not have them."""
    config, keys, state = mounted(tmp_path, {"primaryKey": "one\n", "secondaryKey": "two"})
    prepare(config, keys, state)
    assert read_config(state).authentication.keys == (digest_of_key("one"), digest_of_key("two"))
    assert "one" not in (state / "config.json").read_text()


@pytest.mark.parametrize("keys", [{}, {"primaryKey": "\n"}])
def test_without_a_key_nothing_is_served(
    tmp_path: Path, keys: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A Secret without keys ends the sidecar with a sentence that says what to do."""
    assert main([str(each) for each in mounted(tmp_path, keys)]) == 3
    assert "Put primaryKey and secondaryKey into the endpoint's Secret." in capsys.readouterr().err


def test_a_wrong_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no configuration ends it likewise."""
    config, keys, state = mounted(tmp_path, {"primaryKey": "one"})
    config.write_text("{}")
    assert main([str(config), str(keys), str(state)]) == 3
    assert "is no gateway's configuration" in capsys.readouterr().err


def test_wrong_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    """Anything but three arguments is answered with the usage."""
    assert main([]) == 2
    assert "usage:" in capsys.readouterr().err
