"""A virtual environment for each peer, made once under .bench/."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.subject import Subject

__all__ = ["InstallError", "bin_of", "ensure", "version_of"]

SCRATCH = Path(".bench")


class InstallError(Exception):
    """A peer could not be installed: it is left out of the table, with the reason."""


def bin_of(subject: Subject) -> Path:
    """Where the commands of the subject's environment are."""
    if subject.requirements is None:
        return Path(sys.executable).parent
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return (SCRATCH / subject.name.lower() / folder).absolute()


def ensure(subject: Subject) -> None:
    """Make the environment and install its packages, unless they are there.

    Raises:
        InstallError: pip could not install them.
    """
    if subject.requirements is None:
        return
    home = SCRATCH / subject.name.lower()
    stamp = home / "installed.json"
    wanted = json.dumps(subject.requirements)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print(f"installing {', '.join(subject.requirements)} in {home}", flush=True)
    if not (bin_of(subject) / "python").exists():
        venv.create(home, with_pip=True)
    pip = (str(bin_of(subject) / "python"), "-m", "pip", "install", "-qqq", "--disable-pip-version-check")
    done = subprocess.run((*pip, *subject.requirements), capture_output=True, text=True, timeout=900, check=False)
    if done.returncode != 0:
        raise InstallError(done.stderr.strip().splitlines()[-1])
    stamp.write_text(wanted, encoding="utf-8")


def version_of(subject: Subject) -> str:
    """The version of the subject's first package, as its requirement pins it; empty for what needs none."""
    return subject.requirements[0].partition("==")[2] if subject.requirements else ""
