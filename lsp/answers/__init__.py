"""The features' plain data as the protocol's answers: one function a method, imported when it is first asked for.

An editor waits for ``initialize`` before it shows anything, and the knowledge behind the answers takes as long to
import as the protocol itself.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

if TYPE_CHECKING:
    from lsp.answers.question import Answer

__all__ = ["ANSWERS", "load_all", "load_answer"]

ANSWERS: Final[dict[str, tuple[str, Any]]] = {
    types.TEXT_DOCUMENT_COMPLETION: (
        "completion.find_completions",
        types.CompletionOptions(trigger_characters=[":", " ", "/", "$"], resolve_provider=True),
    ),
    types.TEXT_DOCUMENT_HOVER: ("completion.find_hover", None),
    types.TEXT_DOCUMENT_DEFINITION: ("navigation.find_definition", None),
    types.TEXT_DOCUMENT_REFERENCES: ("navigation.find_references", None),
    types.TEXT_DOCUMENT_PREPARE_RENAME: ("navigation.prepare_rename", None),
    types.TEXT_DOCUMENT_RENAME: ("navigation.rename", None),
    types.TEXT_DOCUMENT_DOCUMENT_LINK: ("navigation.find_links", None),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: ("overview.find_symbols", None),
    types.TEXT_DOCUMENT_FOLDING_RANGE: ("overview.find_folds", None),
    types.TEXT_DOCUMENT_SELECTION_RANGE: ("overview.find_selections", None),
    types.TEXT_DOCUMENT_INLAY_HINT: ("overview.find_hints", None),
    types.TEXT_DOCUMENT_CODE_LENS: ("overview.find_lenses", None),
    types.TEXT_DOCUMENT_CODE_ACTION: (
        "actions.find_actions",
        types.CodeActionOptions([types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll]),
    ),
}
"""Where the answer to each request about a document is, and the options it is offered with."""


def load_answer(name: str) -> Answer:
    """The function that a name of the table means."""
    module, _, function = name.partition(".")
    answer: Answer = getattr(importlib.import_module(f"lsp.answers.{module}"), function)
    return answer


def load_all() -> None:
    """Import what every answer and every check needs, before anybody waits for it."""
    from devkit.checks.catalogue import all_rules

    all_rules()
    for name, _ in ANSWERS.values():
        load_answer(name)
