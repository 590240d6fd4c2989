"""The language server: what the checks and the declarations know, in any editor. Started by ``devkit lsp``."""

from __future__ import annotations

DISTRIBUTION = "endpoint-devkit"

__all__ = ["DISTRIBUTION"]
