"""`python -m devkit.gateway.ask FOLDER QUESTION`: ask the gateway of a folder, from inside its container.

The admin port listens on the container's own loopback: who promotes to a Docker host comes here by `docker exec`.

==============  ===================================================================
apply [FILE]    puts FILE (`next.json`) in the place of the configuration, and in force; only if it is the next
                revision: of two that were made of the same one, the second is refused, with exit code 2
state           prints what the gateway tells of itself, as JSON
probe URL...    prints the status of each answer, 0 where there is none, as JSON
==============  ===================================================================
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from devkit.disk.locks import FileLock
from devkit.gateway.client import AdminClient, GatewayError
from devkit.gateway.files import CONFIG, read_status

__all__ = ["NEXT", "OUTRUN", "main"]

NEXT: Final = "next.json"
"""Lies beside the configuration until `apply`."""
OUTRUN: Final = 2
"""The exit code when somebody else was faster."""
_FAILED: Final = 1
_LOCK: Final = "apply.lock"
_PROBE_S: Final = 5.0


class OutrunError(Exception):
    """The configuration was made of one that is no longer in force."""


def main(arguments: list[str]) -> int:
    """Ask; the exit code is 1 when the gateway does not do it, and the reason is printed."""
    folder, question, *rest = arguments
    try:
        print(_answer(Path(folder), question, rest))  # noqa: T201  a command's own words
    except OutrunError as error:
        print(error)  # noqa: T201
        return OUTRUN
    except (GatewayError, OSError) as error:
        print(error)  # noqa: T201
        return _FAILED
    return 0


def _answer(folder: Path, question: str, rest: list[str]) -> str:
    if question == "probe":
        return json.dumps([_status(url) for url in rest])
    status = read_status(folder)
    if status is None:
        raise GatewayError("The gateway does not listen yet.")
    client = AdminClient(status)
    if question == "state":
        return json.dumps(client.state())
    _take_place(folder, *rest)
    return json.dumps({"revision": client.reload()})


def _take_place(folder: Path, name: str = NEXT) -> None:
    draft, lock = folder / name, FileLock(folder / _LOCK)
    lock.take(wait=True)
    try:
        now, following = (json.loads(each.read_bytes())["revision"] for each in (folder / CONFIG, draft))
        if following != now + 1:
            draft.unlink()
            raise OutrunError(
                f"Somebody else has changed the endpoint at the same moment: revision {now} is in force, and not "
                f"{following - 1}."
            )
        draft.replace(folder / CONFIG)
    finally:
        lock.free()


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=_PROBE_S) as answer:  # noqa: S310  a route of an instance
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
