"""The completion list that was offered last: an item's documentation is made when an editor shows the item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.features.completion_item import Completion

__all__ = ["Offered"]


class Offered:
    """Lists are numbered, so that an item of an older one is not taken for one of the newest."""

    def __init__(self) -> None:
        self.number = 0
        self._items: Sequence[Completion] = ()

    def offer(self, items: Sequence[Completion]) -> None:
        """Remember a new list."""
        self.number, self._items = self.number + 1, items

    def resolve(self, item: types.CompletionItem) -> types.CompletionItem:
        """An item of the last list with its documentation; one of an older list as it is."""
        match item.data:
            case [number, int(index)] if number == self.number and 0 <= index < len(self._items):
                text = self._items[index].documentation
                item.documentation = types.MarkupContent(types.MarkupKind.Markdown, text) if text else None
        return item
