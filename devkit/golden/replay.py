"""Send golden requests to a server and judge what comes back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import urllib3

from devkit.golden.judge import Received, Verdict, judge, unstable_places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from devkit.golden.paths import Place
    from devkit.golden.requests import Golden

__all__ = ["ReplayTarget", "replay"]

DEPLOYMENT_HEADER = "azureml-model-deployment"
_CHUNK = 65536


@dataclass(frozen=True)
class ReplayTarget:
    """Who is asked."""

    base_url: str
    """Scheme, host and port; a golden request brings the path."""
    key: str | None = field(default=None, repr=False)
    """Sent as a bearer token."""
    deployment: str | None = None
    """Asked by name, past the traffic."""
    timeout_s: float = 60
    certificate: str | None = None
    """A PEM file with the authority that signed the server's certificate, where the system does not know it."""


def replay(goldens: Iterable[Golden], target: ReplayTarget, *, noise: bool = False) -> Iterator[Verdict]:
    """Ask for each golden request once (twice with `noise`, where what differs by itself does not count)."""
    with urllib3.PoolManager(retries=False, timeout=target.timeout_s, ca_certs=target.certificate) as pool:
        for golden in goldens:
            yield _replayed(golden, target, pool, noise=noise)


def _replayed(golden: Golden, target: ReplayTarget, pool: urllib3.PoolManager, *, noise: bool) -> Verdict:
    try:
        received = _ask(golden, target, pool)
        unstable: frozenset[Place] = frozenset()
        if noise:
            unstable = unstable_places(golden, received, _ask(golden, target, pool))
    except urllib3.exceptions.HTTPError as error:
        return Verdict(golden.name, golden.route, (f"no answer: {_why(error)}",), None)
    return judge(golden, received, unstable)


def _ask(golden: Golden, target: ReplayTarget, pool: urllib3.PoolManager) -> Received:
    began = time.perf_counter()
    response = pool.request(
        golden.request.method,
        target.base_url.rstrip("/") + golden.request.path,
        body=golden.request.content() or None,
        headers={**golden.request.all_headers(), **_of_target(target)},
        preload_content=False,
        redirect=False,
    )
    try:
        body = b"".join(response.stream(_CHUNK))
    finally:
        response.release_conn()
    elapsed = (time.perf_counter() - began) * 1000
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Received(response.status, body, elapsed, headers, headers.get(DEPLOYMENT_HEADER))


def _of_target(target: ReplayTarget) -> Mapping[str, str]:
    headers = {"Authorization": f"Bearer {target.key}"} if target.key else {}
    return headers | ({DEPLOYMENT_HEADER: target.deployment} if target.deployment else {})


def _why(error: urllib3.exceptions.HTTPError) -> str:
    """The reason without the pool's and the connection's names for themselves."""
    return str(getattr(error, "reason", None) or error).rpartition(">: ")[2]
