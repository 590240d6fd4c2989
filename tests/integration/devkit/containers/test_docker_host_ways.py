"""The ways to a Docker host, each for real: ssh, TLS, a Docker context, and a registry between the two engines."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from devkit.golden.replay import replay
from devkit.promote.targets.base import TargetError
from devkit.promote.targets.docker_address import address_of
from devkit.promote.targets.docker_connection import connected
from devkit.promote.targets.docker_shipping import ship_image
from tests.support.authority import Authority
from tests.support.docker_engine import require_engine, require_image
from tests.support.host_promotions import SAYS, Promotions, ask, golden, promoted
from tests.support.ports import free_port
from tests.support.registry import registry, registry_at
from tests.support.second_engine import second_engine
from tests.support.ssh_host import ssh_host
from tests.support.tiny_image import tiny_image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient

    from devkit.promote.targets.docker_address import Address
    from tests.support.second_engine import SecondEngine
    from tests.support.ssh_host import SshHost

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

_BLUE = SAYS.format(word="blue")


@pytest.fixture(scope="module")
def authority() -> Authority:
    """The one that the engine trusts."""
    return Authority()


@pytest.fixture(scope="module")
def host(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondEngine]:
    """An engine that talks TLS on the network."""
    require_image()
    with second_engine(tmp_path_factory.mktemp("host"), authority=authority) as engine:
        yield engine


@pytest.fixture(scope="module")
def ssh(host: SecondEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """An sshd on that host."""
    with ssh_host(tmp_path_factory.mktemp("ssh"), host) as running:
        yield running


@pytest.fixture
def promotions(tmp_path: Path, host: SecondEngine, request: pytest.FixtureRequest) -> Iterator[Promotions]:
    """With an endpoint of the test's own, on a host where nothing is left of the test before."""
    host.clear()
    name = "w" + "".join(each for each in request.node.name if each.isalnum())[-24:]
    opened = Promotions(tmp_path, host, name)
    yield opened
    opened.close()


@pytest.fixture
def certificates(authority: Authority, tmp_path: Path) -> str:
    """The folder of a client that the engine takes."""
    return str(authority.issue(tmp_path / "client", "promoter"))


@pytest.fixture
def way(host: SecondEngine, certificates: str) -> Address:
    """To the engine, by TLS."""
    return address_of(host.url, {"certs": certificates})


@contextlib.contextmanager
def both(way: Address) -> Iterator[tuple[DockerClient, DockerClient]]:
    """Clients of this machine's engine and of the host's."""
    with contextlib.closing(require_engine()) as local, contextlib.closing(connected(way)) as remote:
        yield local, remote


