"""An engine on another host: connected to, and what it or the way to it refuses told for a reader."""

from __future__ import annotations

import ssl
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from devkit.promote.targets.base import TargetError
from devkit.promote.targets.docker_client import client_by_tls, tls_refusal
from devkit.promote.targets.docker_ssh import client_by_ssh, ssh_refusal
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient

    from devkit.promote.targets.docker_address import Address

__all__ = ["NO_GPU", "connected", "explained", "refused"]

NO_GPU: Final = ("could not select device driver", "Unknown runtime specified nvidia", "failed to discover GPU")
"""What engines say that have no GPU to give."""

_TIMEOUT_S: Final = 120
_FULL: Final = "no space left on device"
_PORT_TAKEN: Final = ("port is already allocated", "address already in use")
_WANTS_TLS: Final = "Client sent an HTTP request to an HTTPS server"
_REFUSES_OURS: Final = ("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "UNKNOWN_CA", "CERTIFICATE_EXPIRED")


def connected(address: Address) -> DockerClient:
    """A client of the engine, which has answered.

    Raises:
        TargetError: it does not answer.
    """
    import docker

    what = f"The engine at {address.url} cannot be used"
    if address.by_ssh and sys.platform != "win32":  # where a child takes no socket
        return _connected_by_ssh(address, what)
    if address.tls:
        return _connected_by_tls(address, what)
    with refused(what):
        return docker.DockerClient(base_url=address.url, timeout=_TIMEOUT_S, use_ssh_client=True)


def _connected_by_tls(address: Address, what: str) -> DockerClient:
    try:
        with refused(what):
            return client_by_tls(address.url, address.tls, _TIMEOUT_S)
    except TargetError as error:
        refusal = tls_refusal(address.url, address.tls)
        if refusal is None:
            raise
        raise TargetError(f"{what}: {_broken(refusal)}") from error


def _connected_by_ssh(address: Address, what: str) -> DockerClient:
    try:
        with refused(what):
            return client_by_ssh(address.url, _TIMEOUT_S)
    except TargetError as error:
        told = ssh_refusal(address.url)
        if not told:
            raise
        raise TargetError(
            f"{what}: {told}. See that `ssh {address.url} docker version` works and asks nothing: the host's key "
            "known, yours in the agent or the configuration, docker installed there."
        ) from error


@contextmanager
def refused(what: str) -> Iterator[None]:
    """Turn what an engine refuses, and what the runtime cannot do, into a target's error.

    Raises:
        TargetError: in the place of theirs.
    """
    import requests
    from docker.errors import APIError, DockerException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except CannotRunError as error:
        raise TargetError(str(error), code=error.code, log=error.log) from error
    except APIError as error:
        told = explained(str(error.explanation or error))
        raise TargetError(f"{what}: {told}", code=str(error.status_code or "")) from error
    except (DockerException, requests.RequestException, HTTPError, OSError) as error:
        raise TargetError(f"{what}: {_broken(error)}") from error


def explained(told: str) -> str:
    """An engine's refusal, and what to do about it."""
    if any(each in told for each in NO_GPU):
        return (
            f"it asks for a GPU, and that host's engine has none to give ({told}). Install the NVIDIA container "
            "toolkit there, or choose an instance type without a GPU."
        )
    if _FULL in told:
        return f"the host's disk is full ({told}). Make room there (docker system df), then promote again."
    if any(each in told for each in _PORT_TAKEN):
        return f"the gateway's port is taken on that host ({told}). Choose another: --target-option port=NUMBER."
    if _WANTS_TLS in told:
        return "the engine wants TLS. Give the certificates: --target-option certs=FOLDER, or a context that has them."
    return f"the engine refused: {told}"


def _broken(error: BaseException) -> str:
    """The SDK wraps what happened several times over, as texts as well as as causes."""
    told, chain = str(error), list(_causes(error))
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in chain) or "CERTIFICATE_VERIFY_FAILED" in told:
        return f"its certificate is not one that ca.pem vouches for, or is another host's ({told})."
    if any(each in told for each in _REFUSES_OURS):
        return f"the engine does not accept the certificate in cert.pem ({told})."
    if _WANTS_TLS in told:
        return explained(told)
    return f"the host does not answer, or the connection broke ({told})."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
