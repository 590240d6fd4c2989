"""A runtime and gateways that only pretend, so that what supervises them is tested without processes."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from devkit.runtime.plan import DeploymentPlan, Flavour, Probe
from devkit.runtime.protocol import CannotRunError, Instance, InstanceState, Prepared, Progress

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.gateway.config import GatewayConfig

__all__ = ["PretendedGateways", "PretendedRuntime", "body", "plan"]

_NO_LIMIT = 1_000_000
QUICK = Probe(initial_delay_s=0.2, period_s=0.1, timeout_s=1, failure_threshold=3)


def body(version: str = "1", instances: int = 1, **choices: str) -> dict[str, Any]:
    """A deployment's body: another version needs new instances."""
    return {
        "sku": {"name": "Default", "capacity": instances},
        "properties": {"environmentVariables": {"VERSION": version}, "properties": choices},
    }


def plan(endpoint: str, name: str, given: Mapping[str, Any]) -> DeploymentPlan:
    """The plan of such a body, with probes asked ten times a second."""
    properties = given["properties"]
    return DeploymentPlan(
        endpoint,
        name,
        Flavour.SCRIPT,
        instance_count=given["sku"]["capacity"],
        variables=properties["environmentVariables"],
        liveness=QUICK,
        readiness=QUICK,
        dev=properties["properties"].get("devkit.dev") == "true",
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    status = 200


class _Health(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """The health route."""
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Say nothing."""


class PretendedRuntime:
    """Instances are small servers of this process; what they answer and whether they start is set from outside."""

    name = "process"

    def __init__(self) -> None:
        self.running: dict[str, _Server] = {}
        self.started: list[str] = []
        self.stopped: list[str] = []
        self.exit_codes: dict[str, int] = {}
        self.refuse: set[str] = set()
        """Versions whose instances cannot be started."""
        self.sick: set[str] = set()
        """Versions whose instances never get ready."""
        self.most: dict[str, int] = {}
        """How many instances of a version can be started."""
        self.building = threading.Event()
        """Builds wait while it is not set."""
        self.building.set()
        self.builds = 0
        self.looks = 0
        """How often somebody asked whether an instance runs."""
        self._lock = threading.Lock()

    def prepare(self, given: DeploymentPlan, progress: Progress) -> Prepared:
        """There is nothing to build."""
        self.builds += 1
        self.building.wait(30)
        progress("built")
        return Prepared("digest", {}, ("GPUs are not honoured.",) if given.resources.gpus else ())

    def start(self, given: DeploymentPlan, prepared: Prepared, name: str, folder: Path) -> Instance:
        """Start a server."""
        version = given.variables["VERSION"]
        with self._lock:
            self.most[version] = self.most.get(version, _NO_LIMIT) - 1
            refused = version in self.refuse or self.most[version] < 0
        if refused:
            raise CannotRunError("A secret is missing.", code="SecretsInjectionError", log="the log")
        server = _Server(("127.0.0.1", 0), _Health)
        server.status = 503 if version in self.sick else 200
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        with self._lock:
            self.running[name] = server
            self.started.append(name)
            self.exit_codes.pop(name, None)
        return self.instance(name)

    def instance(self, name: str) -> Instance:
        """The instance of a name that runs; its health port is its debug port too."""
        port = self.running[name].server_address[1]
        return Instance(name, self.name, {"port": port}, "127.0.0.1", {5001: port}, debug_port=port)

    def state(self, instance: Instance) -> tuple[InstanceState, int | None]:
        """Running until it was told otherwise."""
        self.looks += 1
        code = self.exit_codes.get(instance.name)
        return (InstanceState.RUNNING, None) if code is None else (InstanceState.EXITED, code)

    def stop(self, instance: Instance, grace_s: float) -> None:
        """End the server."""
        with self._lock:
            server = self.running.pop(instance.name, None)
            self.stopped.append(instance.name)
        if server is not None:
            server.shutdown()
            server.server_close()

    def logs(self, instance: Instance, folder: Path, lines: int) -> str:
        """What a script might have printed."""
        return f"Traceback of {instance.name}\nValueError: no model\n"

    def memory_bytes(self, instance: Instance) -> int | None:
        """Nobody knows."""
        return None

    def find(self, workspace: Path) -> list[Instance]:
        """Everything that runs."""
        return [self.instance(name) for name in list(self.running)]


class PretendedGateways:
    """Keeps every configuration that it was told."""

    def __init__(self) -> None:
        self.configs: list[GatewayConfig] = []
        self.stopped: list[str] = []

    def apply(self, folder: Path, config: GatewayConfig) -> None:
        """Note it."""
        self.configs.append(config)

    def ensure(self, folder: Path) -> bool:
        """It runs."""
        return False

    def stop(self, folder: Path) -> None:
        """Note it."""
        self.stopped.append(folder.name)

    def state(self, folder: Path) -> dict[str, Any]:
        """Nothing is under way."""
        return {}

    def targets(self, deployment: str = "blue") -> list[str]:
        """The names of the instances in rotation, as told last."""
        return [target.name for target in self.configs[-1].backends[deployment].targets]
