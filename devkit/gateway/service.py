"""The gateway as a process: it listens, obeys the admin port and signals, and answers what it has before it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from aiohttp import web

from devkit.gateway.admin import Admin
from devkit.gateway.collecting import Collected, Collector
from devkit.gateway.config import GatewayStatus
from devkit.gateway.files import MIRROR_RECORDS, ConfigError, read_config, write_status
from devkit.gateway.mirror import Mirrors, RecordFile
from devkit.gateway.ports import bind
from devkit.gateway.routing import Routing
from devkit.gateway.server import Gateway
from devkit.gateway.upstream import Upstream

if TYPE_CHECKING:
    from devkit.gateway.authentication import Verifier
    from devkit.gateway.config import GatewayConfig

__all__ = ["Service"]

DRAIN_S = 30.0
_LONGEST_LINE = 32 * 1024

logger = logging.getLogger("devkit.gateway")


class Service:
    """One gateway over one folder.

    Raises:
        ConfigError: the folder's configuration cannot be gone by.
        PortTakenError: its port cannot be had.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = read_config(folder)
        self._verifier = _verifier(self._config)
        self._tls = _tls(self._config)
        self._listener = bind(self._config.host, self._config.port)
        self._admin_listener = bind("127.0.0.1", 0)
        self._token = secrets.token_urlsafe(32)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until SIGTERM, SIGINT or `POST /stop`."""
        upstream = Upstream()
        mirrors = Mirrors(upstream, RecordFile(self._folder / MIRROR_RECORDS))
        collector = Collector(self._config.endpoint, Collected(self._folder))
        self._gateway = Gateway(Routing(self._config), upstream, mirrors, self._verifier, collector)
        admin = Admin(self._token, self._gateway, mirrors, self._reload, self._stopping.set)
        self._obey_signals()
        try:
            await self._serve(admin)
        finally:
            await mirrors.close()
            await collector.close()
            await upstream.close()

    async def _serve(self, admin: Admin) -> None:
        loop = asyncio.get_running_loop()
        front = _server(self._gateway.handle, handler_cancellation=True)
        back = _server(admin.handle, handler_cancellation=False)
        listening = await loop.create_server(front, sock=self._listener, ssl=self._tls)
        admin_listening = await loop.create_server(back, sock=self._admin_listener)
        self._tell()
        await self._stopping.wait()
        listening.close()
        front.pre_shutdown()
        await self._drain()
        await front.shutdown(1)
        admin_listening.close()
        back.pre_shutdown()
        await back.shutdown(1)

    async def _drain(self) -> None:
        """Wait for what is in hand, as long as it may take by its deployments' own timeouts."""
        patience = max([DRAIN_S, *(live.settings.timeout_s for live in self._gateway.routing.backends.values())])
        try:
            await asyncio.wait_for(self._gateway.idle.wait(), patience)
        except asyncio.TimeoutError:
            logger.warning("%d requests were given up", self._gateway.in_hand)

    def _reload(self) -> int:
        config = read_config(self._folder)
        _hold_what_needs_a_restart(self._gateway.routing.config, config)
        verifier = _verifier(config)
        if self._tls is not None and config.certificate is not None:
            _load(self._tls, config.certificate)
        self._gateway.put_in_force(config, verifier)
        self._tell()
        logger.info("revision %d is in force", config.revision)
        return config.revision

    def _tell(self) -> None:
        """Write the status; a full disk stops no request."""
        process = psutil.Process()
        status = GatewayStatus(
            pid=os.getpid(),
            started=process.create_time(),
            port=self._listener.getsockname()[1],
            admin_port=self._admin_listener.getsockname()[1],
            admin_token=self._token,
            revision=self._gateway.routing.config.revision,
        )
        try:
            write_status(self._folder, status)
        except OSError as error:
            logger.warning("the status could not be written: %s", error)

    def _obey_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            if sys.platform == "win32":  # its event loops take no signal handlers
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._stopping.set))
            else:
                loop.add_signal_handler(number, self._stopping.set)


def _server(handler: web._RequestHandler, *, handler_cancellation: bool) -> web.Server:  # type: ignore[name-defined]
    return web.Server(
        handler,
        handler_cancellation=handler_cancellation,
        access_log=None,
        auto_decompress=False,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
        lingering_time=2.0,
    )


def _hold_what_needs_a_restart(old: GatewayConfig, new: GatewayConfig) -> None:
    for key, before, after in (
        ("endpoint", old.endpoint, new.endpoint),
        ("host", old.host, new.host),
        ("port", old.port, new.port),
        ("certificate", old.certificate is not None, new.certificate is not None),
    ):
        if before != after:
            raise ConfigError(f"{key} was {before} and is {after} now: this needs a restart of the gateway.")


def _verifier(config: GatewayConfig) -> Verifier | None:
    issuer = config.authentication.issuer
    if config.authentication.mode != "aad_token" or issuer is None:
        return None
    from devkit.gateway.tokens import EntraVerifier

    try:
        return EntraVerifier(Path(issuer).read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"The issuer's key {issuer} cannot be used: {error}") from None


def _tls(config: GatewayConfig) -> ssl.SSLContext | None:
    if config.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _load(context, config.certificate)
    return context


def _load(context: ssl.SSLContext, certificate: str) -> None:
    try:
        context.load_cert_chain(certificate)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"The certificate {certificate} cannot be used: {error}") from None
