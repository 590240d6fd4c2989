"""The command ``devkit`` as a process: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.projects import DEPLOYMENT, ENDPOINT, SCRIPT, write

ROOT = Path(__file__).parents[2]


def devkit(*arguments: str | Path, cwd: Path = ROOT, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command of this interpreter."""
    command = [sys.executable, "-m", "devkit", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=60, check=False)


def test_init_writes_a_deployment_that_validates(tmp_path: Path) -> None:
    """What init writes has no finding, and it says what to type next."""
    done = devkit("init", "-y", tmp_path / "my shop")
    assert done.returncode == 0, done.stderr
    assert "devkit serve" in done.stdout
    assert "name: my-shop-endpoint" in (tmp_path / "my shop" / "endpoint.yml").read_text()
    checked = devkit("validate", "--fail-on", "hint", cwd=tmp_path / "my shop")
    assert checked.stdout == "no findings in 2 documents\n"
    assert checked.returncode == 0


def test_init_asks_when_nothing_is_said(tmp_path: Path) -> None:
    """The answers of a person reach the files; an empty line takes the proposal."""
    done = devkit("init", tmp_path / "x", stdin="shop\ngreen\n\n")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "x" / "deployment.yml").read_text()
    assert "name: green\nendpoint_name: shop\n" in text
    assert "instance_type: Standard_DS3_v2" in text


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    """With one file in the way not one is written, and the file is named."""
    write(tmp_path, {"conda.yml": "mine\n"})
    done = devkit("init", "-y", tmp_path)
    assert done.returncode == 3
    assert "conda.yml" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["conda.yml"]
    assert (tmp_path / "conda.yml").read_text() == "mine\n"


