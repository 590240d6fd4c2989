"""Instances that a gateway asks, played by a small server, and gateways over folders of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

from aiohttp import web
from typing_extensions import Self

from devkit.gateway.client import AdminClient
from devkit.gateway.config import Authentication, Backend, GatewayConfig, Target, digest_of_key
from devkit.gateway.files import read_config, write_config
from devkit.gateway.process import start, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from devkit.gateway.config import GatewayStatus

__all__ = ["KEY", "FakeInstance", "Reply", "RunningGateway", "backend", "until"]

KEY = "the-key"
_PIECES = 5


def until(condition: Callable[[], Any], within_s: float = 15) -> Any:
    """What `condition` gives as soon as it is true.

    Raises:
        TimeoutError: it was not within the time.
    """
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise TimeoutError(f"{condition} did not come true within {within_s} s")


class FakeInstance:
    """An instance in a thread, which does by path what a test needs.

    /score echoes, /status/N answers N, /hold waits for `release`, /stream gives five pieces and waits for `release`
    before the last, /upload tells the size of what it got, /break ends the connection.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = 0
        self.seen: list[str] = []
        """Paths of the requests that came."""
        self.left = 0
        """Held requests whose client went away."""
        self._loop = asyncio.new_event_loop()
        self._released = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def release(self) -> None:
        """Let held requests go on, now and from now on."""
        self._loop.call_soon_threadsafe(self._released.set)

    def hold(self) -> None:
        """Hold again."""
        self._loop.call_soon_threadsafe(self._released.clear)

    def target(self, **changes: Any) -> Target:
        """As a gateway is told of it."""
        return Target(**{"name": self.name, "host": "127.0.0.1", "port": self.port, **changes})

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        server = web.Server(self._answer, handler_cancellation=True, access_log=None, auto_decompress=False)
        listening = await self._loop.create_server(server, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        listening.close()
        self._released.set()
        server.pre_shutdown()
        await server.shutdown(1)
        for _ in range(5):  # closing a transport takes the loop another round or two
            await asyncio.sleep(0)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path
        self.seen.append(path)
        if path.startswith("/status/"):
            return web.Response(status=int(path.rpartition("/")[2]), text="the script said no")
        if path == "/upload":
            return await self._upload(request)
        if path == "/stream":
            return await self._stream(request)
        if path == "/break":
            return await self._break(request)
        if path == "/hold":
            await self._held()
        body = {
            "by": self.name,
            "method": request.method,
            "path": path,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body": (await request.read()).decode(),
        }
        return web.json_response(body, headers={"x-request-id": "the script's own", "x-of-script": "yes"})

    async def _held(self) -> None:
        try:
            await self._released.wait()
        except asyncio.CancelledError:
            self.left += 1
            raise

    @staticmethod
    async def _upload(request: web.BaseRequest) -> web.Response:
        size = 0
        async for piece in request.content.iter_any():
            size += len(piece)
        told = {"size": size, "length": request.headers.get("Content-Length")}
        return web.json_response(told)

    async def _stream(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for number in range(_PIECES):
            if number == _PIECES - 1:
                await self._held()
            with contextlib.suppress(ConnectionError):  # the gateway left
                await response.write(f"piece {number}\n".encode())
        with contextlib.suppress(ConnectionError):
            await response.write_eof()
        return response

    @staticmethod
    async def _break(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()


def backend(*instances: FakeInstance, **settings: Any) -> Backend:
    """A deployment of these instances, roomy unless told otherwise."""
    roomy = {"max_concurrent_per_instance": 100, "timeout_s": 30}
    return Backend(targets=tuple(instance.target() for instance in instances), **{**roomy, **settings})


class Reply:
    """An answer, read whole."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


class RunningGateway:
    """A gateway process over `folder`, which every `use` gives another configuration."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.revision = 0
        self.status: GatewayStatus | None = None

    def use(self, backends: dict[str, Backend], traffic: dict[str, int] | None = None, **changes: Any) -> GatewayConfig:
        """Write a configuration and have it in force when this returns; the process is started at the first time."""
        self.revision += 1
        config = GatewayConfig(
            endpoint="shop",
            revision=self.revision,
            port=self.port,
            backends=backends,
            traffic=traffic or {},
            **{"authentication": Authentication(keys=(digest_of_key(KEY),)), **changes},
        )
        write_config(self.folder, config)
        self.in_force()
        return config

    def in_force(self) -> None:
        """Start the process if it does not run, else have it read its file."""
        before, self.status = self.status, start(self.folder)
        if before is not None and before.pid == self.status.pid:
            self.admin.reload()

    @property
    def admin(self) -> AdminClient:
        """Its admin port."""
        assert self.status is not None
        return AdminClient(self.status)

    @property
    def config(self) -> GatewayConfig:
        """What its file says."""
        return read_config(self.folder)

    def post(self, path: str = "/score", body: Any = b"{}", *, key: str | None = KEY, **headers: str) -> Reply:
        """One request of its own connection; `x_y` in `headers` stands for `x-y`."""
        return self.ask("POST", path, body, key=key, **headers)

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str | None = KEY, timeout: float = 30, **headers: str
    ) -> Reply:
        """One request with any method."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def close(self) -> None:
        """End the process."""
        stop(self.folder, 5)


@contextlib.contextmanager
def running(folder: Path, port: int) -> Iterator[RunningGateway]:
    """A gateway that is ended at the end."""
    gateway = RunningGateway(folder, port)
    try:
        yield gateway
    finally:
        gateway.close()
