"""What an engine, ssh or a certificate refuses, told for a reader."""

from __future__ import annotations

import pytest

from devkit.promote.targets.base import TargetError
from devkit.promote.targets.docker_connection import explained, refused
from devkit.promote.targets.docker_ssh import ssh_command


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("write /var/lib/docker/tmp/x: no space left on device", "disk is full"),
        ("Bind for 0.0.0.0:1 failed: port is already allocated", "--target-option port=NUMBER"),
        ('could not select device driver "" with capabilities: [[gpu]]', "NVIDIA container toolkit"),
        ("Client sent an HTTP request to an HTTPS server.", "certs=FOLDER"),
    ],
)
def test_a_refusal_says_what_to_do(told: str, meant: str) -> None:
    """An engine's known refusals come with the way out."""
    assert meant in explained(told)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate", "ca.pem vouches for"),
        ("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required", "cert.pem"),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca", "cert.pem"),
        ("Connection aborted", "the connection broke"),
    ],
)
def test_a_broken_way_says_whose_fault_it_is(told: str, meant: str) -> None:
    """Neither certificate is blamed for the other's, and a cut is a cut."""
    with pytest.raises(TargetError, match=r"^The host was asked: ") as caught, refused("The host was asked"):
        raise ConnectionError(told)
    assert meant in str(caught.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ssh://me@host:2222", ["-l", "me", "-p", "2222", "--", "host"]),
        ("ssh://host", ["--", "host"]),
        ("ssh://me@[2001:db8::1]", ["-l", "me", "--", "2001:db8::1"]),
    ],
)
def test_ssh_is_told_the_address(url: str, words: list[str]) -> None:
    """User, port and host each by their own flag; a host that begins with a dash is no flag."""
    assert ssh_command(url) == ["ssh", "-o", "BatchMode=yes", *words]
