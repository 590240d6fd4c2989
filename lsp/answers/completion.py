"""Completion and hover. What an item's documentation says is made when an editor shows the item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from lsp.features.completion import complete
from lsp.features.hover import hover as find_hover

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp.answers.question import Question
    from lsp.features.completion_item import Completion

__all__ = ["COMPLETION_OPTIONS", "Completions", "hover"]

COMPLETION_OPTIONS = types.CompletionOptions(trigger_characters=[":", " ", "/", "$"], resolve_provider=True)
_SUGGEST_AGAIN = types.Command("Suggest", "editor.action.triggerSuggest")


class Completions:
    """The lists that are offered, and the one that was offered last."""

    def __init__(self) -> None:
        self._number = 0
        self._offered: Sequence[Completion] = ()

    def complete(self, question: Question, params: types.CompletionParams) -> types.CompletionList:
        """The items at a position, the best first."""
        found = complete(question.typed, question.offset(params.position))
        self._number, self._offered = self._number + 1, found
        return types.CompletionList(
            is_incomplete=False, items=[self._item(question, each, index) for index, each in enumerate(found)]
        )

    def resolve(self, item: types.CompletionItem) -> types.CompletionItem:
        """An item of the last list with its documentation; one of an older list as it is."""
        number, index = item.data if isinstance(item.data, list) and len(item.data) == 2 else (0, 0)  # noqa: PLR2004  a pair
        offered = self._offered
        if number == self._number and isinstance(index, int) and 0 <= index < len(offered):
            text = offered[index].documentation
            item.documentation = types.MarkupContent(types.MarkupKind.Markdown, text) if text else None
        return item

    def _item(self, question: Question, item: Completion, index: int) -> types.CompletionItem:
        client = question.client
        is_snippet = item.is_snippet and client.snippets
        text = item.text if is_snippet else item.plain_text
        details = types.CompletionItemLabelDetails(description=item.label_detail) if item.label_detail else None
        beside = (
            item.detail if client.label_details else " · ".join(filter(None, [item.label_detail.strip(), item.detail]))
        )
        return types.CompletionItem(
            label=item.label,
            kind=types.CompletionItemKind[item.kind.value],
            label_details=details if client.label_details else None,
            detail=beside or None,
            sort_text=item.sort_text,
            filter_text=item.filter_text or None,
            text_edit=types.TextEdit(question.range(item.span), text),
            insert_text_format=types.InsertTextFormat.Snippet if is_snippet else types.InsertTextFormat.PlainText,
            insert_text_mode=types.InsertTextMode.AsIs,
            additional_text_edits=[types.TextEdit(question.range(item.indentation.span), item.indentation.text)]
            if item.indentation is not None
            else None,
            tags=[types.CompletionItemTag.Deprecated] if item.is_deprecated else None,
            command=_SUGGEST_AGAIN if item.asks_again and client.is_vscode else None,
            data=[self._number, index],
        )


def hover(question: Question, params: types.HoverParams) -> types.Hover | None:
    """What is known about the key or value under the pointer."""
    found = find_hover(question.typed, question.offset(params.position))
    if found is None:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, found.markdown), question.range(found.span))
