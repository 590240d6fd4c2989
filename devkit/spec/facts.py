"""The data files of the package, and where each comes from."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Source:
    """Where a data file comes from."""

    file: str
    source: str
    date: str
    """When the source was read, ISO 8601."""
    refresh: str
    """How to bring it up to date."""
    from_general_knowledge: tuple[str, ...]
    """The columns that no stored source gives: good enough for a warning, not for an error."""


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of the package."""
    return list(csv.DictReader(_text(name).splitlines()))


def read_json(name: str) -> Any:
    """The value of a JSON file of the package."""
    return json.loads(_text(name))


def _text(name: str) -> str:
    return files("devkit.spec.data").joinpath(name).read_text(encoding="utf-8")


@cache
def sources() -> dict[str, Source]:
    """Every data file by its name."""
    return {
        name: Source(name, each["source"], each["date"], each["refresh"], tuple(each["from_general_knowledge"]))
        for name, each in read_json("sources.json").items()
    }


@cache
def service_limits() -> dict[str, int]:
    """The service's limits per endpoint, region and cluster, by name."""
    limits: dict[str, int] = read_json("service_limits.json")
    return limits
