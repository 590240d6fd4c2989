"""The required keys that a mapping lacks, written below the keys it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec.catalog import key_at, yaml_text
from devkit.spec.findings import TextEdit
from devkit.spec.nodes import Mapping
from devkit.spec.places import span_of
from devkit.spec.positions import Span
from devkit.spec.schema_problems import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.checks.subject import Subject
    from devkit.spec.catalog import KeyInfo
    from devkit.spec.nodes import Path
    from lsp.open_document import OpenDocument

__all__ = ["text_of"]

_ABSENT = (Code.MISSING_KEY, Code.MISSING_NAME)


def text_of(document: OpenDocument, span: Span) -> Iterator[tuple[str, TextEdit]]:
    """A title and a change for each mapping in a selection that lacks keys."""
    subject = document.subject
    if subject is None:
        return
    for parent, names in _missing(subject, span).items():
        mapping = subject.node(*parent) if parent else document.document.root
        infos = [info for info in (key_at(subject.kind, (*parent, name)) for name in names) if info is not None]
        if isinstance(mapping, Mapping) and mapping.entries and infos:
            title = (
                f"Add the missing required key{'s' if len(infos) > 1 else ''}: {', '.join(each.name for each in infos)}"
            )
            yield title, _insertion(document, mapping, [f"{each.name}: {_value(each)}".rstrip() for each in infos])


def _missing(subject: Subject, span: Span) -> dict[Path, list[str]]:
    """The names of what is missing, by the path of the mapping it is missing from."""
    found: dict[Path, list[str]] = {}
    for problem in subject.loaded.problems:
        place = span_of(subject.document, problem)
        if problem.code in _ABSENT and place.start <= span.end and span.start <= place.end:
            found.setdefault(problem.path[:-1], []).append(str(problem.path[-1]))
    return found


def _value(info: KeyInfo) -> str:
    """The default, or else the first of the values, or nothing: then a person writes it."""
    if info.key.has_default and info.key.default not in ({}, [], None):
        return yaml_text(info.key.default)
    return info.values[0] if info.values else ""


def _insertion(document: OpenDocument, mapping: Mapping, lines: list[str]) -> TextEdit:
    """The new keys behind the last one: below it, or beside it in braces."""
    text, table = document.document.text, document.document.lines
    last = mapping.entries[-1]
    if mapping.flow:
        at = max(last.value.end, last.key.end)
        return TextEdit(document.document.range(Span(at, at)), "".join(f", {line}" for line in lines))
    start = mapping.entries[0].key.start
    first_line = table.line_span(table.line_of(start)).start
    indent = " " * (start - first_line)
    end = max(last.value.end, last.key.end, last.colon + 1)
    at = table.line_span(table.line_of(max(end - 1, 0) if text[end - 1 : end] == "\n" else end)).end
    break_ = "\r\n" if "\r\n" in text else "\n"
    return TextEdit(document.document.range(Span(at, at)), "".join(f"{break_}{indent}{line}" for line in lines))
