"""Clients of an engine over a transport of ours: the SDK would ask the engine for its version before there is one."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.transport.basehttpadapter import BaseHTTPAdapter

__all__ = ["client_by_tls", "client_over", "tls_refusal"]

_OLDEST_API: Final = "1.24"
_LISTEN_S: Final = 10
_TLS_PORT: Final = 2376


def client_over(adapter: BaseHTTPAdapter, timeout: int) -> DockerClient:
    """A client whose every connection the adapter makes, with the engine's version.

    Raises:
        requests.RequestException: the engine does not answer.
    """
    import docker

    client = docker.DockerClient(base_url="unix:///nowhere", version=_OLDEST_API, timeout=timeout)
    client.api.mount("http+docker://", adapter)
    return _versioned(client)


def client_by_tls(url: str, tls: Any, timeout: int) -> DockerClient:
    """A client by the SDK's TLSConfig; of its authority alone, whatever REQUESTS_CA_BUNDLE says.

    Raises:
        requests.RequestException: the engine does not answer, or one of the two does not take the other's certificate.
    """
    import docker

    client = docker.DockerClient(base_url=url, tls=tls, version=_OLDEST_API, timeout=timeout)
    if client.api.verify not in {True, None}:
        client.api.mount("https://", _Vouched(client.api.verify))
    return _versioned(client)


def tls_refusal(url: str, tls: Any) -> OSError | None:
    """Why an engine and a client do not come together by TLS; None where they do.

    An engine says so only after the handshake, and who has sent a request by then may find the connection gone before
    the word is read. This one sends nothing, and listens.
    """
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or _TLS_PORT)
    try:
        context = _context(tls)
        with (
            socket.create_connection(address, _LISTEN_S) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname) as wrapped,
        ):
            wrapped.recv(1)
    except TimeoutError:
        return None
    except OSError as error:
        return error
    return None


def _context(tls: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca_cert)
    if not tls.verify:  # a Docker context may say so
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if tls.cert:
        context.load_cert_chain(*tls.cert)
    return context


def _versioned(client: DockerClient) -> DockerClient:
    try:
        version = str(client.version(api_version=False)["ApiVersion"])
    except BaseException:
        client.close()
        raise
    client.api._version = version  # type: ignore[attr-defined]  # noqa: SLF001  as the SDK does it; no public name
    return client


class _Vouched(HTTPAdapter):
    """Believes what it was told at the start: requests lets the environment overrule a session's own authority."""

    def __init__(self, authority: Any) -> None:
        self._authority = authority
        super().__init__()

    def send(self, request: Any, *arguments: Any, **settings: Any) -> Any:
        return super().send(request, *arguments, **{**settings, "verify": self._authority})
