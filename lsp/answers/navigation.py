"""Where things lead and where they are named: definition, references, rename, links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from lsp.features import definition, links, references

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from lsp.answers.question import Question
    from lsp.features.edits import Target

__all__ = ["find_definition", "find_links", "find_references", "prepare_rename", "rename"]


def find_definition(question: Question, params: types.DefinitionParams) -> list[types.Location]:
    """The places that what stands at a position leads to."""
    return _locations(question, definition.definition(question.document, question.offset(params.position)))


def find_references(question: Question, params: types.ReferenceParams) -> list[types.Location]:
    """Every place that names what is named at a position."""
    offset, wanted = question.offset(params.position), params.context.include_declaration
    return _locations(question, references.references(question.document, offset, with_definition=wanted))


def prepare_rename(question: Question, params: types.PrepareRenameParams) -> types.Range | None:
    """The name at a position, if it is one that can be changed everywhere."""
    span = references.rename_span(question.document, question.offset(params.position))
    return question.range(span) if span is not None else None


def rename(question: Question, params: types.RenameParams) -> types.WorkspaceEdit:
    """Write another name wherever the one at a position stands.

    Raises:
        JsonRpcInvalidParams: Azure takes no such name.
    """
    try:
        targets = references.rename(question.document, question.offset(params.position), params.new_name)
    except ValueError as error:
        raise JsonRpcInvalidParams(message=str(error)) from None
    changes: dict[Path, list[types.TextEdit]] = {}
    for each in targets:
        edit = types.TextEdit(_location(question, each).range, params.new_name)
        changes.setdefault(each.path, []).append(edit)
    return question.workspace_edit(changes)


def find_links(question: Question, _: types.DocumentLinkParams) -> list[types.DocumentLink]:
    """The links of a document."""
    return [
        types.DocumentLink(
            question.range(each.span),
            each.target if isinstance(each.target, str) else question.convert.uri_of(each.target),
            each.tooltip,
        )
        for each in links.links(question.document)
    ]


def _locations(question: Question, targets: Iterable[Target]) -> list[types.Location]:
    return [_location(question, each) for each in targets]


def _location(question: Question, target: Target) -> types.Location:
    return types.Location(question.convert.uri_of(target.path), question.convert.span(target.path, target.span))
