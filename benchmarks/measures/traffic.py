"""Requests a second with eight connections, and the time of one request with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.load import send

if TYPE_CHECKING:
    from benchmarks.launch import Started

__all__ = ["CONNECTIONS", "traffic"]

CONNECTIONS = 8
WARM_UP_S = 1.0


def traffic(server: Started, seconds: float) -> dict[str, float]:
    """Give ``per_second``, ``p99_ms`` (8 connections), ``p50_ms``, ``p99_single_ms`` (1) and ``errors``."""
    send(server.url, CONNECTIONS, WARM_UP_S)
    many = send(server.url, CONNECTIONS, seconds)
    one = send(server.url, 1, seconds)
    return {
        "per_second": many.per_second,
        "p99_ms": many.p99_ms,
        "p50_ms": one.p50_ms,
        "p99_single_ms": one.p99_ms,
        "errors": float(many.errors + one.errors),
    }
