"""Every command that the README and the guides tell a reader to type is typed here.

A command stands in a ``console`` block behind ``$ ``, or alone between backticks in the README's table. It must be in
`COMMANDS`, which says what to do with it, so that nobody can document a command without running it.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.projects import SCRIPT, write
from tests.support.server import start_server
from tests.support.tutorial import LINES
from tests.support.walks import LINES as LINES_OF_WALKS

ROOT = Path(__file__).parents[2]
DEBUG_PORT = "5678"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

Runner = Callable[[list[str], Path], None]


def command_line(words: list[str]) -> list[str]:
    """The command of this interpreter, whatever PATH says."""
    modules = {"infsrv": "inference_server", "devkit": "devkit"}
    return [sys.executable, "-m", modules[words[0]], *words[1:]]


def ends_well(words: list[str], folder: Path) -> None:
    """The command ends by itself, with exit code 0; its questions get their proposed answers."""
    done = subprocess.run(
        command_line(words), cwd=folder, input="\n\n\n", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def serves(words: list[str], folder: Path) -> None:
    """The command becomes a server that answers the sample request; only its ports are chosen anew."""
    words = [str(free_port()) if word == DEBUG_PORT else word for word in words]
    with start_server(*words[1:], "--port", "0", command=command_line(words[:1]), cwd=folder) as server:
        server.wait_ready()
        body = (folder / "sample-request.json").read_text()
        assert server.score(json.loads(body)).status == 200


def replays(words: list[str], folder: Path) -> None:
    """The command asks the deployment that is served; the golden request is the sample with the answer it gets."""
    script, sample = next(folder.rglob("score.py")), json.loads((folder / "sample-request.json").read_text())
    with start_server(str(script), "--port", "0", cwd=folder) as server:
        server.wait_ready()
        answer = server.score(sample).json
        golden = {"request": {"body": sample}, "answer": {"body": answer}}
        write(folder, {"golden/sample.json": json.dumps(golden)})
        address = f"http://127.0.0.1:{server.port}"
        ends_well([address if word.startswith("http") else word for word in words], folder)


def serves_an_editor(words: list[str], folder: Path) -> None:
    """The command becomes a language server, which answers its editor and ends well when that says so."""
    asked = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    ]
    bodies = [json.dumps({"jsonrpc": "2.0", **message}) for message in asked]
    typed = "".join(f"Content-Length: {len(body)}\r\n\r\n{body}" for body in bodies)
    done = subprocess.run(
        command_line(words), cwd=folder, input=typed.encode(), capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b'"completionProvider"' in done.stdout


def is_a_target(words: list[str], folder: Path) -> None:
    """Make knows the target, and every step before it has a rule; what the target does has tests of its own."""
    done = subprocess.run([*words, "--dry-run"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def is_our_distribution(words: list[str], folder: Path) -> None:
    """The name and the extra exist; the installation of the wheel itself has a test of its own."""
    from importlib.metadata import metadata

    name, _, extra = words[-1].partition("[")
    assert words[:2] == ["pip", "install"]
    assert metadata(name)["Name"] == name
    assert not extra or extra.rstrip("]") in metadata(name).get_all("Provides-Extra", [])


def is_what_make_packs(words: list[str], folder: Path) -> None:
    """The file is the one that `make vsix` writes; a real editor installs it in the tests of the extension."""
    assert f"--out ../../{words[-1]}" in (ROOT / "Makefile").read_text()


def is_a_line_of_the_tutorial(words: list[str], folder: Path) -> None:
    """The tutorial's own test types all of them, one after the other."""
    assert words in [shlex.split(line) for line in LINES]


def is_a_line_of_a_walk(words: list[str], folder: Path) -> None:
    """The test of promotion's walks types all of them, one after the other."""
    assert words in [shlex.split(line) for line in LINES_OF_WALKS]


def checks_what_was_written(words: list[str], folder: Path) -> None:
    """The check finds nothing in what the command before it wrote."""
    ends_well([word for word in words if word != "--check"], folder)
    ends_well(words, folder)


def is_an_example(words: list[str], folder: Path) -> None:
    """The folder is there, with a deployment to serve."""
    assert next((ROOT / words[1]).glob("*deployment.yml"))


def has_tests_of_its_own(words: list[str], folder: Path) -> None:
    """The command and its flags are there; what it does needs an engine, server or target, and is tested with one."""
    ends_well([*words, "--help"], folder)


def is_typed_in_the_container(words: list[str], folder: Path) -> None:
    """The test that has VS Code inside the dev container makes this environment there, from a wheel."""
    typed = (ROOT / "tests/e2e/vscode/test_dev_container.py").read_text()
    assert "-m venv {_KIT} && {_KIT}/bin/python -m pip install" in typed
    assert words[1:3] == ["-m", "venv"]


