"""The command ``infsrv``: settings, banner, and the server that they ask for.

This process may go on to watch over workers, so it imports neither Flask nor granian; each server is imported when it
has been chosen.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from typing import TYPE_CHECKING

from inference_server import banner, logs
from inference_server.errors import StartupError
from inference_server.servers import INHERITED_SOCKETS
from inference_server.settings import MissingScriptError, SettingError, Settings, load
from inference_server.settings.exported import environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference_server.settings import LoadedSettings

__all__ = ["main"]

_INTERRUPTED = 130
_log = logging.getLogger(logs.SERVER)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 stopped, 1 usage or port taken, 3 could not start."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        return _run(arguments)
    except StartupError as error:
        _tell(error, strict="--strict" in arguments)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(argv: Sequence[str]) -> int:
    loaded = load(argv, os.environ, os.getcwd())  # noqa: PTH109  Path.cwd() is the same; this needs no object
    if loaded.show:
        sys.stdout.write(banner.effective_settings(loaded))
        return 0
    settings = loaded.settings
    os.environ.update(environment(settings))
    logs.configure(settings, user_file=False)  # the process in which the script runs reads the user's logging.json
    loaded.require_script()
    _announce(loaded)
    return _serve(settings)


def _announce(loaded: LoadedSettings) -> None:
    if INHERITED_SOCKETS in os.environ:  # development's restart in place: the user has read it all
        return
    sys.stdout.write(banner.banner(loaded))
    sys.stdout.flush()
    if not loaded.settings.strict:
        for warning in (*loaded.warnings, *_without_telemetry(loaded.settings)):
            _log.warning("%s", warning)


def _without_telemetry(settings: Settings) -> tuple[str, ...]:
    if not settings.appinsights_enabled:
        return ()
    from inference_server import telemetry

    warning = telemetry.missing(settings)
    return () if warning is None else (warning,)


def _serve(settings: Settings) -> int:
    name = "development" if _in_this_process(settings) else "production"
    return int(importlib.import_module(f"inference_server.servers.{name}").serve(settings))


def _in_this_process(settings: Settings) -> bool:
    """An editor debugs one process, and workers that a master replaces while they stand at a breakpoint are no use."""
    return settings.dev or settings.debug_connect_port is not None


def _tell(error: StartupError, *, strict: bool) -> None:
    """One message on standard error; under ``--strict`` the lines that azmlinfsrv logs for it."""
    if strict and isinstance(error, (MissingScriptError, SettingError)):
        logs.configure(Settings(strict=True), user_file=False)
        _log_as_azmlinfsrv(error)
    else:
        sys.stderr.write(f"infsrv: {error}\n")


def _log_as_azmlinfsrv(error: StartupError) -> None:
    if isinstance(error, SettingError):
        for frame in banner.configuration_errors(error):
            _log.critical("%s", frame)
    else:
        _log.error("Error!")
        _log.error("%s", error)
