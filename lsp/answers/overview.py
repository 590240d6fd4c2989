"""What is shown of a whole document: outline, folds, selections, hints and actions in the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from lsp.features.folding import folds
from lsp.features.inlay import inlays
from lsp.features.lenses import lenses
from lsp.features.selection import selection
from lsp.features.symbols import symbols

if TYPE_CHECKING:
    from lsp.answers.question import Question
    from lsp.features.symbols import Symbol

__all__ = ["find_folds", "find_hints", "find_lenses", "find_selections", "find_symbols"]


def find_symbols(question: Question, _: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """The outline."""
    return [_symbol(question, each) for each in symbols(question.typed)]


def _symbol(question: Question, symbol: Symbol) -> types.DocumentSymbol:
    return types.DocumentSymbol(
        name=symbol.name or " ",  # an editor may refuse an empty name
        kind=types.SymbolKind[symbol.kind.value],
        range=question.range(symbol.span),
        selection_range=question.range(symbol.selection),
        detail=symbol.detail or None,
        children=[_symbol(question, each) for each in symbol.children] or None,
    )


def find_folds(question: Question, _: types.FoldingRangeParams) -> list[types.FoldingRange]:
    """What can be folded."""
    comment = types.FoldingRangeKind.Comment
    return [
        types.FoldingRange(each.first, each.last, kind=comment if each.is_comment else None)
        for each in folds(question.typed)
    ]


def find_selections(question: Question, params: types.SelectionRangeParams) -> list[types.SelectionRange]:
    """For each position what to select next, and next."""
    return [_selection(question, position) for position in params.positions]


def _selection(question: Question, position: types.Position) -> types.SelectionRange:
    *inner, whole = selection(question.typed, question.offset(position))
    found = types.SelectionRange(question.range(whole))
    for span in reversed(inner):
        found = types.SelectionRange(question.range(span), found)
    return found


def find_hints(question: Question, params: types.InlayHintParams) -> list[types.InlayHint]:
    """The hints in the part that is seen."""
    span = question.convert.offsets(question.path, params.range)
    return [
        types.InlayHint(
            position=question.position(each.offset),
            label=each.text,
            tooltip=types.MarkupContent(types.MarkupKind.Markdown, each.tooltip) if each.tooltip else None,
            padding_left=True,
        )
        for each in inlays(question.typed, span)
    ]


def find_lenses(question: Question, _: types.CodeLensParams) -> list[types.CodeLens]:
    """The actions above the lines. Their commands are the editor's: this server runs nothing."""
    return [
        types.CodeLens(
            question.range(each.span),
            types.Command(each.title, each.command, arguments=[question.convert.uri_of(each.path)]),
        )
        for each in lenses(question.document)
    ]
