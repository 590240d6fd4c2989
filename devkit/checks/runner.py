"""Runs the rules over the documents of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.checks.catalogue import Rule, all_rules
from devkit.checks.silence import find_silences, split_silenced
from devkit.spec.findings import Finding, Severity
from devkit.spec.positions import Position, Range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from devkit.checks.files import Files
    from devkit.checks.project import Project
    from devkit.checks.subject import Subject

__all__ = ["check", "check_subject"]

UNUSED_SILENCE = "DK117"


def check(
    project: Project,
    paths: Iterable[Path],
    *,
    select: frozenset[str] = frozenset(),
    ignore: frozenset[str] = frozenset(),
    checkpoint: Callable[[], None] = lambda: None,
) -> list[Finding]:
    """The findings in the documents at `paths`, silenced ones left out, sorted by file and place.

    Args:
        project: the documents that are read together.
        paths: those to report on.
        select: codes to look for; all when empty.
        ignore: codes to leave out.
        checkpoint: called before each rule; what it raises ends the check.
    """
    wanted = set(paths)
    rules = [rule for rule in all_rules() if (not select or rule.code in select) and rule.code not in ignore]
    found: list[Finding] = []
    for subject in project.subjects:
        if subject.path in wanted:
            found += check_subject(subject, rules, checkpoint)
    kept = _without_silenced(_unique(found), project.files, wanted, complete=not (select or ignore))
    return sorted(kept, key=lambda finding: finding.sort_key)


def check_subject(
    subject: Subject, rules: Iterable[Rule], checkpoint: Callable[[], None] = lambda: None
) -> Iterator[Finding]:
    """What `rules` find in one document."""
    for rule in rules:
        checkpoint()
        yield from rule.check(rule, subject)


def _unique(findings: Iterable[Finding]) -> list[Finding]:
    """Two deployments that share a script find the same in it; it is told once."""
    return list({(*finding.sort_key, finding.range): finding for finding in findings}.values())


def _without_silenced(findings: list[Finding], files: Files, paths: set[Path], *, complete: bool) -> list[Finding]:
    """Drop what comments silence; a comment that silences nothing is a hint, when all rules have run."""
    by_file: dict[Path, list[Finding]] = {path: [] for path in paths}
    for finding in findings:
        by_file.setdefault(finding.path, []).append(finding)
    kept: list[Finding] = []
    for path, found in by_file.items():
        text = files.read(path)
        if text is None or "devkit:" not in text:
            kept += found
            continue
        stay, unused = split_silenced(found, find_silences(text.split("\n")))
        kept += stay
        if complete and path in paths:
            kept += [
                Finding(
                    UNUSED_SILENCE,
                    Severity.HINT,
                    f"this comment silences {code}, which is not found here",
                    path,
                    Range(Position(silence.line, silence.start), Position(silence.line, silence.end)),
                    remedy="Remove the comment.",
                    tags=frozenset({"unnecessary"}),
                )
                for silence, code in unused
            ]
    return kept
