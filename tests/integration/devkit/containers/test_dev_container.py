"""A generated dev container, made by the genuine dev container CLI on a real engine, in the production layout."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from devkit.devcontainer.request import configure
from devkit.runtime.image_build import find_build_command
from tests.support.dap import DapClient
from tests.support.dev_container_project import SCORE, Project, devkit, publish_at, remove, write_project
from tests.support.dev_containers import require_cli, result_of, run_cli
from tests.support.dev_server import wait_until
from tests.support.docker_engine import require_engine, require_image
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The container of a deployment with a conda file, in a workspace with a blank and an umlaut in its name."""
    require_cli()
    require_image()
    engine = require_engine()
    folder = tmp_path_factory.mktemp("dev") / "my prüjekt"
    write_project(folder)
    written = devkit(folder, "-f", "deployment.yml")
    assert written.returncode == 0, written.stderr
    made = Project(folder, engine, free_port(), free_port())
    publish_at(folder, {5001: made.port, 5678: made.debug_port})
    up = devkit(folder, "up", "-f", "deployment.yml")
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        yield made
    finally:
        remove(engine, folder)
        engine.close()


_KILL_PYTHON = """\
for each in /proc/[0-9]*; do
  case $(readlink "$each/exe") in *python*) kill -9 "${each#/proc/}" ;; esac
done"""
"""Not everything: the container ends with the `sleep` that keeps it."""


