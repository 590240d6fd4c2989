"""`python -m devkit.gateway FOLDER`: serve the endpoint whose configuration lies in FOLDER."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from aiohttp.http_exceptions import HttpProcessingError

from devkit.gateway.files import ConfigError
from devkit.gateway.ports import PortTakenError
from devkit.gateway.service import Service

_COULD_NOT_START = 3
_USAGE = 2


def main(arguments: list[str]) -> int:
    """Serve until told to end; the exit code is 3 when it could not start."""
    if len(arguments) != 1:
        print("usage: python -m devkit.gateway FOLDER", file=sys.stderr)  # noqa: T201  a command's own words
        return _USAGE
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    try:
        asyncio.run(_serve(Path(arguments[0])))
    except (ConfigError, PortTakenError) as error:
        print(error, file=sys.stderr)  # noqa: T201  a command's own words
        return _COULD_NOT_START
    return 0


def _is_ours(record: logging.LogRecord) -> bool:
    """Leave out a client's malformed requests, which are answered 400: anybody could fill the log with them."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


async def _serve(folder: Path) -> None:
    await Service(folder).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
