"""The configuration in force, as living things: deployments with their gate and counters, instances with their load.

A new configuration is put in force in one step between two requests. What goes on, goes on: a deployment and an
instance that are still named keep their counts, and a request in hand keeps what it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.gateway.limits import Gate
from devkit.gateway.metrics import Counts

if TYPE_CHECKING:
    from devkit.gateway.config import Backend, GatewayConfig, Target

__all__ = ["LiveBackend", "LiveTarget", "Routing"]


class LiveTarget:
    """One instance and how many requests it has in hand."""

    __slots__ = ("host", "in_flight", "name", "no_timeout", "port")

    def __init__(self, target: Target) -> None:
        self.name, self.host, self.port = target.name, target.host, target.port
        self.no_timeout = target.no_timeout
        self.in_flight = 0

    def is_the_same(self, target: Target) -> bool:
        """Whether it is this instance, whatever else is said of it now."""
        return (self.name, self.host, self.port) == (target.name, target.host, target.port)


class LiveBackend:
    """One deployment."""

    __slots__ = ("counts", "gate", "name", "settings", "targets", "turn")

    def __init__(self, name: str, settings: Backend) -> None:
        self.name = name
        self.settings = settings
        self.targets = [LiveTarget(target) for target in settings.targets]
        self.gate = Gate(self._slots(), settings.max_queue_wait_s)
        self.counts = Counts()
        self.turn = 0

    def update(self, settings: Backend) -> None:
        """Take what is told of it now."""
        self.settings = settings
        self.targets = [self._kept(target) for target in settings.targets]
        self.gate.resize(self._slots(), settings.max_queue_wait_s)

    def leave(self) -> None:
        """Take no request any more; those that wait are told so, and those in hand go on."""
        self.targets = []
        self.gate.dismiss()

    def _kept(self, target: Target) -> LiveTarget:
        for live in self.targets:
            if live.is_the_same(target):
                live.no_timeout = target.no_timeout
                return live
        return LiveTarget(target)

    def _slots(self) -> int:
        return self.settings.max_concurrent_per_instance * len(self.settings.targets)


class Routing:
    """What the gateway goes by now."""

    def __init__(self, config: GatewayConfig) -> None:
        self.config = config
        self.backends = {name: LiveBackend(name, backend) for name, backend in config.backends.items()}
        self.unrouted = Counts()
        """Answers that were given before a deployment was chosen."""
        self._left: list[LiveTarget] = []

    def put_in_force(self, config: GatewayConfig) -> None:
        """Go by `config` from the next request on."""
        before = [*self._left, *self._targets()]
        for name, live in self.backends.items():
            if name not in config.backends:
                live.leave()
        self.backends = {name: self._kept(name, settings) for name, settings in config.backends.items()}
        self.config = config
        current = set(self._targets())
        self._left = [target for target in before if target.in_flight and target not in current]

    def leaving(self) -> dict[str, int]:
        """How many requests are in hand at instances that get no more: whoever ends one waits for them."""
        return {target.name: target.in_flight for target in self._left if target.in_flight}

    def _targets(self) -> list[LiveTarget]:
        return [target for live in self.backends.values() for target in live.targets]

    def _kept(self, name: str, settings: Backend) -> LiveBackend:
        live = self.backends.get(name)
        if live is None:
            return LiveBackend(name, settings)
        live.update(settings)
        return live
