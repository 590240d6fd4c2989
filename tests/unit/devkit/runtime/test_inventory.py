"""What is installed for a Python, as it tells it itself."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from devkit.runtime.inventory import installed_for, read_inventory
from devkit.runtime.protocol import Instance, Prepared


def asked(python: str) -> Prepared:
    return Prepared("digest", {"python": python})


INSTANCE = Instance("e.blue.1.0", "process", {}, "127.0.0.1", {})


def test_this_interpreter_tells_what_it_has() -> None:
    """Names, versions, requirements and markers come from the interpreter itself; conda made nothing of this one."""
    found = installed_for(asked(sys.executable), INSTANCE)
    assert found is not None
    assert found.python == ".".join(map(str, sys.version_info[:3]))
    assert found.markers["sys_platform"] == sys.platform
    pytest_here = found.distributions["pytest"]
    assert pytest_here.version == version("pytest")
    assert any(each.startswith("pluggy") for each in pytest_here.requires)
    assert found.conda == ()


def test_what_is_no_python_tells_nothing() -> None:
    """A program that answers otherwise, or none at all, has no inventory; that is no error."""
    assert installed_for(asked("/bin/echo"), INSTANCE) is None
    assert installed_for(asked("/nowhere/python"), INSTANCE) is None


def test_a_conda_environment_tells_its_records(tmp_path: Path) -> None:
    """The records of conda-meta name version and build, and INSTALLER tells which distributions are conda's."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True, timeout=60)
    place = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    python = (tmp_path / "env").joinpath(*place)
    records = tmp_path / "env" / "conda-meta"
    records.mkdir()
    record = {"name": "numpy", "version": "1.26.4", "build": "py311h64a7726_0", "channel": "conda-forge"}
    (records / "numpy-1.26.4-py311h64a7726_0.json").write_text(json.dumps(record))
    asking = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", asking], capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    information = Path(site) / "numpy-1.26.4.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 1.26.4\n")
    (information / "INSTALLER").write_text("conda\n")
    found = installed_for(asked(str(python)), INSTANCE)
    assert found is not None
    assert found.conda == ("numpy=1.26.4=py311h64a7726_0",)
    assert found.distributions["numpy"].by_conda


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"python": "3.11.7"}'])
def test_what_is_no_inventory(text: str) -> None:
    """An answer of another shape is refused as one."""
    with pytest.raises(ValueError):  # noqa: PT011  the JSON reader's own, or ours
        read_inventory(text)
