"""`devkit devcontainer`: what it writes, what it keeps, and one clear word for each thing that cannot be."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from devkit.cli import devcontainer as command
from devkit.cli.devcontainer import Options, generate
from devkit.cli.errors import CommandError
from devkit.devcontainer import kit
from devkit.devcontainer.failures import explain
from devkit.devcontainer.folder import write_folder
from devkit.editor.jsonc import parse

if TYPE_CHECKING:
    from pathlib import Path

_DEPLOYMENT = """\
name: blue
endpoint_name: shop
model:
  path: model
code_configuration:
  code: src
  scoring_script: score.py
environment:
  image: mcr.microsoft.com/azureml/minimal-py312-inference:20260101.v1
  conda_file: conda.yml
instance_type: Standard_DS3_v2
instance_count: 1
"""
_FILES = {
    "deployment.yml": _DEPLOYMENT,
    "conda.yml": "dependencies: [python=3.12, pip, {pip: [azureml-inference-server-http~=1.5]}]\n",
    "src/score.py": "def init():\n    pass\n\n\ndef run(data):\n    return data\n",
    "model/weights.txt": "7",
}


@pytest.fixture(autouse=True)
def small_kit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's folder, without the 18 MB that the running installation would be copied into it."""

    def lay_out(parent: Path) -> Path:
        folder = parent / "0123456789abcdef"
        (folder / "packages").mkdir(parents=True, exist_ok=True)
        return folder

    monkeypatch.setattr(kit, "lay_out_kit", lay_out)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose folder has blanks and letters of another alphabet; the current folder."""
    folder = tmp_path / "mon projet été 日本"
    for name, text in _FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_a_folder_with_blanks_and_unicode_is_fine(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The files are written, whatever the folder is called, and none of them names it."""
    assert generate(Options()) == 0
    written = sorted(path.name for path in (workspace / ".devcontainer").iterdir())
    assert written == ["Dockerfile", "conda.yml", "devcontainer.json", "devkit-generated.json"]
    assert "日本" not in (workspace / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    assert (workspace / ".devkit" / "devcontainer" / "server" / "bin" / "infsrv").is_file()
    assert "+++" in told(capsys)


def test_check_is_quiet_until_the_deployment_changes(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--check writes nothing; it returns 0 while nothing differs, then 1 and the keys that do."""
    assert generate(Options(check=True)) == 1
    assert not (workspace / ".devcontainer").exists()
    generate(Options())
    assert generate(Options(check=True)) == 0
    path = workspace / "deployment.yml"
    path.write_text(_DEPLOYMENT + "environment_variables:\n  MODE: fast\n", encoding="utf-8")
    told(capsys)
    assert generate(Options(check=True)) == 1
    assert "differs from deployment.yml in containerEnv.MODE" in told(capsys)


def test_writing_again_follows_the_deployment_and_keeps_a_person(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person's key, comment and port are there after the deployment has got another variable; the diff is shown."""
    generate(Options())
    path = workspace / ".devcontainer" / "devcontainer.json"
    text = path.read_text(encoding="utf-8").replace("127.0.0.1:5001:5001", "127.0.0.1:6001:5001")
    path.write_text(text.replace("{", '{\n  // mine\n  "postCreateCommand": "make ready",', 1), encoding="utf-8")
    (workspace / "deployment.yml").write_text(_DEPLOYMENT + "environment_variables: {MODE: fast}\n", encoding="utf-8")
    told(capsys)
    assert generate(Options()) == 0
    text = path.read_text(encoding="utf-8")
    value = parse(text).value
    assert "// mine" in text
    assert value["postCreateCommand"] == "make ready"
    assert value["containerEnv"]["MODE"] == "fast"
    assert "127.0.0.1:6001:5001" in value["appPort"]
    output = told(capsys)
    assert '+    "MODE": "fast"' in output
    assert "appPort.5001 is yours" in output
    generate(Options(force=True))
    assert "127.0.0.1:5001:5001" in parse(path.read_text(encoding="utf-8")).value["appPort"]
    assert parse(path.read_text(encoding="utf-8")).value["postCreateCommand"] == "make ready"


def test_a_dev_container_of_somebody_else_is_left_alone(workspace: Path) -> None:
    """Where the folder has a devcontainer.json that is not the kit's, the deployment's lies in a folder of its name."""
    theirs = workspace / ".devcontainer" / "devcontainer.json"
    theirs.parent.mkdir()
    theirs.write_text('{"image": "theirs"}', encoding="utf-8")
    generate(Options())
    assert theirs.read_text(encoding="utf-8") == '{"image": "theirs"}'
    assert (theirs.parent / "blue" / "devcontainer.json").is_file()


@pytest.mark.parametrize(
    ("file", "old", "new", "word"),
    [
        ("deployment.yml", "mcr.microsoft.com/azureml/minimal-py312-inference:20260101.v1", "Not An Image", "image"),
        ("deployment.yml", "path: model", "path: no-such-model", "no-such-model"),
        ("deployment.yml", "path: model", "path: .\\model", "model"),
        ("deployment.yml", "code: src", "code: no-such-folder", "no-such-folder"),
        ("deployment.yml", "scoring_script: score.py", "scoring_script: other.py", "other.py"),
        ("deployment.yml", "conda_file: conda.yml", "conda_file: other.yml", "other.yml"),
        ("deployment.yml", "name: blue", "name: bleu clair été", "bleu clair été"),
        ("deployment.yml", "path: model", "path: azureml://datastores/a/paths/b", "azureml://datastores/a/paths/b"),
        ("conda.yml", "dependencies", "packages", "conda"),
        ("src/score.py", "def run(data):", "def run(data:", "score.py"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_written(workspace: Path, file: str, old: str, new: str, word: str) -> None:
    """One clear error for each mistake of the deployment; no file and no folder is made."""
    path = workspace / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CommandError) as error:
        generate(Options((workspace / "deployment.yml",)))
    assert word in str(error.value)
    assert "nothing was written" in str(error.value).lower()
    assert not (workspace / ".devcontainer").exists()


def test_a_registered_model_is_told_to_be_fetched(workspace: Path) -> None:
    """What is not on this machine cannot be mounted, and the message says what to do."""
    path = workspace / "deployment.yml"
    path.write_text(_DEPLOYMENT.replace("model:\n  path: model\n", "model: azureml:price-model:3\n"), encoding="utf-8")
    with pytest.raises(CommandError, match=r"model azureml:price-model:3 is not on this machine.*Download it"):
        generate(Options((path,)))


def test_no_file_and_no_deployment_are_told(workspace: Path, tmp_path: Path) -> None:
    """A file that is not there, a folder that is none, a folder without deployments."""
    with pytest.raises(CommandError, match="does not exist"):
        generate(Options((workspace / "other.yml",)))
    with pytest.raises(CommandError, match="is no folder"):
        generate(Options(workspace=tmp_path / "nowhere"))
    with pytest.raises(CommandError, match="no online deployment below"):
        generate(Options(workspace=workspace / "src"))


def test_a_file_that_cannot_be_read_is_not_replaced(workspace: Path) -> None:
    """A devcontainer.json that is no JSON with comments is left as it is, and its place is named."""
    generate(Options())
    path = workspace / ".devcontainer" / "devcontainer.json"
    path.write_text('{"image": }', encoding="utf-8")
    with pytest.raises(CommandError, match=r"devcontainer\.json:1:11: a value is missing.*nothing was changed"):
        generate(Options())
    assert path.read_text(encoding="utf-8") == '{"image": }'


@pytest.mark.parametrize("in_the_way", [".devkit", ".devcontainer"])
def test_a_workspace_that_cannot_be_written_is_told(workspace: Path, in_the_way: str) -> None:
    """Where the folder cannot be made there is one error, no traceback, and nothing else was written."""
    (workspace / in_the_way).write_text("a file", encoding="utf-8")
    with pytest.raises(CommandError, match=r"cannot (write|read)"):
        generate(Options())
    assert not list(workspace.glob(".devcontainer/*"))


def test_all_files_are_written_or_none(tmp_path: Path) -> None:
    """A file that cannot be replaced leaves every other as it was, and no trace."""
    (tmp_path / "second").mkdir()
    (tmp_path / "first").write_text("old", encoding="utf-8")
    with pytest.raises(IsADirectoryError):
        write_folder(tmp_path, {"first": "new", "second": "new"})
    assert (tmp_path / "first").read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second"]


def test_without_the_cli_up_says_how_to_get_it(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are written and good for VS Code; the message names the package."""
    monkeypatch.setenv("PATH", str(workspace))
    with pytest.raises(CommandError, match=r"npm install -g @devcontainers/cli"):
        command.up(Options(), None)


def test_without_docker_up_says_so(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dev container CLI without Docker ends in one sentence."""
    cli = workspace / "devcontainer"
    cli.write_text("#!/bin/sh\n", encoding="utf-8")
    cli.chmod(0o755)
    monkeypatch.setenv("PATH", str(workspace))
    with pytest.raises(CommandError, match="no docker command on the PATH"):
        command.up(Options(), None)


def test_without_vs_code_open_says_what_to_do(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are written all the same."""
    monkeypatch.setenv("PATH", str(workspace))
    with pytest.raises(CommandError, match="Reopen in"):
        command.open_editor(Options())
    assert (workspace / ".devcontainer" / "devcontainer.json").is_file()


def test_open_hands_the_folder_to_vs_code(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address holds the folder, blanks and all, in hexadecimal."""
    code = workspace / "code"
    code.write_text('#!/bin/sh\nprintf "%s" "$2" >uri.txt\n', encoding="utf-8")
    code.chmod(0o755)
    monkeypatch.setenv("PATH", f"{workspace}:/usr/bin:/bin")
    assert command.open_editor(Options()) == 0
    uri = (workspace / "uri.txt").read_text(encoding="utf-8")
    authority, _, path = uri.removeprefix("vscode-remote://dev-container+").partition("/")
    assert bytes.fromhex(authority).decode() == str(workspace)
    assert path.startswith("workspaces/mon%20projet")


def test_a_failed_start_tells_its_cause(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the dev container CLI prints, the error is one sentence with a remedy, or the end of the output."""
    for name in ("devcontainer", "docker"):
        (workspace / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (workspace / name).chmod(0o755)
    failed = json.dumps({"outcome": "error", "message": "Command failed: docker run", "description": "it failed"})
    lines = ["docker: Error response from daemon: conflict", failed]
    (workspace / "devcontainer").write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in lines), "utf-8")
    monkeypatch.setenv("PATH", f"{workspace}:/usr/bin:/bin")
    with pytest.raises(CommandError, match=r"the output ends with[\s\S]*daemon: conflict"):
        command.up(Options(), None)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (
            "Retrying (Attempt 0) with error\n  'Command failed: docker pull a.b/x/y:1\n'",
            r"image a\.b/x/y:1 cannot be had",
        ),
        ("pull access denied for nothing-here, repository does not exist", "image nothing-here cannot be had"),
        ("ERROR: No matching distribution found for six==99", "does not resolve: six==99"),
        ("ResolvePackageNotFound:\n  - python=9.9", "conda file does not resolve"),
        ("/bin/sh: 1: conda: not found", "has no Conda"),
        ("python3: not found", "no Python"),
        ("unable to find user nobodyhere: no matching entries in passwd file", "no user nobodyhere"),
        ("bind source path does not exist: /a b/c", "/a b/c is not there"),
        ("Bind for 127.0.0.1:5001 failed: port is already allocated", r"port 127\.0\.0\.1:5001 is taken"),
        ('could not select device driver "" with capabilities: [[gpu]]', "no NVIDIA runtime"),
        ("Command failed: /usr/bin/docker ps -q -a --filter label=x", "Docker engine does not answer"),
        ("exec /bin/sh: exec format error", "another processor"),
    ],
)
def test_known_failures_are_explained(output: str, said: str) -> None:
    """What engines, conda, pip and the CLI print, as they were seen to print it, has a cause and a remedy."""
    text = explain(f"before\n{output}\nafter")
    assert text is not None
    assert re.search(said, text), text
    assert explain("all is well") is None
