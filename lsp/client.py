"""What the editor at the other end can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pygls.capabilities import get_capability

if TYPE_CHECKING:
    from lsprotocol import types

__all__ = ["Client"]


@dataclass(frozen=True)
class Client:
    """The abilities that change what the server does; an editor that says nothing has none of them."""

    pulls: bool = False
    """Asks for diagnostics itself, so that pushed ones would be shown twice."""
    can_be_asked_to_pull: bool = False
    takes_watchers: bool = False
    """Watches files for the server when it is asked to."""
    versioned_edits: bool = False
    creates_files: bool = False
    snippets: bool = False
    label_details: bool = False
    is_vscode: bool = False
    """Knows VS Code's own commands."""

    @classmethod
    def of(cls, params: types.InitializeParams) -> Client:
        """Read what the editor says of itself in ``initialize``."""
        capabilities = params.capabilities
        name = params.client_info.name if params.client_info is not None else ""

        def says(name: str) -> bool:
            return bool(get_capability(capabilities, name, default=False))

        kinds = get_capability(capabilities, "workspace.workspace_edit.resource_operations", default=None) or ()
        return cls(
            pulls=capabilities.text_document is not None and capabilities.text_document.diagnostic is not None,
            can_be_asked_to_pull=says("workspace.diagnostics.refresh_support"),
            takes_watchers=says("workspace.did_change_watched_files.dynamic_registration"),
            versioned_edits=says("workspace.workspace_edit.document_changes"),
            creates_files=says("workspace.workspace_edit.document_changes") and "create" in kinds,
            snippets=says("text_document.completion.completion_item.snippet_support"),
            label_details=says("text_document.completion.completion_item.label_details_support"),
            is_vscode="code" in name.lower(),
        )
