"""The features' plain data as the protocol's answers: one function a method, imported when it is first asked for.

Somebody who opens a document looks at its mistakes before typing, so what the answers need is imported behind the
first check.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

if TYPE_CHECKING:
    from lsp.answers.question import Answer

__all__ = ["ANSWERS", "AT_THE_CURSOR", "load_answer", "load_answers", "load_checks"]

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
AT_THE_CURSOR: Final = ("completion.find_completions", "completion.find_hover")
"""What somebody waits for while typing. It reads a few lines, and is not to stand behind what reads all of them."""


def load_answer(name: str) -> Answer:
    """The function that a name of the table means."""
    module, _, function = name.partition(".")
    answer: Answer = getattr(importlib.import_module(f"lsp.answers.{module}"), function)
    return answer


def load_answers() -> None:
    """Import what every answer needs, before anybody waits for it."""
    for name, _ in ANSWERS.values():
        load_answer(name)


def load_checks() -> None:
    """Import what every check needs, before anybody waits for it."""
    from devkit.checks.catalogue import all_rules

    all_rules()
