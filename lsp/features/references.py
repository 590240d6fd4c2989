"""Where an endpoint or a deployment is named, in every document of its project; and giving it another name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.spec.documents.shared import NAME_PATTERN
from lsp.features.occurrences import named_at, occurrences

if TYPE_CHECKING:
    from devkit.spec.positions import Span
    from lsp.features.edits import Target
    from lsp.open_document import OpenDocument

__all__ = ["references", "rename", "rename_span"]


def references(opened: OpenDocument, offset: int, *, with_definition: bool = True) -> list[Target]:
    """Every place that names what is named at an offset; empty where no endpoint or deployment is."""
    named = named_at(opened, offset)
    found = occurrences(opened, named) if named is not None else []
    return [each.target for each in found if with_definition or not each.is_definition]


def rename_span(opened: OpenDocument, offset: int) -> Span | None:
    """The name at an offset that can be changed everywhere; None where there is none."""
    named = named_at(opened, offset)
    return named.span if named is not None else None


def rename(opened: OpenDocument, offset: int, name: str) -> list[Target]:
    """Every place to write `name` to instead of the name at an offset.

    Raises:
        ValueError: Azure takes no such name; the message says why.
    """
    if re.match(NAME_PATTERN, name) is None:
        raise ValueError(f"'{name}' is no name for Azure: a letter first, then letters, digits and dashes.")
    return references(opened, offset)
