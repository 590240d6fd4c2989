"""The features' plain data as the protocol's answers: one function a method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from lsp.answers import completion, navigation, overview
from lsp.answers.actions import ACTION_OPTIONS, code_actions

if TYPE_CHECKING:
    from lsp.answers.completion import Completions
    from lsp.answers.question import Answer

__all__ = ["answers"]


def answers(completions: Completions) -> dict[str, tuple[Answer, Any]]:
    """The answer to each request about a document, and the options that it is offered with."""
    return {
        types.TEXT_DOCUMENT_COMPLETION: (completions.complete, completion.COMPLETION_OPTIONS),
        types.TEXT_DOCUMENT_HOVER: (completion.hover, None),
        types.TEXT_DOCUMENT_DEFINITION: (navigation.find_definition, None),
        types.TEXT_DOCUMENT_REFERENCES: (navigation.find_references, None),
        types.TEXT_DOCUMENT_PREPARE_RENAME: (navigation.prepare_rename, None),
        types.TEXT_DOCUMENT_RENAME: (navigation.rename, None),
        types.TEXT_DOCUMENT_DOCUMENT_LINK: (navigation.find_links, None),
        types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (overview.find_symbols, None),
        types.TEXT_DOCUMENT_FOLDING_RANGE: (overview.find_folds, None),
        types.TEXT_DOCUMENT_SELECTION_RANGE: (overview.find_selections, None),
        types.TEXT_DOCUMENT_INLAY_HINT: (overview.find_hints, None),
        types.TEXT_DOCUMENT_CODE_LENS: (overview.find_lenses, None),
        types.TEXT_DOCUMENT_CODE_ACTION: (code_actions, ACTION_OPTIONS),
    }
