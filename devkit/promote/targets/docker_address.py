"""Which engine ``--to docker:…`` means, and where its gateway listens. Nothing is connected to."""

from __future__ import annotations

import hashlib
import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from devkit.promote.targets.base import TargetError
from devkit.runtime.docker_engine import engine_address
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPTIONS", "Address", "Settings", "address_of", "settings_of"]

OPTIONS: Final[Mapping[str, str]] = {
    "bind": "the host's address at which the gateway listens; 127.0.0.1 for this machine and for ssh://",
    "port": "the gateway's port; one from 20000 to 29999 by the endpoint's name",
    "url": "where clients reach the gateway, if not at bind and port",
    "certs": "a folder with ca.pem, cert.pem and key.pem, for tcp://",
    "allow-plain-tcp": "`yes`: talk to an engine without TLS outside loopback",
    "registry": "a repository, such as registry.example.com/team/models, through which images are shipped",
    "gateway-base": "an image with Python 3.10 or later for the gateway; the deployment's own",
}
_LOOPBACK: Final = "127.0.0.1"
_SCHEMES: Final = frozenset({"unix", "npipe", "ssh", "tcp", "http", "https"})
_FIRST_PORT: Final = 20_000
_PORTS: Final = 10_000
_LAST: Final = 65_535


@dataclass(frozen=True)
class Address:
    """An engine."""

    url: str
    tls: Any = field(default=None, repr=False)
    """The SDK's TLSConfig."""
    command: tuple[str, ...] = ("docker",)
    """What people type to speak to it; for `certs` they add ``--tlsverify``."""

    @property
    def by_ssh(self) -> bool:
        """Whether ssh is the way."""
        return self.url.startswith("ssh://")

    @property
    def remote_host(self) -> str | None:
        """The host of a tcp address that is not this machine."""
        parts = urlsplit(self.url)
        if parts.scheme not in {"tcp", "http", "https"} or _is_loopback(parts.hostname or ""):
            return None
        return parts.hostname


@dataclass(frozen=True)
class Settings:
    """Where the gateway listens, and how images travel."""

    bind: str
    port: int
    url: str
    registry: str | None = None
    gateway_base: str | None = None


def address_of(address: str, options: Mapping[str, str], environ: Mapping[str, str] | None = None) -> Address:
    """The engine of an address: a URL, the name of a Docker context, or nothing for the docker command's own.

    Raises:
        TargetError: there is no such context, or the engine is reached without TLS outside loopback: whoever can
            reach such an engine is root on its host.
    """
    environ = os.environ if environ is None else environ
    found = _engine(address, options, environ)
    if found.remote_host is not None and not found.tls and options.get("allow-plain-tcp") != "yes":
        raise TargetError(
            f"{found.url} has no TLS: whoever reaches that engine is root on its host, and can read and change what is "
            "sent. Use ssh://USER@HOST, or TLS: --target-option certs=FOLDER, or a Docker context with certificates. "
            "On a network that is yours alone: --target-option allow-plain-tcp=yes."
        )
    return found


def settings_of(address: Address, endpoint: str, options: Mapping[str, str]) -> Settings:
    """What the options say, and the defaults.

    Raises:
        TargetError: an option means nothing, or `bind` is missing where no default is right.
    """
    unknown = sorted(options.keys() - OPTIONS.keys())
    if unknown:
        raise TargetError(
            f"docker: has no option {unknown[0]!r}. There are: "
            + "; ".join(f"{name} ({told})" for name, told in OPTIONS.items())
        )
    bind = options.get("bind") or _default_bind(address)
    port = _port(options.get("port"), endpoint)
    shown = f"[{bind}]" if ":" in bind else bind
    return Settings(
        bind,
        port,
        (options.get("url") or f"http://{shown}:{port}").rstrip("/"),
        options.get("registry"),
        options.get("gateway-base"),
    )


def _engine(address: str, options: Mapping[str, str], environ: Mapping[str, str]) -> Address:
    scheme = address.partition("://")[0] if "://" in address else ""
    if scheme in _SCHEMES:
        return Address(address, _certificates(options), ("docker", "-H", address))
    if scheme:
        raise TargetError(f"docker:{address}: an engine is reached by {', '.join(sorted(_SCHEMES))}, not by {scheme}.")
    chosen = {"DOCKER_CONTEXT": address} if address else dict(environ)
    try:
        url, tls = engine_address(chosen)
    except CannotRunError as error:
        raise TargetError(str(error)) from error
    return Address(
        url.replace("http+unix://", "unix://"), tls, ("docker", "--context", address) if address else ("docker",)
    )


def _certificates(options: Mapping[str, str]) -> Any:
    if "certs" not in options:
        return None
    from docker.errors import TLSParameterError
    from docker.tls import TLSConfig

    folder = Path(options["certs"])
    pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
    try:
        return TLSConfig(client_cert=pair, ca_cert=str(folder / "ca.pem"), verify=True)
    except TLSParameterError as error:
        raise TargetError(f"certs={folder}: it must have ca.pem, cert.pem and key.pem ({error}).") from None


def _default_bind(address: Address) -> str:
    if address.remote_host is not None:
        raise TargetError(
            "Say at which address of that host the gateway is to listen: --target-option bind=ADDRESS. Everybody who "
            "reaches the address can ask the endpoint, with its key."
        )
    return _LOOPBACK


def _port(given: str | None, endpoint: str) -> int:
    """Steady, since an endpoint's address is written down elsewhere; the engine would choose another at each start."""
    if given is None:
        return _FIRST_PORT + int(hashlib.sha256(endpoint.encode()).hexdigest(), 16) % _PORTS
    if not given.isdigit() or not 0 < int(given) <= _LAST:
        raise TargetError(f"port={given}: a port is a number from 1 to {_LAST}.")
    return int(given)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
