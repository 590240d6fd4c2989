"""The keys that are usually written together: what a snippet of a block has in it.

Only which keys is told here, as paths below the block; what is written behind each comes from its declaration.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from devkit.spec.catalog import key_at, yaml_text
from lsp.features.completion_item import escape

if TYPE_CHECKING:
    from devkit.spec.catalog import KeyInfo
    from devkit.spec.kinds import Kind
    from devkit.spec.nodes import Path

__all__ = ["BLOCKS", "INDENT", "Block", "Body", "blocks_of", "lines", "suggested"]

INDENT = 2
"""Spaces a level, as in every published example."""

Body = Mapping[str, Union["Body", str, None]]
"""The keys of a block: below each its own keys, the value to suggest, or None for the declaration's default."""

_PROBE: Body = {"initial_delay": None, "period": None, "timeout": None, "failure_threshold": None}
_ROUTE: Body = {"port": None, "path": None}
_CONDA: Body = {"image": None, "conda_file": None}


@dataclass(frozen=True)
class Block:
    """One block of keys. `title` tells several blocks of one key apart."""

    title: str
    body: Body


_INFERENCE_CONFIG: Body = {
    "liveness_route": {"port": None, "path": "/livez"},
    "readiness_route": {"port": None, "path": "/readyz"},
    "scoring_route": {"port": None, "path": "/score"},
}

BLOCKS: dict[str, tuple[Block, ...]] = {
    "code_configuration": (Block("code and script", {"code": "src", "scoring_script": None}),),
    "model": (Block("local files", {"path": "model"}),),
    "environment": (
        Block("image and conda file", _CONDA),
        Block("build", {"build": {"path": None, "dockerfile_path": None}}),
        Block("own server", {"image": None, "inference_config": _INFERENCE_CONFIG}),
    ),
    "build": (Block("folder and Dockerfile", {"path": None, "dockerfile_path": None}),),
    "inference_config": (Block("three routes", _INFERENCE_CONFIG),),
    "liveness_probe": (Block("times", _PROBE),),
    "readiness_probe": (Block("times", _PROBE),),
    "request_settings": (Block("limits", {"request_timeout_ms": None, "max_concurrent_requests_per_instance": None}),),
    "scale_settings": (Block("default", {"type": None}),),
    "data_collector": (
        Block("requests and responses", {"collections": {"request": {"enabled": None}, "response": {"enabled": None}}}),
    ),
    "resources": (Block("requests and limits", {"requests": {"cpu": None, "memory": None}}),),
}


def blocks_of(info: KeyInfo) -> list[Block]:
    """The blocks to offer for a key, as far as its declaration in this place has their keys."""
    return [block for block in BLOCKS.get(info.name, ()) if set(block.body) <= set(info.children)]


def lines(kind: Kind, path: Path, body: Body, indent: int) -> list[str]:
    """The lines of the block at `path` as a snippet: each value a place to fill in, numbered from one."""
    return list(_lines(kind, path, body, indent, itertools.count(1)))


def _lines(kind: Kind, path: Path, body: Body, indent: int, numbers: Iterator[int]) -> Iterator[str]:
    for name, inner in body.items():
        start = " " * indent + escape(name)
        if isinstance(inner, str) or inner is None:
            value = inner if inner is not None else suggested(key_at(kind, (*path, name)))
            yield f"{start}: ${{{next(numbers)}:{escape(value)}}}"
        else:
            yield f"{start}:"
            yield from _lines(kind, (*path, name), inner, indent + INDENT, numbers)


def suggested(info: KeyInfo | None) -> str:
    """The value to suggest for a key: its first example, else its default, else its first value, as YAML."""
    if info is None:
        return ""
    plain = [each for each in info.key.examples if not isinstance(each, (dict, list))]
    if info.key.has_default and not isinstance(info.key.default, (dict, list)):
        plain.append(info.key.default)
    return yaml_text(plain[0]) if plain else next(iter(info.values), "")
