"""Run the contract corpus, the debugger tests and the server's unit tests on every supported Python found here.

    python3 tests/every_python.py [--besides-venv] [pytest arguments]

Looks for Python 3.10 to 3.13 among pyenv's versions and on the PATH, makes an environment for each in ``.venvs/`` and
says at the end which ran and which are not here. ``--besides-venv`` leaves out the version of ``.venv``, on which
``make test`` runs everything.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SUPPORTED = ("3.10", "3.11", "3.12", "3.13")
TESTS = (
    "tests/contract",
    "tests/unit/inference_server",
    "tests/unit/_endpoint_devkit",
    "tests/integration/test_debugging.py",  # up to 3.11 debugpy traces, from 3.12 on it monitors: two debuggers
)
VENVS = Path(".venvs")
INSTALLED = "pyproject.toml"
INSTALL_WITHIN_S = 600
TEST_WITHIN_S = 900


def main(arguments: list[str]) -> int:
    """Test on each; 1 when one failed or none was found."""
    besides = "--besides-venv" in arguments
    rest = [each for each in arguments if each != "--besides-venv"]
    skipped = _minor(Path(".venv", "bin", "python")) if besides else None
    found = {version: python for version in SUPPORTED if version != skipped and (python := _find(version))}
    results = {version: _tested(version, python, rest) for version, python in found.items()}
    for version in SUPPORTED:
        print(f"Python {version}: {_told(version, results, skipped)}")
    return 0 if results and all(results.values()) else 1


def _told(version: str, results: dict[str, bool], skipped: str | None) -> str:
    if version in results:
        return "passed" if results[version] else "FAILED"
    return "run by make test" if version == skipped else "not on this machine, not run"


def _find(version: str) -> Path | None:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = sorted(root.glob(f"versions/{version}.*/bin/python"), reverse=True)
    on_path = shutil.which(f"python{version}")
    candidates += [Path(on_path)] if on_path else []
    return next((each for each in candidates if _minor(each) == version), None)


def _minor(python: Path) -> str | None:
    """Ask an interpreter for its version; None where it does not start (a pyenv shim without its version)."""
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run((python, "-c", code), capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _tested(version: str, python: Path, arguments: list[str]) -> bool:
    inside = VENVS / version / "bin" / "python"
    print(f"Python {version}: {python}", flush=True)
    try:
        if not _is_installed(version):
            _install(version, python, inside)
        command = (inside, "-m", "pytest", "-n", "2", "-q", "-p", "no:cacheprovider", *TESTS, *arguments)
        return subprocess.run(command, timeout=TEST_WITHIN_S, check=False).returncode == 0
    except subprocess.SubprocessError as error:
        print(f"Python {version}: {error}")
        return False


def _is_installed(version: str) -> bool:
    stamp = VENVS / version / INSTALLED
    return stamp.is_file() and stamp.read_bytes() == Path(INSTALLED).read_bytes()


def _install(version: str, python: Path, inside: Path) -> None:
    pip = (inside, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    subprocess.run((python, "-m", "venv", VENVS / version), timeout=INSTALL_WITHIN_S, check=True)
    subprocess.run((*pip, "--upgrade", "pip>=25.1"), timeout=INSTALL_WITHIN_S, check=True)
    subprocess.run((*pip, "--editable", ".", "--group", "test"), timeout=INSTALL_WITHIN_S, check=True)
    shutil.copy(INSTALLED, VENVS / version / INSTALLED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
