"""az's nouns and verbs, typed in a workspace with a real control plane: what goes wrong, and what it ends with."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.projects import CONDA, DEPLOYMENT, write
from tests.support.typing_commands import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.typing_commands import Done

    Typed = Callable[..., Done]

EXAMPLE = Path(__file__).parents[4] / "examples" / "blue-green"
BLUE = ("online-deployment", "create", "-f", "blue-deployment.yml", "--python", sys.executable)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example with blue running; stopped afterwards."""
    folder = tmp_path_factory.mktemp("nouns") / "shop"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".devkit", "__pycache__"))
    assert typed([*BLUE], folder).code == 0
    yield folder
    typed(["down"], folder)


@pytest.fixture
def devkit(workspace: Path) -> Typed:
    """Type a command in the workspace: exit code, stdout, stderr."""
    return lambda *words: typed([*words], workspace)


def test_a_deployment_makes_its_endpoint(devkit: Typed) -> None:
    """As `az … --local` does: blue was created without an endpoint, which has a key and no traffic now."""
    code, printed, _ = devkit("online-endpoint", "show", "-n", "house-prices")
    assert code == 0
    shown = json.loads(printed)
    assert (shown["auth_mode"], shown["traffic"]) == ("key", {})


def test_a_failed_invoke_tells_status_body_and_traceback(devkit: Typed, workspace: Path) -> None:
    """The exit code is not 0, nothing is on stdout, and the script's own line is named."""
    (workspace / "bad.json").write_text("{}")
    asked = ("online-endpoint", "invoke", "-n", "house-prices", "-d", "blue", "-r", "bad.json")
    code, printed, told = devkit(*asked)
    assert (code, printed) == (1, "")
    assert "424" in told
    assert "the container's own status: 500" in told
    assert told.rstrip().endswith("KeyError: 'square_metres'")


def test_an_endpoint_without_traffic_answers_404(devkit: Typed) -> None:
    """There is no traceback to show then, and none is looked for."""
    code, _, told = devkit("online-endpoint", "invoke", "-n", "house-prices", "-r", "sample-request.json")
    assert code == 1
    assert "404" in told


def test_what_exists_is_not_created_again(devkit: Typed) -> None:
    """The message has the command that changes it."""
    code, _, told = devkit(*BLUE)
    assert code == 3
    assert "devkit online-deployment update -f blue-deployment.yml" in told


