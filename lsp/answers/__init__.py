"""The features' plain data as the protocol's answers: one function a method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from lsp.answers import completion
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
        types.TEXT_DOCUMENT_CODE_ACTION: (code_actions, ACTION_OPTIONS),
    }
