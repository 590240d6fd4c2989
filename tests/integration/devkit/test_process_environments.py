from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devkit.runtime import injection
from devkit.runtime.plan import EnvironmentPlan
from devkit.runtime.process import ProcessRuntime
from devkit.runtime.protocol import CannotRunError
from devkit.workspace import Workspace
from tests.support.instances import code_of, score, script_plan, serving
from tests.support.wheels import make_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCRIPT = "import sys, tiny\ndef init(): pass\ndef run(data): return [tiny.VALUE, sys.prefix, tiny.__file__]\n"
UV = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("DEVKIT_CACHE_DIR", str(tmp_path / "cache"))
    space = Workspace(tmp_path / "space")
    space.prepare()
    return space


def conda(wheels: Path, *lines: str, python: str | None = None) -> dict[str, Any]:
    version = python or f"{sys.version_info[0]}.{sys.version_info[1]}"
    pip = ["--no-index", f"--find-links {wheels}", *lines]
    return {"channels": ["conda-forge"], "dependencies": [f"python={version}", "pip", {"pip": pip}]}


def environment(content: Mapping[str, Any]) -> EnvironmentPlan:
    return EnvironmentPlan(image="mcr.example.invalid/image:1", conda=content)


@pytest.mark.parametrize(
    "installer", ["pip", pytest.param("uv", marks=pytest.mark.skipif(UV is None, reason="uv is not here"))]
)
def test_an_environment_is_built_served_and_kept(
    installer: str, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The conda file's packages are there, the server is brought along, and the second time nothing is built."""
    if installer == "pip":
        monkeypatch.setenv("DEVKIT_NO_UV", "1")
    make_wheel(tmp_path / "wheels", "tiny", "1.0", "VALUE = 'from the wheel'\n")
    plan = script_plan(
        code_of(workspace.root / "src", SCRIPT), environment=environment(conda(tmp_path / "wheels", "tiny==1.0"))
    )
    runtime, lines = ProcessRuntime(), list[str]()
    prepared = runtime.prepare(plan, lines.append)
    assert any("since this interpreter lacks tiny==1.0" in line for line in lines)
    assert any(line.startswith("$ ") for line in lines)
    assert any("mcr.example.invalid/image:1 is not run" in note for note in prepared.not_honoured)
    with serving(runtime, plan, workspace.deployment("e", "blue") / "1.0") as instance:
        value, prefix, file = score(instance, {})
        assert value == "from the wheel"
        assert Path(prefix).is_relative_to(tmp_path / "cache")
        assert Path(file).is_relative_to(prefix)
    lines.clear()
    began = time.monotonic()
    assert runtime.prepare(plan, lines.append) == prepared
    assert time.monotonic() - began < 5
    assert not [line for line in lines if line.startswith("$ ")]


def test_the_kits_own_interpreter_is_taken_when_it_has_everything(workspace: Workspace, tmp_path: Path) -> None:
    """Nothing is built for a conda file that this interpreter satisfies."""
    content = conda(tmp_path, "flask>=2", "azureml-inference-server-http")
    plan = script_plan(code_of(workspace.root / "src", SCRIPT), environment=environment(content))
    prepared = ProcessRuntime().prepare(plan, lambda _: None)
    assert prepared.details["python"] == sys.executable
    assert not (tmp_path / "cache").exists()


def test_what_the_chosen_interpreter_lacks_is_told(workspace: Workspace, tmp_path: Path) -> None:
    """`current` takes the kit's interpreter all the same, and names what is missing."""
    content = conda(tmp_path, "tiny==1.0", python="3.10,!=3.10.*")
    plan = script_plan(code_of(workspace.root / "src", SCRIPT), environment=environment(content), python="current")
    prepared = ProcessRuntime().prepare(plan, lambda _: None)
    assert prepared.details["python"] == sys.executable
    assert any("tiny==1.0" in note for note in prepared.not_honoured)


def test_a_package_that_cannot_be_had_says_so(workspace: Workspace, tmp_path: Path) -> None:
    """The build fails by the service's name, with the installer's reason, and leaves nothing that counts."""
    plan = script_plan(
        code_of(workspace.root / "src", SCRIPT), environment=environment(conda(tmp_path, "no-such-thing==1.0"))
    )
    for _ in range(2):
        with pytest.raises(CannotRunError, match=r"Installing the packages failed: .*no-such-thing") as caught:
            ProcessRuntime().prepare(plan, lambda _: None)
        assert caught.value.code == "ImageBuildFailure"
        assert "no-such-thing" in caught.value.log


def test_a_python_that_the_server_cannot_run_on_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    """A conda file for Python 3.9 is refused with what to do, and nothing is built."""
    plan = script_plan(
        code_of(workspace.root / "src", SCRIPT), environment=environment(conda(tmp_path, "tiny", python="3.9"))
    )
    with pytest.raises(CannotRunError, match=r"asks for Python ==3.9.\*; the server needs 3.10 or later"):
        ProcessRuntime().prepare(plan, lambda _: None)


def test_a_named_interpreter_gets_the_server(workspace: Workspace, tmp_path: Path) -> None:
    """An interpreter without the server and without packages serves, and the versions that it has itself win."""
    other = tmp_path / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(other)], check=True)
    python = other / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    (Path(purelib) / "tiny.py").write_text("VALUE = 'its own'\n")
    plan = script_plan(code_of(workspace.root / "src", SCRIPT), python=str(python), app_insights=True)
    prepared = ProcessRuntime().prepare(plan, lambda _: None)
    assert any(note.startswith("app_insights_enabled exports nothing") for note in prepared.not_honoured)
    with serving(ProcessRuntime(), plan, workspace.deployment("e", "blue") / "1.0") as instance:
        value, prefix, _ = score(instance, {})
        assert (value, Path(prefix)) == ("its own", other)


def test_a_name_that_is_no_interpreter_is_refused(workspace: Workspace) -> None:
    """The message names what was asked for."""
    plan = script_plan(code_of(workspace.root / "src", SCRIPT), python="/no/such/python")
    with pytest.raises(CannotRunError, match="no interpreter /no/such/python"):
        ProcessRuntime().prepare(plan, lambda _: None)


def test_without_granian_the_development_server_answers(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the native part cannot be had for the interpreter's Python, the deployment serves, and says how."""
    other = tmp_path / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(other)], check=True)
    python = other / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    monkeypatch.setattr(injection, "_HERE", "another")  # so that this Python is not one to copy for

    def fail(command: Sequence[str], *_: object, **__: object) -> None:
        raise CannotRunError(f"{command[0]} failed: no such wheel.", code="ImageBuildFailure")

    monkeypatch.setattr(injection, "run_told", fail)
    code = code_of(workspace.root / "src", "def init(): pass\ndef run(data): return 1\n")
    plan, runtime, lines = script_plan(code, python=str(python)), ProcessRuntime(), list[str]()
    prepared = runtime.prepare(plan, lines.append)
    assert any("no such wheel" in line for line in lines)
    assert any("the development server answers" in note for note in prepared.not_honoured)
    with serving(runtime, plan, workspace.deployment("e", "blue") / "1.0") as instance:
        assert score(instance, {}) == 1
