"""The kit around a deployment's files: documents, checks and the command ``devkit``."""

__version__ = "0.1.0"

DISTRIBUTION = "endpoint-devkit"
"""The distribution that owns this package. The name ``devkit`` is taken on the index by another one; the launcher
compares this to tell the two apart."""

__all__ = ["DISTRIBUTION", "__version__"]
