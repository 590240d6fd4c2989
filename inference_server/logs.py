"""The server's logging: azmlinfsrv's loggers, format and streams, and the user's ``logging.json`` in their place.

Format, names and streams as azmlinfsrv 1.5.1 has them (observed 2026-11-21). Unlike there, the level is the one of
AZUREML_LOG_LEVEL, and what a script logs through loggers of its own, the root logger included, is written too.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from inference_server.access_log import BufferedAccessLog, SilentAccessLog
from inference_server.errors import StartupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TextIO

    from inference_server.access_log import AccessLog
    from inference_server.settings import Settings

    _TextStreamHandler = logging.StreamHandler[TextIO]
else:
    _TextStreamHandler = logging.StreamHandler  # Python 3.10 cannot subscript it

__all__ = ["FORMAT", "PRINT", "SERVER", "SWAGGER", "TRACE", "USER_SCRIPT", "LogFormatter", "access_log", "configure"]

SERVER = "azmlinfsrv"
USER_SCRIPT = "azmlinfsrv.user_script"
PRINT = "azmlinfsrv.print"
SWAGGER = "azmlinfsrv.swagger"
TRACE = "azmlinfsrv.trace"

FORMAT = "%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s"


class LogFormatter(logging.Formatter):
    """The server's line, in UTC. A ``logging.json`` may name it as azmlinfsrv's ``AMLLogFormatter``."""

    def __init__(self, fmt: str | None = FORMAT, datefmt: str | None = None, style: Any = "%") -> None:
        super().__init__(fmt=fmt, datefmt=datefmt, style=style)
        self.converter = time.gmtime


class RootAccessFilter(logging.Filter):
    """Drops the access line of health probes; for a ``logging.json`` that names azmlinfsrv's filter."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep all but ``GET /``."""
        return "GET / HTTP/1.1" not in record.getMessage()


class _StreamHandler(_TextStreamHandler):
    """Writes after the request lines that came before the record."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.before_each: Callable[[], None] = _nothing
        self.setFormatter(LogFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.before_each()
        super().emit(record)


def _nothing() -> None:
    """Until the access log exists there is nothing to write first."""


_process: dict[str, AccessLog] = {}
"""The access log of this process, once it is configured: as process-wide as the loggers themselves."""


def access_log() -> AccessLog:
    """The log for the request lines; before :func:`configure` each line goes to the logger ``azmlinfsrv``."""
    if "access" not in _process:
        return BufferedAccessLog(logging.getLogger(SERVER), logging.NullHandler(), sys.stdout)
    return _process["access"]


def configure(settings: Settings, *, user_file: bool = True) -> None:
    """Set up logging in this process, afresh when called again.

    With `user_file` a ``logging.json`` in the app root, else beside the script, takes the place of all this. The
    process that only watches over workers leaves it to them: two processes must not open one log file.

    Raises:
        StartupError: The ``logging.json`` cannot be used.
    """
    logger = logging.getLogger(SERVER)
    handler = _StreamHandler(sys.stdout)
    _own(logger, handler, _level(settings), propagate=False)
    path = _user_file(settings) if user_file else None
    if path is None and not settings.strict:
        _own(logging.getLogger(), handler, _level(settings))
        _let_scripts_configure(handler)
    if path is not None:
        _apply(path)
        logger.info("Loaded logging config from %s", path)
    _process["access"] = _access_log(settings, logger, handler)


def _access_log(settings: Settings, logger: logging.Logger, handler: _StreamHandler) -> AccessLog:
    if not settings.access_log:
        return SilentAccessLog()
    access = BufferedAccessLog(logger, handler, handler.stream)
    handler.before_each = access.flush
    return access


def _level(settings: Settings) -> str:
    """Azure's server reads AZUREML_LOG_LEVEL and does nothing with it."""
    return "INFO" if settings.strict else settings.log_level


def _own(logger: logging.Logger, handler: logging.Handler, level: str, *, propagate: bool = True) -> None:
    for each in [each for each in logger.handlers if isinstance(each, _StreamHandler)]:
        logger.removeHandler(each)
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = propagate


def _let_scripts_configure(handler: logging.Handler) -> None:
    """Make ``logging.basicConfig()`` work in a script although the root logger has a handler, which is ours.

    basicConfig does nothing on a root logger that has one; there is no hook to be asked before.
    """
    original = getattr(logging.basicConfig, "__wrapped__", logging.basicConfig)

    def basic_config(**kwargs: Any) -> None:
        logging.getLogger().removeHandler(handler)
        original(**kwargs)

    basic_config.__wrapped__ = original  # type: ignore[attr-defined]
    basic_config.__doc__ = original.__doc__
    logging.basicConfig = basic_config


def _user_file(settings: Settings) -> Path | None:
    return next((path for path in _candidates(settings) if path.is_file()), None)


def _candidates(settings: Settings) -> Iterator[Path]:
    yield settings.app_root / "logging.json"
    if settings.entry_script is not None:
        yield settings.entry_script.parent / "logging.json"


def _apply(path: Path) -> None:
    import json
    import logging.config

    try:
        logging.config.dictConfig(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, AttributeError, KeyError, ImportError) as error:
        cause = f": {error.__cause__}" if error.__cause__ is not None else ""
        raise StartupError(
            f"The logging configuration {path} cannot be used: {error}{cause}. It has to be a dictionary for "
            "logging.config.dictConfig; remove the file to log as the server does."
        ) from None
