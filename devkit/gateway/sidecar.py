"""``python -m devkit.gateway.sidecar CONFIG KEYS STATE``: the gateway beside one instance, in its pod.

The configuration comes from a file without keys, and the keys from a folder with one file each, as Kubernetes mounts a
ConfigMap and a Secret. Both are read once: a key that was changed counts after the pods were restarted.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import ValidationError

from devkit.gateway import __main__ as gateway
from devkit.gateway.config import GatewayConfig, digest_of_key
from devkit.gateway.files import write_config

__all__ = ["main", "prepare"]

_COULD_NOT_START = 3
_USAGE = 2
_ARGUMENTS = 3


def main(arguments: list[str]) -> int:
    """Serve until told to end; the exit code is 3 when it could not start."""
    if len(arguments) != _ARGUMENTS:
        print("usage: python -m devkit.gateway.sidecar CONFIG KEYS STATE", file=sys.stderr)  # noqa: T201  a command's own words
        return _USAGE
    config, keys, state = map(Path, arguments)
    try:
        prepare(config, keys, state)
    except (OSError, ValueError) as error:
        print(f"The sidecar cannot start: {error}", file=sys.stderr)  # noqa: T201  a command's own words
        return _COULD_NOT_START
    return gateway.main([str(state)])


def prepare(config: Path, keys: Path, state: Path) -> None:
    """Write the gateway's own configuration to `state`: `config`, and the digests of the keys in the folder `keys`.

    Raises:
        OSError: a file cannot be read, or `state` cannot be written to.
        ValueError: the configuration cannot be gone by, or there is no key, which would let nobody in.
    """
    try:
        told = GatewayConfig.model_validate_json(config.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{config} is no gateway's configuration: {error.errors()[0]['msg']}.") from None
    found = [each for each in sorted(keys.iterdir()) if each.is_file() and not each.name.startswith("..")]
    digests = tuple(digest_of_key(text) for each in found if (text := each.read_text(encoding="utf-8").strip()))
    if not digests:
        raise ValueError(f"{keys} has no key. Put primaryKey and secondaryKey into the endpoint's Secret.")
    authentication = told.authentication.model_copy(update={"keys": digests})
    write_config(state, told.model_copy(update={"authentication": authentication}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
