"""From a typed model back to the value of a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devkit.spec.documents.block import Block
from devkit.spec.references import Asset, FileReference, RegistryAsset, WorkspaceAsset

_REFERENCES = (Asset, RegistryAsset, WorkspaceAsset, FileReference)


def document_of(block: Block) -> dict[str, Any]:
    """The value that, loaded again, gives `block`: every key that is set, references as their text."""
    return {name: _plain(value) for name, value in block if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Block):
        return document_of(value)
    if isinstance(value, _REFERENCES):
        return value.text
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
