"""Completion and hover."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from lsprotocol import types

from lsp.features.completion import complete
from lsp.features.hover import hover

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.spec.positions import Span
    from lsp.answers.question import Question
    from lsp.client import Client
    from lsp.features.completion_item import Completion

__all__ = ["find_completions", "find_hover"]

_SUGGEST_AGAIN = types.Command("Suggest", "editor.action.triggerSuggest")


def find_completions(question: Question, params: types.CompletionParams) -> types.CompletionList:
    """The items at a position, the best first."""
    found = complete(question.typed, question.offset(params.position))
    question.offered.offer(found)
    number, range_of = question.offered.number, functools.cache(question.range)
    items = [_item(question.client, range_of, each, [number, index]) for index, each in enumerate(found)]
    return types.CompletionList(is_incomplete=False, items=items)


def _item(
    client: Client, range_of: Callable[[Span], types.Range], item: Completion, data: list[int]
) -> types.CompletionItem:
    is_snippet = item.is_snippet and client.snippets
    text = item.text if is_snippet else item.plain_text
    details = types.CompletionItemLabelDetails(description=item.label_detail) if item.label_detail else None
    beside = item.detail if client.label_details else " · ".join(filter(None, [item.label_detail.strip(), item.detail]))
    return types.CompletionItem(
        label=item.label,
        kind=types.CompletionItemKind[item.kind.value],
        label_details=details if client.label_details else None,
        detail=beside or None,
        sort_text=item.sort_text,
        filter_text=item.filter_text or None,
        text_edit=types.TextEdit(range_of(item.span), text),
        insert_text_format=types.InsertTextFormat.Snippet if is_snippet else types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        additional_text_edits=[types.TextEdit(range_of(item.indentation.span), item.indentation.text)]
        if item.indentation is not None
        else None,
        tags=[types.CompletionItemTag.Deprecated] if item.is_deprecated else None,
        command=_SUGGEST_AGAIN if item.asks_again and client.is_vscode else None,
        data=data,
    )


def find_hover(question: Question, params: types.HoverParams) -> types.Hover | None:
    """What is known about the key or value under the pointer."""
    found = hover(question.typed, question.offset(params.position))
    if found is None:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, found.markdown), question.range(found.span))
