"""What a process in which a script runs has to have before the script is loaded: the worker's, or development's."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from inference_server import azmlinfsrv_names, logs
from inference_server.print_capture import captured_print

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inference_server.settings import Settings

__all__ = ["script_process"]


@contextmanager
def script_process(settings: Settings) -> Iterator[None]:
    """While open, this process logs as the settings and the user's ``logging.json`` say, and print() logs too.

    azmlinfsrv's import names work, and a crash in C leaves a traceback of every thread on standard error.

    Raises:
        StartupError: The ``logging.json`` cannot be used.
    """
    logs.configure(settings)
    azmlinfsrv_names.install()
    faulthandler.enable()
    if settings.strict:
        _say_what_azmlinfsrv_says(settings)
    with captured_print():
        try:
            yield
        finally:
            logs.access_log().flush()


def _say_what_azmlinfsrv_says(settings: Settings) -> None:
    """Lines about steps that this server does not have, for comparisons of whole logs."""
    sys.stdout.write("Initializing logger\n")
    logging.getLogger(logs.SERVER).info("Starting up app insights client")
    if not settings.model_dir or not os.path.exists(settings.model_dir):  # noqa: PTH110  as given, maybe no path at all
        logging.getLogger(logs.TRACE).warning("Model directory is not set or does not exist: %s", settings.model_dir)
    if settings.cors_origins:
        origins = ", ".join(settings.cors_origins)
        logging.getLogger(logs.SERVER).info("Enabling CORS for the following origins: %s", origins)