COMMANDS: dict[str, Runner] = {
    **dict.fromkeys(LINES, is_a_line_of_the_tutorial),
    **dict.fromkeys(LINES_OF_WALKS, is_a_line_of_a_walk),
    "make demo": is_a_target,
    "make test": is_a_target,
    "make bench": is_a_target,
    "make vsix": is_a_target,
    "code --install-extension dist/endpoint-devkit.vsix": is_what_make_packs,
    "pip install 'endpoint-devkit[kit]'": is_our_distribution,
    "pip install endpoint-devkit": is_our_distribution,
    "infsrv score.py --model_dir model": serves,
    "infsrv score.py --dev": serves,
    "infsrv score.py --dev --debug 5678": serves,
    "devkit init my-deployment": ends_well,
    "devkit validate": ends_well,
    "devkit validate deployment.yml": ends_well,
    "devkit validate deployment.yml -n green -e my-endpoint": ends_well,
    "devkit validate deployment.yml --set instance_count=3": ends_well,
    "devkit validate deployment.yml --kind online-deployment": ends_well,
    "devkit validate --fix": ends_well,
    "devkit validate --ignore DK503 --ignore DK508": ends_well,
    "devkit validate --select DK106": ends_well,
    "devkit validate --fail-on warning": ends_well,
    "devkit validate --format github": ends_well,
    "devkit validate --format sarif": ends_well,
    "devkit validate --format json": ends_well,
    "devkit rule DK106": ends_well,
    "devkit rule missing-package": ends_well,
    "devkit rule all": ends_well,
    "devkit schema export schemas": ends_well,
    "devkit serve deployment.yml --dev": serves,
    "devkit doctor": ends_well,
    "devkit replay --against http://127.0.0.1:5001": replays,
    "devkit devcontainer": ends_well,
    "devkit devcontainer --check": checks_what_was_written,
    "devkit devcontainer up": has_tests_of_its_own,
    "devkit devcontainer parity": has_tests_of_its_own,
    "devkit record --url http://127.0.0.1:5001": has_tests_of_its_own,
    "devkit record diabetes/blue": has_tests_of_its_own,
    "devkit record logs/modelDataCollector": has_tests_of_its_own,
    "devkit validate --run blue-deployment.yml": has_tests_of_its_own,
    "devkit environment lock -f blue-deployment.yml": has_tests_of_its_own,
    "devkit validate --run --live-updates 50 blue-deployment.yml": has_tests_of_its_own,
    "cd examples/torch": is_an_example,
    "devkit validate --run --runtime docker blue-deployment.yml": has_tests_of_its_own,
    "devkit promote -f blue-deployment.yml --to docker:ssh://me@models.example.com": has_tests_of_its_own,
    "devkit promote -f blue-deployment.yml --to azureml:SUBSCRIPTION/RESOURCE_GROUP/WORKSPACE --plan": (
        has_tests_of_its_own
    ),
    "devkit promote -f blue-deployment.yml --to azureml:SUBSCRIPTION/RESOURCE_GROUP/WORKSPACE --steps 10,50,100": (
        has_tests_of_its_own
    ),
    "pip install 'endpoint-devkit[azure]'": is_our_distribution,
    '$AZUREML_INFERENCE_PYTHON_PATH/python -m venv ~/kit && ~/kit/bin/pip install "endpoint-devkit[kit]"': (
        is_typed_in_the_container
    ),
    "devkit lsp": serves_an_editor,
    "devkit vscode": ends_well,
}


def documented() -> dict[str, str]:
    """Each documented command and the page that has it."""
    found = {}
    for page in PAGES:
        text = re.sub(r" *\\\n *", " ", page.read_text(encoding="utf-8"))
        for block in re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL):
            lines = [line[2:].partition("  #")[0].strip() for line in block.splitlines() if line.startswith("$ ")]
            found.update(dict.fromkeys(lines, page.name))
        if page == ROOT / "README.md":
            found.update(dict.fromkeys(re.findall(r"`((?:infsrv|devkit|pip|make) [^`]+)`", text), page.name))
    return found


def test_every_documented_command_is_run() -> None:
    """A command in the docs that no test runs, or a test of one that the docs have dropped, is a mistake."""
    assert set(documented()) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_works(command: str, tmp_path: Path) -> None:
    """Typed in a folder as the page assumes it, the command does what the page says."""
    write(tmp_path, {"score.py": SCRIPT})
    subprocess.run(
        [sys.executable, "-m", "devkit", "init", "-y", str(tmp_path)], check=True, capture_output=True, timeout=60
    )
    COMMANDS[command](shlex.split(command), tmp_path)
