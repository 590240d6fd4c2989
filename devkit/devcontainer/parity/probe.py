"""Says on one line of JSON what an environment is. Sent as text to a container's Python: 3.8 or later, nothing else."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

_PATIENCE_S = 20


def _packages() -> dict[str, str]:
    """Each installed distribution's normalised name and version; the first on sys.path wins, as for an import."""
    found: dict[str, str] = {}
    for each in distributions():
        name = each.metadata["Name"]
        if name:
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), each.version)
    return found


def _user() -> dict[str, Any]:
    """The name and number of the user; the number twice where it has no name."""
    if sys.platform == "win32":
        return {"name": os.environ.get("USERNAME", ""), "uid": None}
    import pwd

    uid = os.getuid()
    try:
        return {"name": pwd.getpwuid(uid).pw_name, "uid": uid}
    except KeyError:
        return {"name": str(uid), "uid": uid}


def _kind(path: Path) -> str:
    """What a path is, and whether it may be written."""
    if not path.exists():
        return "missing"
    return ("folder" if path.is_dir() else "file") + ("" if os.access(path, os.W_OK) else ", read-only")


def _cuda() -> dict[str, Any]:
    """The CUDA libraries of this environment, and what the driver offers; None where there is none."""
    toolkit, driver, gpus = os.environ.get("CUDA_VERSION"), None, []
    for path in sorted(Path("/usr/local").glob("cuda*/version.json")):
        toolkit = toolkit or json.loads(path.read_text(encoding="utf-8")).get("cuda", {}).get("version")
    smi = shutil.which("nvidia-smi")
    if smi:
        version = re.search(r"CUDA Version: *([0-9.]+)", _output(smi))
        driver = version.group(1) if version else None
        gpus = re.findall(r"GPU \d+: ([^(\n]+)", _output(smi, "-L"))
    return {"toolkit": toolkit, "driver": driver, "gpus": gpus}


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)  # noqa: S603  nvidia-smi
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def _main(paths: list[str]) -> None:
    """Print what was found; `paths` are looked at too."""
    found = {
        "python": platform.python_version(),
        "executable": sys.executable,
        "packages": _packages(),
        "environment": dict(os.environ),
        "paths": {path: _kind(Path(path)) for path in paths},
        "user": _user(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "cuda": _cuda(),
    }
    print("devkit-parity:" + json.dumps(found))  # noqa: T201  this is how the answer leaves the container


if __name__ == "__main__":
    _main(sys.argv[1:])
