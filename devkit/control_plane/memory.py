"""Memory that is free is given back to the system: glibc keeps what lies between pieces that are still in use."""

from __future__ import annotations

import sys

__all__ = ["give_back"]


def give_back() -> None:
    """Give back what can be; some MB after imports and roll-outs. Does nothing where the C library has no such way."""
    if sys.platform != "linux":
        return
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
    if trim is not None:
        trim(0)
