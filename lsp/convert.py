"""Our values as the protocol's, with columns in the encoding that the editor asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lsprotocol import types

from devkit.spec.findings import Severity
from devkit.spec.positions import LineTable, Position, Range, Span
from lsp.rule_pages import page_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devkit.checks.files import Files
    from devkit.spec.findings import Finding, TextEdit
    from devkit.spec.positions import Encoding

__all__ = ["Converter"]

_SEVERITIES: Final = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}
_TAGS: Final = {"unnecessary": types.DiagnosticTag.Unnecessary, "deprecated": types.DiagnosticTag.Deprecated}


class Converter:
    """Converts for one request: texts are those of its snapshot, and each line table is made once."""

    def __init__(self, files: Files, uri_of: Callable[[Path], str], encoding: Encoding) -> None:
        self.uri_of = uri_of
        self._files = files
        self._encoding = encoding
        self._tables: dict[Path, LineTable] = {}

    def lines(self, path: Path) -> LineTable:
        """The line table of a file; of one that is gone that of an empty text."""
        if path not in self._tables:
            self._tables[path] = LineTable(self._files.read(path) or "")
        return self._tables[path]

    def know(self, path: Path, lines: LineTable) -> None:
        """Take a line table that there is already."""
        self._tables[path] = lines

    def offset(self, path: Path, position: types.Position) -> int:
        """An offset in a file."""
        return self.lines(path).offset(Position(position.line, position.character), self._encoding)

    def offsets(self, path: Path, range_: types.Range) -> Span:
        """A span in a file, from its lower to its higher end."""
        return Span(*sorted((self.offset(path, range_.start), self.offset(path, range_.end))))

    def span(self, path: Path, span: Span) -> types.Range:
        """A span of a file."""
        return _range(self.lines(path).range(span, self._encoding))

    def range(self, path: Path, range_: Range) -> types.Range:
        """A range of a finding, which counts characters."""
        lines = self.lines(path)
        return _range(Range(*(lines.position(lines.offset(end), self._encoding) for end in range_)))

    def location(self, path: Path, range_: Range) -> types.Location:
        """A place in a file."""
        return types.Location(self.uri_of(path), self.range(path, range_))

    def edit(self, path: Path, edit: TextEdit) -> types.TextEdit:
        """A change to a file."""
        return types.TextEdit(self.range(path, edit.range), edit.new_text)

    def diagnostic(self, finding: Finding) -> types.Diagnostic:
        """A finding: what is wrong, who refuses it and what to do, with a link to the rule's page."""
        page = page_of(finding.code)
        refused = f" Refused by {finding.refused_by}." if finding.refused_by else ""
        return types.Diagnostic(
            range=self.range(finding.path, finding.range),
            message=f"{finding.message}.{refused} {finding.remedy}".strip(),
            severity=_SEVERITIES[finding.severity],
            code=finding.code,
            code_description=types.CodeDescription(page) if page else None,
            source="devkit",
            tags=[_TAGS[tag] for tag in sorted(finding.tags) if tag in _TAGS] or None,
            related_information=[
                types.DiagnosticRelatedInformation(self.location(place.path, place.range), place.message)
                for place in finding.related
            ]
            or None,
        )


def _range(range_: Range) -> types.Range:
    start, end = range_
    return types.Range(types.Position(start.line, start.character), types.Position(end.line, end.character))
