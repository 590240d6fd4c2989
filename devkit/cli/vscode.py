"""``devkit vscode``: launch.json, tasks.json and settings.json for the Python extension."""

from __future__ import annotations

import difflib
from functools import partial
from typing import TYPE_CHECKING

from devkit.checks.files import find_yaml
from devkit.checks.places import code_folder, script_path
from devkit.checks.project import Project, read_subject
from devkit.cli.errors import CommandError, UsageError
from devkit.disk.whole_files import write_whole
from devkit.editor.jsonc import JsoncError
from devkit.editor.merging import LAUNCH, TASKS, Merge, merge_list, merge_settings
from devkit.editor.vscode import SETTINGS, Deployment, launch_configurations, tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["write"]

_READABLE = 0o644
"""The mode of a new file: colleagues read it where the folder is shared."""


def write(folder: Path, *, force: bool, dry_run: bool) -> int:
    """Merge what F5 needs into the folder's ``.vscode``; show the change, and what of a person's was left as it is.

    Raises:
        UsageError: the folder is not there, or one of the files is no JSON; then none is changed.
        CommandError: a file cannot be written.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder. Give the one that you open in VS Code.")
    target = folder / ".vscode"
    merges = _merges(target, list(_deployments(folder)), force=force)
    for path, merge in merges.items():
        _show(path, merge)
        if not dry_run:
            _put(path, merge.text)
    return 0


def _deployments(folder: Path) -> Iterator[Deployment]:
    """The deployment files below the folder whose script is on this machine."""
    project = Project()
    for path in find_yaml(folder):
        subject = read_subject(project, path)
        script = script_path(subject) if subject is not None and subject.is_online_deployment else None
        if subject is not None and script is not None and script.is_file():
            yield Deployment(path.relative_to(folder).as_posix(), _below(folder, code_folder(subject)))


def _below(folder: Path, code: Path | None) -> str | None:
    """The code folder as launch.json can name it; the folder itself has no name that a clone would share."""
    if code is None:
        return None
    whole, inner = folder.resolve(), code.resolve()
    return inner.relative_to(whole).as_posix() if whole in inner.parents else None


def _merges(target: Path, deployments: list[Deployment], *, force: bool) -> dict[Path, Merge]:
    """All three files before any is written, so that a mistake in one leaves all as they are."""
    launch, task = launch_configurations(deployments), tasks(deployments)
    return {
        path: _merge(path, merge)
        for path, merge in (
            (target / "launch.json", partial(merge_list, file=LAUNCH, entries=launch, force=force)),
            (target / "tasks.json", partial(merge_list, file=TASKS, entries=task, force=force)),
            (target / "settings.json", partial(merge_settings, settings=SETTINGS, force=force)),
        )
    }


def _merge(path: Path, merge: Callable[[str | None], Merge]) -> Merge:
    try:
        return merge(_text(path))
    except JsoncError as error:
        raise UsageError(f"{path}:{error}. Mend it first; nothing was changed.") from None


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"cannot read {path}: {error}. Nothing was changed.") from error


def _put(path: Path, text: str) -> None:
    if text == _text(path):
        return
    try:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, text, mode=path.stat().st_mode if path.exists() else _READABLE)
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror}.") from error


def _show(path: Path, merge: Merge) -> None:
    before = (_text(path) or "").splitlines()
    for line in difflib.unified_diff(before, merge.text.splitlines(), str(path), str(path), lineterm=""):
        print(line)
    for name in merge.kept:
        print(f"{path.name}: {name!r} is yours and differs; it was left as it is (--force replaces it)")
    if not (merge.added or merge.replaced or merge.kept):
        print(f"{path.name}: nothing to do")
