"""A target in memory: deployments are names, and one HTTP server answers for all of them."""

# ruff: noqa: D102  the methods are the protocol's
from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from devkit.golden.replay import ReplayTarget
from devkit.promote.targets.base import Change, Observed, TargetError, TargetState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from devkit.promote.targets.base import Desired, Proof
    from devkit.runtime.protocol import Progress
    from devkit.workspace import Workspace


class KilledError(BaseException):
    """The promoter's process ended here: nothing of it runs on."""


@dataclass
class Backend:
    """What stays when the promoter is gone."""

    url: str
    made_by: dict[str, str] = field(default_factory=lambda: {"blue": "somebody"})
    """The promotion that made each deployment."""
    traffic: dict[str, int] = field(default_factory=lambda: {"blue": 100})
    mirror: dict[str, int] = field(default_factory=dict)
    changes: int = 0
    calls: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    """Called before each call: kills, fails, or interferes."""
    after: Callable[[str], None] = lambda _: None
    observed: list[Observed | None] = field(default_factory=list)
    """What the new deployment answered; the last one for good; None: it does not tell."""
    proof: Proof = "any"
    place: str = "fake:one"
    """What ``fake:`` stands for."""
    answer: Any = 42

    def state(self) -> TargetState:
        """What is there."""
        return TargetState(str(self.changes), True, tuple(sorted(self.made_by)), dict(self.traffic), dict(self.mirror))


class FakeTarget:
    """A target that is opened on a backend."""

    name = "fake"
    can_mirror = True

    def __init__(self, backend: Backend, desired: Desired) -> None:
        self.place = backend.place
        self.backend = backend
        self.desired = desired
        self.proof = backend.proof

    @contextmanager
    def _call(self, name: str) -> Iterator[None]:
        self.backend.before(name)
        yield
        self.backend.calls.append(name)
        self.backend.after(name)

    def cautions(self) -> Sequence[str]:
        return ["packages are resolved again"]

    def preflight(self) -> None:
        with self._call("preflight"):
            pass

    def state(self) -> TargetState:
        return self.backend.state()

    def plan(self, state: TargetState | None) -> Sequence[Change]:
        known = () if state is None else state.deployments
        return [Change("keep", f"deployment {each}") for each in known] + [
            Change("create", f"deployment {self.desired.plan.deployment}", ("instance_count: 1",))
        ]

    def ship(self, progress: Progress) -> None:
        with self._call("ship"):
            progress("image is there already")

    def create(self, progress: Progress) -> None:
        with self._call("create"):
            progress("made")
            owner = self.backend.made_by.setdefault(self.desired.plan.deployment, self.desired.promotion)
            if owner != self.desired.promotion:
                raise TargetError("Somebody else's.")
            self.backend.changes += 1

    def wait(self, progress: Progress) -> None:
        with self._call("wait"):
            progress("ready")

    def replay_target(self) -> ReplayTarget:
        with self._call("replay"):
            return ReplayTarget(self.backend.url, deployment=self.desired.plan.deployment)

    def set_mirror(self, percent: int) -> None:
        with self._call(f"mirror {percent}"):
            self.backend.mirror = {self.desired.plan.deployment: percent} if percent else {}

    def set_traffic(self, shares: Mapping[str, int]) -> None:
        with self._call(f"traffic {dict(sorted(shares.items()))}"):
            self.backend.traffic = dict(shares)

    def observe(self) -> Observed | None:
        seen = self.backend.observed
        return (seen.pop(0) if len(seen) > 1 else seen[0]) if seen else None

    def restore(self, state: TargetState, progress: Progress) -> None:
        with self._call("restore"):
            progress("restoring")
            self.backend.traffic, self.backend.mirror = dict(state.traffic), dict(state.mirror)
            for name, promotion in list(self.backend.made_by.items()):
                if promotion == self.desired.promotion:
                    del self.backend.made_by[name]

    def logs(self) -> str:
        return "the container's log"

    def how_to_ask(self) -> Sequence[str]:
        return [f"clients ask {self.backend.url}/score"]

    def close(self) -> None:
        pass

    @classmethod
    def opener(cls, backend: Backend) -> Callable[..., FakeTarget]:
        """For `Terms.open_target`."""

        def open_it(to: str, desired: Desired, workspace: Workspace, options: Mapping[str, str]) -> FakeTarget:
            del to, workspace, options
            return cls(backend, desired)

        return open_it


@contextmanager
def serving() -> Iterator[Backend]:
    """A backend that answers every request with its `answer`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.dumps(backend.answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        backend = Backend(f"http://127.0.0.1:{server.server_address[1]}")
        yield backend
        server.shutdown()
        thread.join()
