"""Where the value of a setting came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["DEFAULT", "Origin", "Source"]


class Source(str, Enum):
    """The places a value may come from, the weakest first."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    FLAG = "flag"


@dataclass(frozen=True)
class Origin:
    """A source and the name under which the value stood there: a flag, a variable, or a key and its file."""

    source: Source
    name: str = ""
    path: str = ""

    def __str__(self) -> str:
        """As a person reads it: ``flag --port``, ``environment variable WORKER_COUNT``, ``key X of config.json``."""
        if self.source is Source.FLAG:
            return f"flag {self.name}"
        if self.source is Source.ENVIRONMENT:
            return f"environment variable {self.name}"
        if self.source is Source.FILE:
            return f"key {self.name} of {self.path}"
        return "default"


DEFAULT = Origin(Source.DEFAULT)
