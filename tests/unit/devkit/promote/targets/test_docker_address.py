"""Which engine an address means, and where its gateway listens."""

from __future__ import annotations

import pytest

from devkit.promote.targets.base import TargetError
from devkit.promote.targets.docker_address import Address, address_of, settings_of


@pytest.mark.parametrize("url", ["tcp://10.1.2.3:2375", "http://models.example.com:2375", "tcp://[2001:db8::1]:2375"])
def test_plain_tcp_is_refused_outside_loopback(url: str) -> None:
    """Whoever reaches such an engine is root on its host; the refusal names ssh, TLS and the way to insist."""
    with pytest.raises(TargetError, match="has no TLS") as refused:
        address_of(url, {}, {})
    assert all(each in str(refused.value) for each in ("ssh://", "certs=FOLDER", "allow-plain-tcp=yes"))
    assert address_of(url, {"allow-plain-tcp": "yes"}, {}).url == url


@pytest.mark.parametrize(
    "url", ["unix:///run/docker.sock", "ssh://me@host", "tcp://127.0.0.1:2375", "tcp://localhost:2375", "tcp://[::1]:1"]
)
def test_what_stays_on_this_machine_or_is_enciphered_is_taken(url: str) -> None:
    """Sockets, ssh and loopback need nothing said; there the gateway listens on the host's loopback."""
    found = address_of(url, {}, {})
    assert settings_of(found, "e", {}).bind == "127.0.0.1"


def test_docker_host_counts_without_an_address() -> None:
    """`docker:` alone is the engine of the docker command, under the same rule."""
    assert address_of("", {}, {"DOCKER_HOST": "unix:///tmp/own.sock"}).url == "unix:///tmp/own.sock"
    with pytest.raises(TargetError, match="has no TLS"):
        address_of("", {}, {"DOCKER_HOST": "tcp://10.1.2.3:2375"})


def test_a_context_that_does_not_exist_is_named() -> None:
    """A name that is no URL is a context's."""
    with pytest.raises(TargetError, match="no Docker context 'nowhere-at-all'"):
        address_of("nowhere-at-all", {}, {})


def test_another_host_wants_an_address_to_listen_at() -> None:
    """No default is right for who may reach an endpoint on another machine."""
    found = address_of("tcp://10.1.2.3:2375", {"allow-plain-tcp": "yes"}, {})
    with pytest.raises(TargetError, match="bind=ADDRESS"):
        settings_of(found, "e", {})
    assert settings_of(found, "e", {"bind": "10.1.2.3", "port": "8080"}).url == "http://10.1.2.3:8080"


def test_the_port_is_steady() -> None:
    """An endpoint has the same port at each promotion, and another endpoint hardly ever has it."""
    here = Address("unix:///run/docker.sock")
    ports = {settings_of(here, name, {}).port for name in ("a", "a", "b")}
    assert len(ports) == 2
    assert all(20_000 <= each < 30_000 for each in ports)


@pytest.mark.parametrize(
    ("options", "told"),
    [({"prot": "1"}, "no option 'prot'"), ({"port": "http"}, "1 to 65535"), ({"port": "70000"}, "1 to 65535")],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, str], told: str) -> None:
    """A misspelt option is never ignored."""
    with pytest.raises(TargetError, match=told):
        settings_of(Address("unix:///run/docker.sock"), "e", options)


def test_certificates_have_three_files(tmp_path: object) -> None:
    """A folder without them is named."""
    with pytest.raises(TargetError, match=r"ca\.pem, cert\.pem and key\.pem"):
        address_of("tcp://10.1.2.3:2376", {"certs": str(tmp_path)}, {})