@pytest.fixture
def server(project: Project) -> Iterator[subprocess.Popen[bytes]]:
    """`infsrv` with live update and its debugger, started by the dev container CLI as its user."""
    where = ("--workspace-folder", str(project.folder))
    flags = ("--dev", "--host", "0.0.0.0", "--debug", "0.0.0.0:5678")  # noqa: S104  published on loopback alone
    with subprocess.Popen([str(require_cli()), "exec", *where, "infsrv", *flags], stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(project.is_ready, "the server answers", timeout=60)
            yield process
        finally:
            project.container.exec_run(["sh", "-c", _KILL_PYTHON])
            process.wait(30)


def test_the_container_is_the_plans(project: Project) -> None:
    """Environment, mounts and ports that Docker reports are those of the plan that the Docker runtime runs."""
    (wanted,) = configure([project.folder / "deployment.yml"], project.folder, environ={})
    attributes = project.container.attrs
    found = dict(each.split("=", 1) for each in attributes["Config"]["Env"])
    assert found.items() >= wanted.container.environment.items()
    mounts = {each["Destination"]: (each["Source"], not each["RW"]) for each in attributes["Mounts"]}
    for mount in wanted.container.mounts:
        assert mounts[mount.target] == (str(mount.source), mount.read_only)
    bindings = attributes["HostConfig"]["PortBindings"]
    assert {each["HostIp"] for ports in bindings.values() for each in ports} == {"127.0.0.1"}
    assert attributes["HostConfig"]["Memory"] == 14 << 30


def test_parity_has_nothing_to_say_against_it(project: Project) -> None:
    """Inside everything is as the conda file and the deployment ask for; a package of another version is found."""
    told = devkit(project.folder, "parity", "-f", "deployment.yml")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "Inside, beside what the deployment asks for:\n  no difference" in told.stdout
    install = "/opt/miniconda/envs/inf-conda-env/lib/python3.11/site-packages/six-1.17.0.dist-info"
    project.container.exec_run(["mv", install, install.replace("1.17.0", "1.16.0")], user="root")
    project.container.exec_run(
        ["sed", "-i", "s/^Version: .*/Version: 1.16.0/", install.replace("1.17.0", "1.16.0") + "/METADATA"], user="root"
    )
    try:
        told = devkit(project.folder, "parity", "-f", "deployment.yml")
        assert told.returncode == 1
        assert "error: package six: 1.16.0, not ==1.17.0" in told.stdout
    finally:
        project.container.exec_run(["mv", install.replace("1.17.0", "1.16.0"), install], user="root")


def test_it_serves_stops_in_run_and_takes_a_change(project: Project, server: subprocess.Popen[bytes]) -> None:
    """A request from the host is answered, a debugger on the host stops in run(), and an edited file answers anew."""
    first = project.ask(2)
    assert (first["total"], first["six"], first["greeting"]) == (42, "1.17.0", "hello")
    assert first["uid"] != 0
    script = project.folder / "src" / "score.py"
    line = SCORE.splitlines().index('    total = json.loads(data)["number"] + offset  # in run') + 1
    mapping = {"localRoot": str(script.parent), "remoteRoot": "/var/azureml-app/src"}
    with DapClient.connect(project.debug_port) as editor:
        editor.attach({script: [line]}, pathMappings=[mapping])
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(project.ask, 3)
            stop = editor.stopped()
            assert (stop.top.path, stop.top.line) == (str(script), line)
            assert editor.variables(stop.top)["data"] in {"'{\"number\": 3}'", "b'{\"number\": 3}'"}
            editor.resume(stop)
            assert answer.result(30)["total"] == 43
        editor.disconnect()
    beside = script.with_suffix(".new")
    beside.write_text(SCORE.replace("+ offset", "* offset"), encoding="utf-8")
    beside.replace(script)  # as editors save: a mounted file alone would not see it
    wait_until(lambda: project.ask(2)["total"] == 80, "the new code answers")


def test_a_persons_port_is_kept_and_checked(project: Project) -> None:
    """The ports that were chosen by hand are still there after `up` wrote the files again, and --check says so."""
    text = (project.folder / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    assert f"127.0.0.1:{project.port}:5001" in text
    told = devkit(project.folder, "--check")
    assert told.returncode == 1
    assert "appPort.5001 is yours" in told.stdout


def test_the_cli_builds_and_reads_it(project: Project) -> None:
    """`build` and `read-configuration` take the same file; what is the editor's own variable stays for the editor."""
    where = ("--workspace-folder", str(project.folder))
    command = find_build_command()
    docker = ("--docker-path", command.path)
    built = run_cli("build", *where, *docker, environment={"DOCKER_BUILDKIT": str(int(command.buildkit))})
    assert result_of(built)["outcome"] == "success"
    read = result_of(run_cli("read-configuration", *where))["configuration"]
    launch = read["customizations"]["vscode"]["settings"]["launch"]["configurations"][0]
    assert launch["pathMappings"][0]["localRoot"] == "${workspaceFolder}/src"


_SHIM = """\
#!/bin/sh
printf '%s\\n' "$*" >>"{log}"
case "$*" in
"info -f {{{{.Runtimes.nvidia}}}}") echo '{answer}'; exit 0 ;;
run*) echo "this engine only records" >&2; exit 1 ;;
esac
exec "{docker}" "$@"
"""


@pytest.mark.parametrize(
    ("size", "runtime", "asked"),
    [
        ("Standard_NC4as_T4_v3", "{nvidia-container-runtime [] <nil>}", True),
        ("Standard_NC4as_T4_v3", "<no value>", False),
        ("Standard_DS3_v2", "{nvidia-container-runtime [] <nil>}", False),
    ],
)
def test_gpus_are_asked_for_exactly_where_size_and_engine_have_them(
    tmp_path: Path, size: str, runtime: str, asked: bool
) -> None:
    """`--gpus all` reaches docker when the size has a GPU and the engine the NVIDIA runtime, and never else."""
    require_image()
    docker = shutil.which("docker")
    write_project(tmp_path, size)
    deployment = tmp_path / "deployment.yml"
    deployment.write_text(deployment.read_text().replace("  conda_file: conda.yml\n", ""), encoding="utf-8")
    written = devkit(tmp_path, "-f", "deployment.yml")
    assert written.returncode == 0, written.stderr
    shim, log = tmp_path / "docker", tmp_path / "log"
    shim.write_text(_SHIM.format(log=log, answer=runtime, docker=docker), encoding="utf-8")
    shim.chmod(0o755)
    run_cli("up", "--workspace-folder", str(tmp_path), "--docker-path", str(shim))
    (run,) = [line for line in log.read_text().splitlines() if line.startswith("run ")]
    assert ("--gpus all" in run) is asked
