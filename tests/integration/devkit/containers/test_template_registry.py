"""The shipped templates in a registry: the dev container CLI takes them from nowhere else."""

from __future__ import annotations

import json
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from devkit.devcontainer.templates import TEMPLATES, read_template
from tests.support.dev_containers import ROOT, require_cli, result_of, run_cli
from tests.support.docker_engine import require_engine, require_image
from tests.support.ports import free_port
from tests.support.registry import registry as registry_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

_NAMESPACE = "devkit/templates"
_WHEEL = "stand_in-1.0-py3-none-any.whl"
_LOOK = """\
id -un
ls -d $AML_APP_ROOT $AZUREML_MODEL_DIR/model
$AZUREML_INFERENCE_PYTHON_PATH/python -c 'import stand_in, sys; print(sys.path[-1])'
"""


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's docker-registry on loopback with the templates in it; its address."""
    require_cli()
    with registry_over(tmp_path_factory.mktemp("registry")) as port:
        address = f"localhost:{port}"  # over plain HTTP for the CLI
        where = ("--registry", address, "--namespace", _NAMESPACE)
        done = run_cli("templates", "publish", *where, str(ROOT / "devcontainer_templates"))
        assert set(result_of(done)) == set(TEMPLATES), done.stderr
        yield address


@pytest.fixture(scope="module")
def image_with_a_wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base image and a package in the server's place, so that no index is needed."""
    folder = tmp_path_factory.mktemp("image")
    with zipfile.ZipFile(folder / _WHEEL, "w") as wheel:
        wheel.writestr("stand_in.py", "")
        wheel.writestr("stand_in-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: stand-in\nVersion: 1.0\n")
        wheel.writestr("stand_in-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("stand_in-1.0.dist-info/RECORD", "")
    (folder / "Dockerfile").write_text(f"FROM {require_image()}\nCOPY {_WHEEL} /wheels/\n", encoding="utf-8")
    engine = require_engine()
    name = "devkit-test/with-a-wheel:latest"
    engine.images.build(path=str(folder), tag=name)
    yield name
    engine.close()


def apply(registry: str, template_id: str, folder: Path, **options: str) -> None:
    reference = f"{registry}/{_NAMESPACE}/{template_id}:latest"
    where = ("--workspace-folder", str(folder), "--template-id", reference, "--template-args", json.dumps(options))
    done = run_cli("templates", "apply", *where)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_a_template_is_applied_as_we_apply_it(registry: str, template_id: str, tmp_path: Path) -> None:
    """The CLI makes the same files of a template and its options as the generator starts from."""
    apply(registry, template_id, tmp_path, name="my endpoint")
    for name, text in read_template(template_id).apply({"name": "my endpoint"}).items():
        assert (tmp_path / name).read_text(encoding="utf-8") == text


def test_an_applied_template_comes_up(registry: str, image_with_a_wheel: str, tmp_path: Path) -> None:
    """By itself, without the kit: built with its conda environment, its user, and the server last on sys.path."""
    apply(registry, "cpu-inference", tmp_path, image=image_with_a_wheel, server=f"/wheels/{_WHEEL}")
    (tmp_path / "conda.yml").write_text("dependencies:\n  - python=3.11\n", encoding="utf-8")
    for name in ("src", "model"):
        (tmp_path / name).mkdir()
    configuration = tmp_path / ".devcontainer" / "devcontainer.json"
    text = configuration.read_text(encoding="utf-8")
    for port in (5001, 5678):
        text = text.replace(f"127.0.0.1:{port}:{port}", f"127.0.0.1:{free_port()}:{port}")
    configuration.write_text(text, encoding="utf-8")
    where = ("--workspace-folder", str(tmp_path))
    up = run_cli("up", *where)
    result = result_of(up)
    assert result["outcome"] == "success", up.stderr
    try:
        told = run_cli("exec", *where, "sh", "-c", _LOOK)
        assert told.returncode == 0, told.stderr
        code, model = "/var/azureml-app/src", "/var/azureml-app/azureml-models/model/1/model"
        assert told.stdout.split() == ["dockeruser", model, code, "/opt/endpoint-devkit"]
    finally:
        subprocess.run(["docker", "rm", "-f", result["containerId"]], capture_output=True, check=True)