def test_what_does_not_exist_is_named(devkit: Typed) -> None:
    """With the service's code for it."""
    code, _, told = devkit("online-deployment", "show", "-n", "pink", "-e", "house-prices")
    assert code == 1
    assert "ResourceNotFound" in told
    assert "pink" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("online-endpoint", "delete", "-n", "house-prices"),
        ("online-endpoint", "create"),
        ("online-endpoint", "update", "-n", "house-prices", "--traffic", "blue"),
        ("online-endpoint", "regenerate-keys", "-n", "house-prices", "--key-type", "third"),
        ("online-endpoint", "invoke", "-n", "house-prices", "-r", "no-such-file.json"),
        ("online-deployment", "create"),
        ("online-deployment", "create", "-f", "blue-deployment.yml", "--all-traffic", "--no-wait"),
        ("online-deployment", "create", "-f", "blue-deployment.yml", "-n", "x", "--runtime", "podman"),
        ("online-deployment", "update", "-n", "blue"),
        ("online-deployment", "get-logs", "-n", "blue", "-e", "house-prices", "-c", "nginx"),
        ("model", "delete", "-n", "prices", "-y"),
        ("model", "create", "-n", "prices", "-p", "no-such-folder"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(devkit: Typed, arguments: tuple[str, ...]) -> None:
    """Wrong usage ends with 2 and a sentence, never with a question that nobody answers."""
    code, printed, told = devkit(*arguments)
    assert (code, printed) == (2, "")
    assert told.startswith("devkit: ")


def test_a_file_with_mistakes_is_shown_and_not_sent(devkit: Typed, workspace: Path) -> None:
    """The findings look as in `devkit validate`."""
    write(workspace / "wrong", {"wrong.yml": f"{DEPLOYMENT}instance_typ: x\n"})
    code, _, told = devkit("online-deployment", "create", "-f", "wrong/wrong.yml")
    assert code == 1
    assert "error DK106" in told
    assert "nothing was sent" in told
    assert devkit("online-endpoint", "show", "-n", "shop")[0] == 1


def test_a_script_that_fails_to_start_shows_its_own_error(devkit: Typed, workspace: Path) -> None:
    """Not "container crashed": the exception of init(), and the deployment says that it has failed."""
    broken = "import json\n\n\ndef init():\n    json.loads('no')\n\n\ndef run(data):\n    return data\n"
    code_keys = "code_configuration:\n  code: src\n  scoring_script: score.py\n"
    environment = "environment:\n  image: mcr.microsoft.com/azureml/x:20260101.v1\n  conda_file: conda.yml\n"
    write(
        workspace / "broken",
        {"b.yml": DEPLOYMENT + code_keys + environment, "src/score.py": broken, "conda.yml": CONDA},
    )
    flags = ("-n", "broken", "-e", "house-prices", "--python", sys.executable)
    code, _, told = devkit("online-deployment", "create", "-f", "broken/b.yml", *flags)
    assert code != 0
    assert "JSONDecodeError" in told
    _, shown, _ = devkit(
        "online-deployment", "show", "-n", "broken", "-e", "house-prices", "--query", "provisioning_state"
    )
    assert shown == '"Failed"\n'
    assert devkit("online-deployment", "delete", "-n", "broken", "-e", "house-prices", "-y")[0] == 0


def test_a_key_is_replaced_and_the_other_stays(devkit: Typed) -> None:
    """As the service rotates keys."""
    before = json.loads(devkit("online-endpoint", "get-credentials", "-n", "house-prices")[1])
    after = json.loads(devkit("online-endpoint", "regenerate-keys", "-n", "house-prices", "--key-type", "primary")[1])
    assert after["primaryKey"] != before["primaryKey"]
    assert after["secondaryKey"] == before["secondaryKey"]


def test_a_model_in_use_stays(devkit: Typed, workspace: Path) -> None:
    """Deleting it is refused with the deployment's name; without one that uses it, it goes."""
    name, version = "linear", "7"
    assert devkit("model", "create", "-n", name, "-v", version, "-p", "models/linear.json")[0] == 0
    file = (workspace / "blue-deployment.yml").read_text()
    (workspace / "by-reference.yml").write_text(
        file.replace("\n  path: models/linear.json", f" azureml:{name}:{version}")
    )
    update = ("online-deployment", "update", "-f", "by-reference.yml")
    assert devkit(*update)[0] == 0
    code, _, told = devkit("model", "delete", "-n", name, "-v", version, "-y")
    assert code == 1
    assert "blue" in told
    assert devkit("online-deployment", "update", "-f", "blue-deployment.yml")[0] == 0
    assert devkit("model", "delete", "-n", name, "-v", version, "-y")[0] == 0


def test_watch_and_list_tell_what_runs(devkit: Typed) -> None:
    """Without a terminal watch looks once and gives data."""
    rows = json.loads(devkit("online-deployment", "watch", "-e", "house-prices")[1])
    assert [(row["name"], row["state"], row["ready"]) for row in rows] == [("blue", "Ready", True)]
    listed = json.loads(devkit("online-deployment", "list", "-e", "house-prices")[1])
    assert [each["name"] for each in listed] == ["blue"]


@pytest.mark.parametrize(
    "which", [("online-endpoint", "-n", "house-prices"), ("online-deployment", "-n", "blue", "-e", "house-prices")]
)
def test_update_removes_what_az_would_remove(devkit: Typed, which: tuple[str, ...]) -> None:
    """`--set` adds tags, `--remove` takes one away and leaves the other, and a slip in a path changes nothing."""
    noun, *names = which
    assert devkit(noun, "update", *names, "--set", "tags.team=numbers", "tags.cost=low").code == 0
    code, printed, told = devkit(noun, "update", *names, "--remove", "tags.cost")
    assert code == 0, told
    assert json.loads(printed)["tags"] == {"team": "numbers"}
    code, _, told = devkit(noun, "update", *names, "--remove", "tags.none")
    assert code == 2
    assert "--remove tags.none: there is no such property" in told
    assert json.loads(devkit(noun, "show", *names).out)["tags"] == {"team": "numbers"}
    assert devkit(noun, "update", *names, "--remove", "tags").code == 0
    assert not json.loads(devkit(noun, "show", *names).out).get("tags")
