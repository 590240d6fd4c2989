"""Code actions: quick fixes, and the mend of all that is safe to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lsprotocol import types

from lsp.features import actions

if TYPE_CHECKING:
    from lsp.answers.question import Question
    from lsp.features.actions import Action

__all__ = ["find_actions"]

_FIX_ALL: Final = "source.fixAll.devkit"


def find_actions(question: Question, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Quick fixes for what the range touches, and the mend of all that is safe."""
    findings = question.snapshot.findings(question.path)
    found: list[types.CodeAction] = []
    if _wants(params, types.CodeActionKind.QuickFix.value):
        span = question.convert.offsets(question.path, params.range)
        mends = actions.quick_fixes(question.document, findings, span)
        found += [_action(question, each, types.CodeActionKind.QuickFix) for each in mends]
    if _wants(params, _FIX_ALL):
        every = actions.fix_all(question.document, findings)
        found += [_action(question, every, _FIX_ALL)] if every is not None else []
    return [each for each in found if each.edit is not None]


def _wants(params: types.CodeActionParams, kind: str) -> bool:
    """Whether an editor asks for a kind: it names the kind, or a wider one, or none at all."""
    only = params.context.only
    names = [each.value if isinstance(each, types.CodeActionKind) else each for each in only or ()]
    return not names or any(name in {"", kind} or kind.startswith(name + ".") for name in names)


def _action(question: Question, action: Action, kind: types.CodeActionKind | str) -> types.CodeAction:
    edits = [question.convert.edit(question.path, each) for each in action.edits]
    return types.CodeAction(
        title=action.title,
        kind=kind,
        diagnostics=[question.convert.diagnostic(action.finding)] if action.finding is not None else None,
        is_preferred=action.is_preferred or None,
        edit=_creation(question, action)
        if action.creates is not None
        else question.workspace_edit({question.path: edits}),
    )


def _creation(question: Question, action: Action) -> types.WorkspaceEdit | None:
    """A new file with its text, for an editor that can make one."""
    if action.creates is None or not question.client.creates_files:
        return None
    uri, start = question.convert.uri_of(action.creates), types.Position(0, 0)
    document = types.OptionalVersionedTextDocumentIdentifier(uri, None)
    text = types.TextEdit(types.Range(start, start), action.content)
    options = types.CreateFileOptions(overwrite=False, ignore_if_exists=True)
    return types.WorkspaceEdit(
        document_changes=[types.CreateFile(uri, options=options), types.TextDocumentEdit(document, [text])]
    )
