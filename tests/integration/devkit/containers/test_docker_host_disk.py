"""A Docker host whose disk is full: the finding says so, nothing half made is left, and with room a new try works."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from devkit.promote.errors import PromotionError
from tests.support.docker_engine import require_image
from tests.support.host_project import HostProject
from tests.support.second_engine import require_root, second_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.second_engine import SecondEngine

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

_MIB = 1 << 20
_FULL = "the host's disk is full"


class Disk:
    """The file system of an engine's data, in memory; it can be made larger and smaller."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "devkit", folder], check=True)

    def resize(self, mebibytes: int) -> None:
        """Have so much room in all."""
        subprocess.run(["mount", "-o", f"remount,size={mebibytes}m", self._folder], check=True)

    def leave(self, mebibytes: int) -> None:
        """Have so much room left."""
        asked = ["df", "--block-size=1M", "--output=used", self._folder]
        used = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()[-1]
        self.resize(int(used) + mebibytes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the engine."""
    return tmp_path_factory.mktemp("host")


@pytest.fixture(scope="module")
def disk(folder: Path) -> Disk:
    """The engine's."""
    require_image()
    require_root()
    return Disk(folder / "data")


@pytest.fixture(scope="module")
def engine(folder: Path, disk: Disk) -> Iterator[SecondEngine]:
    """On that disk."""
    disk.resize(2000)
    with second_engine(folder) as running:
        yield running


@pytest.fixture
def host(engine: SecondEngine, disk: Disk) -> SecondEngine:
    """It, with room, and nothing of the test before."""
    disk.resize(2000)
    engine.clear()
    return engine


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> HostProject:
    """With an endpoint of the test's own."""
    name = "d" + "".join(each for each in request.node.name if each.isalnum())[-24:]
    return HostProject(tmp_path / "project", name, require_image())


def way(host: SecondEngine) -> tuple[str, dict[str, str]]:
    """The target's address and options."""
    return host.url, {"bind": host.address, "allow-plain-tcp": "yes"}


def things(host: SecondEngine) -> list[str]:
    """Whatever is on the host, images aside."""
    volumes = [str(each.name) for each in host.client.volumes.list()]
    return [*host.names(), *volumes, *(str(each.name) for each in host.client.networks.list(names=["devkit-"]))]


def test_no_room_for_the_image(host: SecondEngine, disk: Disk, project: HostProject) -> None:
    """Nothing serves yet, nothing is left; when there is room, the same command goes through."""
    host.forget_images()
    disk.leave(40)
    with pytest.raises(PromotionError, match=_FULL) as refused:
        project.promote(*way(host))
    assert str(refused.value).startswith("ship: ")
    assert "docker system df" in str(refused.value)
    assert project.journal().status == "refused"
    assert not host.client.images.list(all=True)
    assert not things(host)

    disk.resize(2000)
    assert project.promote(*way(host)).status == "done"


def test_no_room_for_the_model(host: SecondEngine, disk: Disk, project: HostProject) -> None:
    """The half-filled volume is gone, so that nobody takes it for the model; with room the promotion ends well."""
    assert project.promote(*way(host)).status == "done"
    before = sorted(things(host))
    second = HostProject(project.folder.with_name("second"), project.endpoint, project.image, name="green")
    second.folder.mkdir()
    (second.folder / "weights.txt").write_bytes(b"7" * (32 * _MIB))
    disk.leave(16)
    with pytest.raises(PromotionError, match=_FULL):
        second.promote(*way(host))
    assert second.journal().status == "refused"
    assert sorted(things(host)) == before

    disk.resize(2000)
    assert second.promote(*way(host)).status == "done"
