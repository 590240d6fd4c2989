"""Two ways to run one WSGI application: worker processes for production, one process for development."""

from __future__ import annotations

__all__ = ["INHERITED_SOCKETS"]

INHERITED_SOCKETS = "INFSRV_INHERITED_SOCKETS"
"""Holds the descriptors of the listening sockets that development's restart in place hands on, separated by commas."""
