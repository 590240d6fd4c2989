"""Tokens and TLS over sockets."""

from __future__ import annotations

import http.client
import ssl
import time
from typing import TYPE_CHECKING

from devkit.gateway.certificates import ensure
from devkit.gateway.config import Authentication, digest_of_key
from devkit.gateway.tokens import issue, make_issuer
from tests.support.gateways import KEY, backend, running
from tests.support.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.gateways import FakeInstance, RunningGateway


def test_a_new_key_counts_from_the_reload_on(gateway: RunningGateway, blue: FakeInstance) -> None:
    """Both keys count; the one that was made anew no longer does."""
    blues = {"blue": backend(blue)}
    for keys in (("a", "b"), ("c", "b")):
        gateway.use(blues, {"blue": 100}, authentication=Authentication(keys=tuple(map(digest_of_key, keys))))
        accepted = {key for key in "abc" if gateway.post(key=key).status == 200}
        assert accepted == set(keys)


def test_a_token_that_expires_lets_in_no_more(gateway: RunningGateway, blue: FakeInstance) -> None:
    """`aml_token`, by the gateway's own clock."""
    now = time.time()
    tokens = {digest_of_key("old"): now - 1, digest_of_key("new"): now + 60}
    rules = Authentication(mode="aml_token", tokens=tokens)
    gateway.use({"blue": backend(blue)}, {"blue": 100}, authentication=rules)
    assert gateway.post(key="old").status == 401
    assert gateway.post(key="new").status == 200


def test_a_token_of_the_local_issuer_lets_in(gateway: RunningGateway, blue: FakeInstance, tmp_path: Path) -> None:
    """`aad_token`, verified with the issuer's public key alone."""
    private, public = make_issuer(tmp_path)
    rules = Authentication(mode="aad_token", issuer=str(public))
    gateway.use({"blue": backend(blue)}, {"blue": 100}, authentication=rules)
    assert gateway.post(key=issue(private.read_bytes(), time.time())).status == 200
    assert gateway.post(key=issue(private.read_bytes(), time.time(), aud="https://example.org")).status == 401
    assert gateway.post(key=KEY).status == 401


def test_tls_by_the_kits_own_certificate(blue: FakeInstance, tmp_path: Path) -> None:
    """A client that trusts the kit's authority scores over https."""
    made = ensure(tmp_path / "tls")
    with running(tmp_path / "gateway", free_port()) as gateway:
        gateway.use({"blue": backend(blue)}, {"blue": 100}, certificate=str(made.server))
        context = ssl.create_default_context(cafile=str(made.authority))
        connection = http.client.HTTPSConnection("localhost", gateway.port, timeout=30, context=context)
        connection.request("POST", "/score", b"{}", {"Authorization": f"Bearer {KEY}"})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        assert (response.status, b"blue-1" in body) == (200, True)