def test_over_ssh(promotions: Promotions, host: SecondEngine, ssh: SshHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a promotion goes by ssh: the image, the containers, and the questions to a gateway on that loopback."""
    monkeypatch.setenv("PATH", ssh.path())
    host.forget_images()
    told: list[str] = []
    target = promotions.open("blue", _BLUE, to=ssh.url)
    before = promoted(target, told, {"blue": 100})
    assert any("Streaming the image" in each for each in told)
    asked = target.replay_target()
    assert asked.base_url.startswith("http://127.0.0.1:")
    assert [each.failures for each in replay([golden("blue")], asked)] == [()]
    seen = target.observe()
    assert seen is not None
    assert seen.requests >= 1
    (published,) = host.client.containers.get(f"devkit-{promotions.endpoint}").ports["8080/tcp"]
    assert published["HostIp"] == "127.0.0.1"
    target.restore(before, told.append)
    assert not host.names()


@pytest.mark.parametrize(
    ("way", "told"),
    [({"known": "nobody_known"}, "Host key verification failed"), ({"key": "stranger_key"}, "Permission denied")],
)
def test_what_ssh_refuses_is_told(
    promotions: Promotions, ssh: SshHost, monkeypatch: pytest.MonkeyPatch, way: dict[str, str], told: str
) -> None:
    """An unknown host and an unknown user are refused in ssh's own words, and nobody is asked for a password."""
    monkeypatch.setenv("PATH", ssh.path(**way))
    with pytest.raises(TargetError, match=told) as refused:
        promotions.open("blue", _BLUE, to=ssh.url).preflight()
    assert "asks nothing" in str(refused.value)


def test_what_docker_refuses_there_is_told(
    promotions: Promotions, ssh: SshHost, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """When the docker command on the host fails, its own words are in the finding."""
    monkeypatch.setenv("PATH", ssh.path())
    program = tmp_path / "ssh"
    program.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} "$@" --no-such-flag\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(TargetError, match="no-such-flag"):
        promotions.open("blue", _BLUE, to=ssh.url).preflight()


def test_over_tls(promotions: Promotions, host: SecondEngine, way: Address, certificates: str) -> None:
    """With certificates of the engine's authority all of a promotion goes by TLS."""
    with tiny_image(5 << 20) as image, both(way) as (local, remote):
        ship_image(local, remote, image, None, lambda _: None)
        assert image in {each.id for each in host.client.images.list()}
    options = {"certs": certificates, "bind": host.address}
    target = promotions.open("blue", _BLUE, to=host.url, options=options)
    promoted(target, [], {"blue": 100})
    asked = target.replay_target()
    assert ask(asked.base_url, asked.key) == (200, {"word": "blue", "weights": "7"})


@pytest.mark.usefixtures("certificates")
def test_a_client_of_another_authority_is_refused(promotions: Promotions, host: SecondEngine, tmp_path: Path) -> None:
    """The engine takes no certificate that its authority has not signed, and the finding says whose is wrong."""
    stranger = Authority().issue(tmp_path / "stranger", "stranger")
    (stranger / "ca.pem").write_bytes((tmp_path / "client" / "ca.pem").read_bytes())
    target = promotions.open("blue", _BLUE, to=host.url, options={"certs": str(stranger), "bind": host.address})
    with pytest.raises(TargetError, match=r"does not accept the certificate in cert\.pem"):
        target.preflight()


def test_an_engine_of_another_authority_is_refused(promotions: Promotions, host: SecondEngine, tmp_path: Path) -> None:
    """An engine whose certificate ca.pem does not vouch for gets nothing."""
    stranger = Authority().issue(tmp_path / "stranger", "stranger")
    target = promotions.open("blue", _BLUE, to=host.url, options={"certs": str(stranger), "bind": host.address})
    with pytest.raises(TargetError, match=r"not one that ca\.pem vouches for"):
        target.preflight()


def test_plain_tcp_is_refused_by_us_and_by_the_engine(promotions: Promotions, host: SecondEngine) -> None:
    """Without certificates nothing is sent outside loopback; who insists is told that the engine wants TLS."""
    with pytest.raises(TargetError, match="has no TLS"):
        promotions.open("blue", _BLUE, to=host.url, options={"bind": host.address})
    options = {"bind": host.address, "allow-plain-tcp": "yes"}
    with pytest.raises(TargetError, match="the engine wants TLS"):
        promotions.open("blue", _BLUE, to=host.url, options=options).preflight()


@pytest.mark.usefixtures("certificates")
def test_contexts_bring_their_way(
    promotions: Promotions, host: SecondEngine, ssh: SshHost, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A Docker context's certificates are used without an option, and its ssh:// as an address would be."""
    monkeypatch.setenv("PATH", ssh.path())
    folder = tmp_path / "docker"
    folder.mkdir()
    (folder / "config.json").write_text("{}")  # without it the SDK looks for contexts elsewhere
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    files = ",".join(f"{key}={tmp_path}/client/{key}.pem" for key in ("ca", "cert", "key"))
    for name, way in (("by-tls", f"host={host.url},{files}"), ("by-ssh", f"host={ssh.url}")):
        subprocess.run(["docker", "context", "create", name, "--docker", way], check=True, capture_output=True)
    promotions.open("blue", _BLUE, to="by-tls", options={"bind": host.address}).preflight()
    promotions.open("blue", _BLUE, to="by-ssh").preflight()


def test_through_a_registry(host: SecondEngine, way: Address, tmp_path: Path) -> None:
    """An image is pushed here and pulled there, each by the engine itself; a second time nothing travels."""
    told: list[str] = []
    with registry(tmp_path) as port, registry_at(host, port), tiny_image() as image, both(way) as (local, remote):
        ship_image(local, remote, image, f"127.0.0.1:{port}/team/models", told.append)
        assert [each.partition(" ")[0] for each in told] == ["Pushing", "The"]
        ship_image(local, remote, image, f"127.0.0.1:{port}/team/models", told.append)
        assert told[2:] == [f"The host has the image {image[:19]}."]
        assert f"endpoint-devkit:{image[7:31]}" in remote.images.get(image).tags


def test_a_registry_that_is_down_here(host: SecondEngine, way: Address) -> None:
    """What cannot be pushed is told as such, and the host has got nothing."""
    with tiny_image() as image, both(way) as (local, remote):
        with pytest.raises(TargetError, match="this machine does not reach the registry"):
            ship_image(local, remote, image, f"127.0.0.1:{free_port()}/team/models", lambda _: None)
        assert image not in {each.id for each in host.client.images.list()}


def test_an_image_that_the_host_cannot_pull(host: SecondEngine, way: Address, tmp_path: Path) -> None:
    """A registry that the host does not reach and one without the image are told apart; mended, a new try works."""
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    with registry(tmp_path / "one") as port, tiny_image() as image, both(way) as (local, remote):
        name = f"127.0.0.1:{port}/team/models"
        with pytest.raises(TargetError, match="the host does not reach the registry"):
            ship_image(local, remote, image, name, lambda _: None)
        refused = pytest.raises(TargetError, match="the registry that the host reaches under this name does not have")
        with registry(tmp_path / "other") as empty, registry_at(host, port, empty), refused:
            ship_image(local, remote, image, name, lambda _: None)
        assert image not in {each.id for each in host.client.images.list()}
        with registry_at(host, port):
            ship_image(local, remote, image, name, lambda _: None)
        assert image in {each.id for each in host.client.images.list()}
