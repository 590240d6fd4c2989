"""What a server needs to know of the thing it serves: four names, so that servers are tested without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from inference_server.metrics import MetricsBoard
    from inference_server.settings import Settings

__all__ = ["Hosted", "HostedScript"]


class Hosted(Protocol):
    """A WSGI application that answers at once, and something behind it that takes its time to start."""

    @property
    def wsgi(self) -> WSGIApplication:
        """Answers health while `start` is under way, and scoring after it."""
        ...

    def start(self) -> None:
        """Load the script and call its ``init()``; may take minutes. Raises StartupError."""
        ...

    def overdue(self) -> float:
        """Seconds that the longest ``run()`` is past its deadline; 0.0 when none is."""
        ...

    def close(self) -> None:
        """Give back what is held between requests; no request follows."""
        ...


class HostedScript:
    """The user's script, as `settings` describe it. Imports Flask: make it in a worker only."""

    def __init__(self, settings: Settings, board: MetricsBoard, slot: int) -> None:
        from inference_server import telemetry
        from inference_server.engine import ScoringEngine
        from inference_server.fast_path import create_wsgi

        engine = ScoringEngine(settings, board, slot)
        telemetry.attach(engine)
        self.wsgi: WSGIApplication = create_wsgi(engine)
        self.start = engine.start
        self.overdue = engine.overdue
        self.close = engine.close
