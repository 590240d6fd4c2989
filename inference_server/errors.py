"""Errors that end the process, each with the exit code it ends it with."""

from __future__ import annotations

__all__ = ["EXIT_START_FAILURE", "EXIT_USAGE", "PortInUseError", "StartupError", "UsageError"]

EXIT_USAGE = 1
"""azmlinfsrv 1.5.1 exits 1 on a bad flag and on a busy port (observed 2026-11-21)."""

EXIT_START_FAILURE = 3
"""azmlinfsrv, gunicorn and uvicorn share 3 for "could not boot: do not restart me"."""


class StartupError(Exception):
    """The server cannot start. ``str(error)`` is what the user reads: what happened, why, what to do."""

    exit_code: int = EXIT_START_FAILURE


class UsageError(StartupError):
    """A flag, a variable or a file key has a value that cannot be used."""

    exit_code: int = EXIT_USAGE


class PortInUseError(StartupError):
    """Another process listens on the port."""

    exit_code: int = EXIT_USAGE
