"""The HTTP server that hosts a ``score.py``, as Azure ML's inference server does.

``infsrv --entry_script score.py`` on the command line, ``python -m inference_server`` without the command.
"""

__version__ = "0.1.0"

DISTRIBUTION = "endpoint-devkit"
"""The distribution that owns this package. The name ``inference_server`` is taken on the index by another one;
the launcher compares this to tell the two apart."""

__all__ = ["DISTRIBUTION", "__version__"]
