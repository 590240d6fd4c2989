"""What can be done about a finding: quick fixes, all safe fixes at once, a new script, the keys that are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.checks.files import plain
from devkit.checks.fixes import choose_edits, safe_fixes
from devkit.checks.places import code_folder, script_path
from devkit.spec.findings import TextEdit
from devkit.spec.positions import Span
from lsp.features.missing_keys import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from devkit.spec.findings import Finding
    from lsp.open_document import OpenDocument

__all__ = ["SCRIPT", "Action", "fix_all", "quick_fixes"]

SCRIPT = '''\
"""The scoring script: the server calls init() once, then run() for every request."""

import json


def init():
    """Load the model; AZUREML_MODEL_DIR is the folder that it is in."""


def run(raw_data):
    """Answer one request: the body as text, and what is returned goes out as JSON."""
    return json.loads(raw_data)
'''

_MISSING = {"DK107", "DK108"}


@dataclass(frozen=True)
class Action:
    """One thing to do.

    Attributes:
        title: What the menu says.
        edits: Changes to the document at hand.
        finding: What it mends; None when it mends several.
        is_preferred: Whether it is what an editor's "fix this" should do.
        creates: A file to make, with `content`.
        content: The text of that file.
    """

    title: str
    edits: tuple[TextEdit, ...] = ()
    finding: Finding | None = None
    is_preferred: bool = False
    creates: Path | None = None
    content: str = ""


def quick_fixes(document: OpenDocument, findings: Sequence[Finding], span: Span) -> list[Action]:
    """What can be done about the findings that a selection touches; of each finding the nearest mend first."""
    return [*_mends(document, findings, span), *_new_script(document, span), *_missing_keys(document, findings, span)]


def fix_all(document: OpenDocument, findings: Sequence[Finding]) -> Action | None:
    """Every mend that is safe, in one step, as ``devkit validate --fix`` does it; None when there is none."""
    edits, count = choose_edits(document.document.text, safe_fixes(findings))
    if not edits:
        return None
    ranges = (TextEdit(document.document.range(Span(start, end)), text) for start, end, text in edits)
    return Action(f"Mend all that is safe to mend ({count})", tuple(ranges))


def _mends(document: OpenDocument, findings: Sequence[Finding], span: Span) -> Iterator[Action]:
    for finding in findings:
        if _touches(document, finding, span):
            for number, fix in enumerate(finding.fixes):
                yield Action(fix.title, fix.edits, finding, is_preferred=number == 0)


def _touches(document: OpenDocument, finding: Finding, span: Span) -> bool:
    found = document.document.lines.span(finding.range)
    return found.start <= span.end and span.start <= found.end


def _new_script(document: OpenDocument, span: Span) -> Iterator[Action]:
    """The script that a deployment names and that is not there."""
    subject = document.subject
    if subject is None or not subject.is_online_deployment:
        return
    folder, script = code_folder(subject), script_path(subject)
    block, key = subject.node("code_configuration"), subject.key_span("code_configuration")
    if folder is None or script is None or block is None or key is None or script.suffix != ".py":
        return
    path = plain(script)
    is_near = key.start <= span.end and span.start <= block.end
    if is_near and plain(folder) in path.parents and not document.files.exists(path):
        yield Action(f"Create {path.name} with init() and run()", creates=path, content=SCRIPT)


def _missing_keys(document: OpenDocument, findings: Sequence[Finding], span: Span) -> Iterator[Action]:
    touched = [each for each in findings if each.code in _MISSING and _touches(document, each, span)]
    if touched and document.subject is not None:
        for title, edit in text_of(document, span):
            yield Action(title, (edit,), touched[0], is_preferred=not touched[0].fixes)
