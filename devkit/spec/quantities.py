"""Quantities as Kubernetes writes them (its documentation of ``resource.Quantity``, read 2026-11)."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["read_quantity"]

_SUFFIXES: Final = {
    "": 1.0,
    "m": 0.001,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
}
_QUANTITY: Final = re.compile(rf"(?P<number>\d+(?:\.\d+)?|\.\d+)(?P<suffix>{'|'.join(_SUFFIXES)})")


def read_quantity(text: str) -> float | None:
    """A quantity as a number: ``500m`` is 0.5, ``1Gi`` is 2**30; None when it is none."""
    found = _QUANTITY.fullmatch(text.strip())
    return float(found["number"]) * _SUFFIXES[found["suffix"]] if found is not None else None