@pytest.mark.parametrize("name", ["x", "1shop", "my--shop", "shop_1", "a" * 33])
def test_init_refuses_names_that_azure_refuses(tmp_path: Path, name: str) -> None:
    """A name is judged before anything is written."""
    done = devkit("init", "-y", "-e", name, tmp_path)
    assert done.returncode == 2
    assert "Azure takes 3 to 32" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_fix_mends_what_is_safe_and_says_so(tmp_path: Path) -> None:
    """The file is changed in its one place, and the second look finds nothing."""
    write(tmp_path, {"d.yml": DEPLOYMENT.replace("instance_type", "instance_typ").replace("\n", "\r\n")})
    done = devkit("validate", "--fix", "d.yml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stderr == "mended 1 finding\n"
    assert (tmp_path / "d.yml").read_bytes() == DEPLOYMENT.replace("\n", "\r\n").encode()
    assert [path.name for path in tmp_path.iterdir()] == ["d.yml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.yml"], "does not exist"),
        (["foreign.yml"], "Add a $schema line to it, or say --kind"),
        (["--kind", "cat", "d.yml"], "--kind 'cat' is unknown"),
        (["--format", "xml", "d.yml"], "--format 'xml' is unknown"),
        (["--fail-on", "always", "d.yml"], "--fail-on 'always' is unknown"),
        (["--set", "novalue", "d.yml"], "expected property.path=value"),
        (["binary.yml"], "cannot be read as text"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    """A mistake in the command is told in one message without a traceback."""
    write(tmp_path, {"d.yml": DEPLOYMENT, "foreign.yml": "a: 1\n"})
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    done = devkit("validate", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_option_is_exit_code_2() -> None:
    """Flags that do not exist end as everywhere."""
    assert devkit("validate", "--no-such-flag").returncode == 2


def test_names_of_the_command_line_complete_a_file(tmp_path: Path) -> None:
    """-e gives what the file leaves out, as with az."""
    write(tmp_path, {"d.yml": DEPLOYMENT.replace("endpoint_name: shop\n", "")})
    assert "DK108" in devkit("validate", "d.yml", cwd=tmp_path).stdout
    assert "no findings" in devkit("validate", "-e", "shop", "d.yml", cwd=tmp_path).stdout


def test_select_and_ignore_choose_the_rules(tmp_path: Path) -> None:
    """Only the chosen rules speak."""
    write(tmp_path, {"d.yml": DEPLOYMENT.replace("instance_count: 1", "instance_count: 90") + "nmae: x\n"})
    selected = json.loads(devkit("validate", "--format", "json", "--select", "dk106", cwd=tmp_path).stdout)
    ignored = json.loads(devkit("validate", "--format", "json", "--ignore", "DK106", cwd=tmp_path).stdout)
    assert ({each["code"] for each in selected}, {each["code"] for each in ignored}) == ({"DK106"}, {"DK112"})


@pytest.mark.parametrize("output", ["json", "sarif", "github"])
def test_other_formats_print_nothing_else(tmp_path: Path, output: str) -> None:
    """A program that reads the output gets the findings and no summary."""
    write(tmp_path, {"d.yml": DEPLOYMENT + "nmae: x\n"})
    done = devkit("validate", "--format", output, cwd=tmp_path)
    assert done.returncode == 1
    assert "no findings" not in done.stdout
    if output == "github":
        assert done.stdout.startswith("::error file=d.yml,line=6,col=1")
    else:
        json.loads(done.stdout)


def test_a_rule_explains_itself() -> None:
    """By code or by name, in any letter case; an unknown one is told the nearest."""
    assert "DK112 limit (error)" in devkit("rule", "dk112").stdout
    assert devkit("rule", "limit").stdout == devkit("rule", "DK112").stdout
    wrong = devkit("rule", "unknow-key")
    assert wrong.returncode == 2
    assert "Did you mean unknown-key?" in wrong.stderr
    assert len(devkit("rule", "all").stdout.splitlines()) > 50


def test_doctor_ends_well_whatever_it_finds() -> None:
    """It names every probe and never fails."""
    done = devkit("doctor", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = {each["name"]: each for each in json.loads(done.stdout)}
    assert found["Python"]["state"] == "ok"
    assert found["Import names"]["state"] == "ok"
    assert all(each["remedy"] for each in found.values() if each["state"] == "problem")
    assert devkit("doctor").returncode == 0


def test_schemas_are_written_for_every_kind(tmp_path: Path) -> None:
    """Each file is JSON and says which draft it is."""
    done = devkit("schema", "export", tmp_path / "schemas")
    assert done.returncode == 0, done.stderr
    files = sorted((tmp_path / "schemas").iterdir())
    assert "managedOnlineDeployment.schema.json" in {path.name for path in files}
    assert all("$schema" in json.loads(path.read_text()) for path in files)
    assert json.loads(devkit("schema", "export", "--kind", "model").stdout)["title"]


def test_version_and_help_are_there() -> None:
    """--version and -h answer and end with 0; without a command the help is shown."""
    assert devkit("--version").stdout.startswith("devkit ")
    assert "validate" in devkit("-h").stdout


def test_serve_refuses_what_it_cannot_serve(tmp_path: Path) -> None:
    """An endpoint, or a deployment without a local script, is told in one message."""
    write(tmp_path, {"e.yml": ENDPOINT, "d.yml": DEPLOYMENT, "src/score.py": SCRIPT})
    for name, said in (("e.yml", "no online deployment"), ("d.yml", "no scoring script")):
        done = devkit("serve", name, cwd=tmp_path)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("flags", "expected"), [([], "model"), (["--model_dir", "other"], "other")], ids=["the deployment's", "the flag's"]
)
def test_serve_takes_the_model_of_the_deployment_that_uses_the_script(
    tmp_path: Path, flags: list[str], expected: str
) -> None:
    """`devkit serve score.py` serves with the model of the deployment near it, and says so; a flag wins."""
    code = "model:\n  path: model/weights.json\ncode_configuration:\n  code: src\n  scoring_script: score.py\n"
    write(tmp_path, {"blue.yml": DEPLOYMENT + code, "src/score.py": SCRIPT})
    done = devkit("serve", "src/score.py", "--show-settings", *flags, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert ("blue.yml uses score.py" in done.stdout) == (not flags)
    (model_dir,) = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("  model_dir ")]
    assert Path(model_dir).name == expected


def test_the_help_loads_nothing_that_it_does_not_need() -> None:
    """What makes a start slow waits until a command runs: documents, rules, the server, the terminal's colours."""
    ask = "import sys; from devkit.cli import app; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60, check=True)
    assert not {"pydantic", "yaml", "rich", "flask", "pygls", "lsprotocol", "granian"} & set(done.stdout.split())


def test_a_shell_completes_commands() -> None:
    """What the completion script of bash asks is answered with the commands that fit."""
    asked = os.environ | {"_DEVKIT_COMPLETE": "complete_bash", "COMP_WORDS": "devkit val", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "devkit"], env=asked, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["validate"]


def test_vscode_writes_what_f5_needs_and_keeps_what_is_there(tmp_path: Path) -> None:
    """The files appear for the deployments of the folder; an edit survives a second run, and a broken file stops it."""
    code = "code_configuration:\n  code: src\n  scoring_script: score.py\n"
    write(tmp_path, {"blue.yml": DEPLOYMENT + code, "src/score.py": SCRIPT, "e.yml": ENDPOINT})
    launch = tmp_path / ".vscode" / "launch.json"
    assert "+++" in devkit("vscode", "--dry-run", cwd=tmp_path).stdout
    assert not launch.exists()
    assert devkit("vscode", cwd=tmp_path).returncode == 0
    assert '"devkit: debug blue.yml"' in launch.read_text()
    edited = launch.read_text().replace('"justMyCode": true', '"justMyCode": false /* mine */', 1)
    launch.write_text(edited)
    again = devkit("vscode", cwd=tmp_path)
    assert "is yours and differs" in again.stdout
    assert launch.read_text() == edited
    launch.write_text('{"version" 1}')
    refused = devkit("vscode", "--force", cwd=tmp_path)
    assert (refused.returncode, "launch.json:1:12: a colon is missing" in refused.stderr) == (2, True), refused.stderr
