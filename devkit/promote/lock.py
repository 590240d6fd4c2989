"""A conda file whose every package is the one that was validated. Pure."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from devkit.promote.pins import conda_name, is_exact_conda, is_exact_pip, pip_name
from devkit.runtime.conda_file import read_conda
from devkit.runtime.dockerfile import conda_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.promote.packages import Packages

__all__ = ["Lock", "lock_text", "locked"]

_PIP: Final = "pip"
_WIDTH: Final = 100


@dataclass(frozen=True)
class Lock:
    """A locked conda file."""

    content: Mapping[str, Any]
    left: tuple[str, ...]
    """Lines of the former file that stand as they were, since nothing of their name was where it was validated."""


def locked(conda: Mapping[str, Any], packages: Packages) -> Lock:
    """The conda file with what was installed in place of what it asked for; its other keys and pip's options stay.

    What pip installed under the name of a conda package becomes a line for pip. Nothing is dropped: a line of which
    nothing was installed (`cudatoolkit`, for a process) stays.
    """
    entries: list[Any] = list(conda.get("dependencies") or ())
    pinned = {pip_name(line) for line in packages.pip} | {conda_name(line) for line in packages.conda}
    ours = [str(each) for each in entries if not isinstance(each, dict)]
    kept = [line for line in ours if conda_name(line) not in {"python", _PIP} and not _is_pinned(line, pinned)]
    pips = [str(line).strip() for each in entries if isinstance(each, dict) for line in each.get("pip") or ()]
    kept_pips = [line for line in pips if line.startswith("-") or pip_name(line) not in pinned]
    dependencies: list[Any] = [*(packages.conda or _python(packages, ours)), *kept]
    if lines := [*kept_pips, *packages.pip]:
        dependencies.append({"pip": lines})
    left = [line for line in kept if not is_exact_conda(line)]
    left += [line for line in kept_pips if not line.startswith("-") and not is_exact_pip(line)]
    return Lock({**conda, "dependencies": dependencies}, tuple(left))


def _python(packages: Packages, ours: list[str]) -> list[str]:
    """Python and pip. Which pip installs is left to conda, unless the file says: it is not what is served from."""
    return [f"python={packages.python}", next((line for line in ours if conda_name(line) == _PIP), _PIP)]


def _is_pinned(line: str, pinned: set[str]) -> bool:
    """Whether a package of conda is among those that are there, by its own name or its name on PyPI."""
    names = {conda_name(line), *map(pip_name, read_conda({"dependencies": [line]}).packages)}
    return not names.isdisjoint(pinned)


def lock_text(lock: Lock, source: str, packages: Packages, runtime: str) -> str:
    """The file. It says where it comes from, and has no date: the same packages are the same file.

    Args:
        lock: what stands in it.
        source: the name of the file that was locked.
        packages: where that was.
        runtime: on what it was validated.
    """
    about = (
        f"What {source} came to where `devkit validate --run` proved it: runtime {runtime}, {packages.platform}. "
        f"Change {source}, validate it, and lock it again with `devkit environment lock`."
    )
    comment = textwrap.fill(about, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
    return f"{comment}\n{conda_text(lock.content)}"
