"""Files and folders that a document names."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.checks.catalogue import rule
from devkit.checks.ignore_files import ignored_by
from devkit.checks.places import misplaced_paths
from devkit.spec.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.checks.catalogue import Rule
    from devkit.checks.files import Files
    from devkit.checks.places import LocalPath
    from devkit.checks.subject import Subject
    from devkit.spec.findings import Finding, Fix

_DRIVE = re.compile("[A-Za-z]:/")
_MOST_PARTS = 100
"""A path with more steps is no slip of somebody's hand."""


@rule("DK301", "path-not-found", Severity.ERROR, "A path that leads nowhere.", fixable=True)
def path_not_found(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Relative paths start at the folder of the YAML file. azure-ai-ml reads what they name before it sends anything.

    Names are compared with upper and lower case, as in the container, also where this machine does not care.
    """
    for place in subject.local_paths:
        if _foreign_form(place.text) or _exists_exactly(place.path, subject.files, subject.folder):
            continue
        near = _nearest(place, subject.files)
        yield subject.finding(
            rule,
            f"there is no {place.text} in {subject.folder.name or subject.folder}",
            place.keys,
            remedy=f"Did you mean {near}?"
            if near
            else "Create it, or correct the path; it starts at this file's folder.",
            refused_by="azure-ai-ml, before sending",
            fixes=_replaced(subject, place, near) if near else (),
        )


@rule("DK302", "file-or-folder", Severity.ERROR, "A file where a folder is needed, or the reverse.")
def file_or_folder(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Code and build.path name folders, conda_file names a file.

    azure-ai-ml takes a file for build.path, so that is a warning: the image is built from what is in the folder.
    """
    for place in subject.local_paths:
        found = subject.files.is_dir(place.path), subject.files.is_file(place.path)
        if place.is_folder is None or not any(found) or found[0 if place.is_folder else 1]:
            continue
        wanted, given = ("a folder", "a file") if place.is_folder else ("a file", "a folder")
        is_taken = place.keys[-2:] == ("build", "path")
        yield subject.finding(
            rule,
            f"{place.text} is {given}, and {'.'.join(place.keys)} needs {wanted}",
            place.keys,
            remedy="Name the folder that the file is in." if place.is_folder else "Name the file itself.",
            refused_by="" if is_taken else "azure-ai-ml, before sending",
            severity=Severity.WARNING if is_taken else None,
        )


@rule("DK303", "path-form", Severity.WARNING, "A path in a form that works on this machine only.", fixable=True)
def path_form(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Backslashes and drive letters mean nothing on Linux and macOS, an absolute path nothing on another machine.

    Write paths relative to the file, with forward slashes. Where this machine does not find the path either it is an
    error, for azure-ai-ml will not find it.
    """
    for place in subject.local_paths:
        lost = _foreign_form(place.text) and not subject.files.exists(place.path)
        severity, refused_by = (Severity.ERROR, "azure-ai-ml, before sending") if lost else (None, "")
        if "\\" in place.text:
            better = place.text.replace("\\", "/")
            usable = _DRIVE.match(better) is None
            yield subject.finding(
                rule,
                f"{place.text} is written with backslashes",
                place.keys,
                remedy="Use forward slashes; they work on Windows too.",
                fixes=_replaced(subject, place, better) if usable else (),
                severity=severity,
                refused_by=refused_by,
            )
        elif place.text.startswith(("/", "~")) or _foreign_form(place.text):
            yield subject.finding(
                rule,
                f"{place.text} is an absolute path",
                place.keys,
                remedy="Write it relative to this file, so that it works on other machines and in CI.",
                severity=severity,
                refused_by=refused_by,
            )


@rule("DK304", "path-outside", Severity.WARNING, "A path that leads out of the repository.")
def path_outside(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """What lies outside the repository is uploaded as it is on this machine, and nobody can say later what it was."""
    root = _repository(subject.folder, subject.files) if subject.local_paths else None
    if root is None:
        return
    for place in subject.local_paths:
        inside = Path(os.path.normpath(place.path)).is_relative_to(root)
        if not inside and not place.text.startswith("/"):
            yield subject.finding(
                rule,
                f"{place.text} leads out of {root.name}",
                place.keys,
                remedy="Move it into the repository, or register it and refer to it by name.",
            )


@rule("DK305", "ignored-file", Severity.ERROR, "A script that an ignore file keeps out of the upload.")
def ignored_file(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """azure-ai-ml leaves out of the code folder what .amlignore, or else .gitignore, names.

    The container then starts without its script.
    """
    folder, script = subject.code_folder, subject.script_path
    if folder is None or script is None or not subject.files.is_file(script):
        return
    line = ignored_by(folder, script, subject.files)
    if line is not None:
        yield subject.finding(
            rule,
            f"{script.name} is left out of the upload by {line}",
            ("code_configuration", "scoring_script"),
            remedy="Change the ignore file; an .amlignore takes the place of .gitignore.",
            refused_by="the container, which finds no script",
        )


@rule("DK306", "path-elsewhere", Severity.ERROR, "A place in the cloud where only a path on this machine is read.")
def path_elsewhere(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """azure-ai-ml takes the text for a file of this machine and does not find it.

    The path of a model in a deployment, a conda file and a build folder are read here. A registered model may come from
    anywhere: register it and refer to it, or give the inline model a name, under which it is registered.
    """
    for keys, text in misplaced_paths(subject):
        yield subject.finding(
            rule,
            f"{'.'.join(keys)} is read as a path on this machine, and {text} is none",
            keys,
            remedy="Register the model and write model: azureml:NAME:VERSION."
            if keys == ("model", "path")
            else "Write a path that starts at this file's folder.",
            refused_by="azure-ai-ml, before sending",
        )


def _foreign_form(text: str) -> bool:
    """Whether a path is one of Windows: it cannot be looked up elsewhere."""
    return "\\" in text or _DRIVE.match(text) is not None


def _exists_exactly(path: Path, files: Files, base: Path) -> bool:
    """Whether `path` exists with the same upper and lower case, checked below `base` only."""
    if not files.exists(path):
        return False
    normal = Path(os.path.normpath(path))
    if not normal.is_relative_to(base):
        return True
    here = base
    for part in normal.relative_to(base).parts:
        here /= part
        siblings = files.siblings(here)
        if siblings and part not in siblings:
            return False
    return True


def _nearest(place: LocalPath, files: Files) -> str | None:
    """The path with its first wrong part replaced by the nearest name that is there."""
    parts = place.path.parts
    if len(parts) > _MOST_PARTS:
        return None
    for index in range(1, len(parts)):
        part = parts[index]
        here = Path(*parts[: index + 1])
        siblings = files.siblings(here)
        if part in {"..", "."} or part in siblings:
            continue
        folded = next((name for name in siblings if name.lower() == part.lower()), None)
        near = [folded] if folded else difflib.get_close_matches(part, siblings, n=1)
        if not near or part not in place.text:
            return None
        return place.text.replace(part, near[0], 1)
    return None


def _replaced(subject: Subject, place: LocalPath, text: str) -> tuple[Fix, ...]:
    node = subject.node(*place.keys)
    return (subject.replacing(f"Write {text}", node.span, text),) if node is not None else ()


def _repository(folder: Path, files: Files) -> Path | None:
    return next((parent for parent in (folder, *folder.parents) if files.exists(parent / ".git")), None)
