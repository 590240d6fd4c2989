"""``devkit environment lock``: the packages that a receipt names, as a conda file that allows no others."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from devkit.cli.errors import EXIT_FINDINGS, CommandError, UsageError
from devkit.cli.progress import note
from devkit.disk.whole_files import write_whole
from devkit.endpoints.documents import read
from devkit.promote.errors import PromotionError
from devkit.promote.lock import lock_text, locked
from devkit.promote.receipt import Outdated, Receipt, find
from devkit.promote.resolving import resolve_file
from devkit.runtime.process_environment import conda_of
from devkit.spec.documents.environment import InlineEnvironment
from devkit.spec.kinds import Family
from devkit.spec.overrides import Override
from devkit.spec.references import FileReference
from devkit.workspace import find_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.endpoints.documents import Document
    from devkit.promote.lock import Lock
    from devkit.promote.packages import Packages
    from devkit.promote.resolving import Resolved
    from devkit.workspace import Workspace

__all__ = ["lock"]

_READABLE = 0o644
_SUFFIX = ".lock"


class NotLockedError(CommandError):
    """There is nothing by which it could be locked."""

    exit_code = EXIT_FINDINGS


@dataclass(frozen=True)
class _Place:
    """Where the conda file is named, and where it lies."""

    document: Path
    """The file with the environment's keys."""
    conda: Path | None
    """None where it stands in the document itself, or is not this project's: of a registered environment, a model."""
    inline: bool
    """Whether the keys can be changed in the document."""


def lock(  # noqa: PLR0913  what the command is given
    file: Path | None,
    name: str | None,
    endpoint_name: str | None,
    settings: Sequence[str],
    output: Path | None,
    *,
    force: bool,
) -> dict[str, Any]:
    """Write the locked conda file, say what to change, and return what was written.

    Raises:
        UsageError: no file was named.
        NotLockedError: it was not validated as it is now, it has nothing to lock, or another file would be lost.
    """
    if file is None:
        raise UsageError("Name the deployment whose environment is to be locked: -f deployment.yml.")
    workspace = find_workspace(Path.cwd())
    try:
        resolved = resolve_file(file, workspace, name=name, endpoint_name=endpoint_name, settings=settings)
    except PromotionError as error:
        raise NotLockedError(str(error)) from error
    receipt = _receipt(workspace, resolved, file)
    conda, place = conda_of(resolved.plan), _place(resolved.document, file)
    changes = _image_change(resolved, receipt)
    if conda is None:
        return _told(file, place, changes)
    packages = _packages(receipt, file)
    made = locked(conda, packages)
    source = "what stands under conda_file" if place.conda is None else place.conda.name
    target = (output or _beside(place)).absolute()
    if made.content != conda or target != place.conda:  # what is locked stays as it is
        _write(target, lock_text(made, source, packages, receipt.runtime), force=force)
        changes = {"conda_file": Path(os.path.relpath(target, place.document.parent)).as_posix(), **changes}
    _note_lines(made, packages, target)
    return {**_told(file, place, changes), "packages": len(packages.conda) + len(packages.pip), "left": list(made.left)}


def _receipt(workspace: Workspace, resolved: Resolved, file: Path) -> Receipt:
    run = f"run `devkit validate --run {file}`"
    found = find(workspace, resolved.digests)
    if found is None:
        raise NotLockedError(f"There is no receipt, and only what was validated is locked: {run}.")
    if isinstance(found, Outdated):
        raise NotLockedError(f"Changed since it was validated: {', '.join(found.changed)}; {run}.")
    if not found.passed:
        raise NotLockedError(f"The receipt says that golden requests failed, and what fails is not locked: {run}.")
    return found


def _packages(receipt: Receipt, file: Path) -> Packages:
    if receipt.packages is None:
        raise NotLockedError(
            "The receipt does not tell what was installed: another version of devkit wrote it, or the image has no "
            f"Python 3.10 or later. Run `devkit validate --run {file}` again."
        )
    if receipt.packages.unnamed:
        raise NotLockedError(
            f"{', '.join(receipt.packages.unnamed)} came from a folder of the machine where it was validated, which "
            "nothing can be locked to. Put it into the code folder, or into an index."
        )
    return receipt.packages


def _image_change(resolved: Resolved, receipt: Receipt) -> dict[str, str]:
    """The image by its digest, where that says more than the document does."""
    image = resolved.plan.environment.image
    if image is None or "@sha256:" in image:
        return {}
    if receipt.image_digest is None:
        why = (
            "it came from no registry that could give it again: push it there"
            if receipt.runtime == "docker"
            else "the runtime process does not run it; `devkit validate --run --runtime docker` finds its digest"
        )
        note(f"not locked: the image {image}: {why}")
        return {}
    return {"image": receipt.image_digest}


def _place(document: Document, file: Path) -> _Place:
    environment: Any = getattr(document.block, "environment", None)
    path = file.absolute()
    if isinstance(environment, FileReference):
        path = (document.folder / environment.path).resolve()
        environment = read(path, Family.ENVIRONMENT, [Override("name", "locked")]).block
    if not isinstance(environment, InlineEnvironment):
        return _Place(path, None, inline=False)
    conda = cast("Mapping[str, Any] | str | None", environment.conda_file)
    return _Place(path, (path.parent / conda).resolve() if isinstance(conda, str) else None, inline=True)


def _beside(place: _Place) -> Path:
    """`conda.lock.yml` for `conda.yml`; a lock is its own."""
    conda = place.conda or place.document.with_name("conda.yml")
    return conda if conda.stem.endswith(_SUFFIX) else conda.with_name(f"{conda.stem}{_SUFFIX}{conda.suffix}")


def _write(target: Path, text: str, *, force: bool) -> None:
    try:
        there = target.read_text(encoding="utf-8") if target.exists() else None
        if there == text:
            return
        if there is not None and not force:
            raise NotLockedError(
                f"{target} is there with other content. --force replaces it, --output-file names another."
            )
        write_whole(target, text, mode=_READABLE)
    except (OSError, UnicodeDecodeError) as error:
        raise NotLockedError(f"{target} cannot be written: {error}. What was there is there still.") from error


def _note_lines(made: Lock, packages: Packages, target: Path) -> None:
    count = len(packages.conda) + len(packages.pip)
    note(f"{target}: {count} packages, Python {packages.python}, {packages.platform}")
    for line in made.left:
        note(
            f"not locked: {line}: nothing of that name was installed where it was validated, so that it stays as it is"
        )


def _told(file: Path, place: _Place, changes: Mapping[str, str]) -> dict[str, Any]:
    """What to do with it, on stderr; the same as a value."""
    if not changes:
        note("nothing to change: what can be locked is locked")
        return {"document": str(place.document), "change": {}}
    keys = ", ".join(f"{key}: {value}" for key, value in changes.items())
    if place.inline:
        note(f"in {place.document}, under the environment: {keys}")
    else:
        note(f"the environment is registered, or its model's own. Give the deployment one with {keys}")
    note(f"that is another environment than the one that was validated: then `devkit validate --run {file}` again")
    return {"document": str(place.document), "change": dict(changes)}
