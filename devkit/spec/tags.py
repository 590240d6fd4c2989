"""Tags as they are written, ``!!str``, to tags as YAML names them, ``tag:yaml.org,2002:str``."""

from __future__ import annotations

from devkit.spec.scalars import PREFIX


def resolve(written: str) -> str:
    """The full name of a tag. ``%TAG`` directives are not followed: no deployment document has one."""
    if written.startswith("!<") and written.endswith(">"):
        return written[2:-1]
    if written.startswith("!!") and len(written) > len("!!"):
        return PREFIX + written[2:]
    return written
