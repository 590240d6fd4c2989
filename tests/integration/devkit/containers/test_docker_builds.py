"""Images that are built: from a conda file, and from a build context of the user's own."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from devkit.runtime.plan import CodePlan, EnvironmentPlan, Flavour, ModelPlan, Route, Routes
from devkit.runtime.protocol import CannotRunError
from tests.support.docker_engine import ask, require_image

if TYPE_CHECKING:
    from devkit.runtime.plan import DeploymentPlan
    from tests.support.docker_engine import Bench

pytestmark = [pytest.mark.docker]

EXAMPLES = Path(__file__).resolve().parents[4] / "examples"
SERVER = """\
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer({"live": True} if self.path.startswith("/v2/health/") else None)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        weight = int((Path(os.environ["AZUREML_MODEL_DIR"]) / "model" / "weights.txt").read_text())
        data = [weight * each for each in body["inputs"][0]["data"]]
        self.answer({"outputs": [{"name": "out", "shape": [len(data)], "datatype": "INT64", "data": data}]})

    def answer(self, content):
        body = json.dumps(content).encode()
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""


@pytest.mark.timeout(400)
def test_the_sklearn_example_answers(bench: Bench) -> None:
    """The shipped example: image and conda file, a model trained by the environment that serves it."""
    import yaml

    folder = EXAMPLES / "sklearn"
    conda = yaml.safe_load((folder / "conda.yml").read_text(encoding="utf-8"))
    shutil.copytree(folder, bench.root / "sklearn", ignore=shutil.ignore_patterns("*.joblib"))
    model = bench.root / "sklearn" / "model"
    model.mkdir(exist_ok=True)
    model.chmod(0o777)
    plan = bench.plan(
        "",
        code=CodePlan(folder / "src", "src", "score.py"),
        model=ModelPlan(model, "diabetes", "1"),
        environment=EnvironmentPlan(require_image(), conda),
    )
    image = bench.prepare(plan).details["image"]
    training = {str(bench.root / "sklearn"): {"bind": "/work", "mode": "rw"}}
    python = "/opt/miniconda/envs/inf-conda-env/bin/python"
    bench.engine.containers.run(image, [python, "/work/train.py"], volumes=training, remove=True)
    status, text = ask(bench.start(plan).url(5001, "/score"), (folder / "sample-request.json").read_bytes())
    assert status == 200, text
    assert len(json.loads(text)["predictions"]) == len(json.loads((folder / "sample-request.json").read_text())["data"])
    assert bench.progress == []


@pytest.mark.parametrize("kind", ["conda file", "Dockerfile"])
def test_a_secret_is_seen_by_the_build_and_kept_nowhere(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The build reads it; neither the image's history, its configuration nor any layer has it.

    The builds differ each time: a secret is no part of what the engine caches by.
    """
    secret = f"s3cret-{os.getpid()}-{kind[0]}"
    monkeypatch.setenv("DEVKIT_BUILD_SECRET_INDEX_TOKEN", secret)
    plan = _with_private_index(bench) if kind == "conda file" else _with_secret_mount(bench)
    image = bench.engine.images.get(bench.prepare(plan).details["image"])
    try:
        assert any(secret in line for line in bench.progress), "the build printed what it read"
        assert secret not in json.dumps([image.attrs, image.history()])
        assert secret.encode() not in b"".join(image.save())
    finally:
        bench.engine.images.remove(image.id, force=True)


def _with_private_index(bench: Bench) -> DeploymentPlan:
    """Pip tells which indexes it looks in."""
    pip = ["--extra-index-url https://127.0.0.1:9/${INDEX_TOKEN}/simple", "pip"]
    conda = {"name": uuid4().hex, "dependencies": ["python=3.11", {"pip": pip}]}
    return bench.plan("", environment=EnvironmentPlan(require_image(), conda))


def _with_secret_mount(bench: Bench) -> DeploymentPlan:
    plan = _own_server(bench)
    context = plan.environment.build_context
    assert context is not None
    dockerfile = context / "Dockerfile"
    read = f"RUN --mount=type=secret,id=INDEX_TOKEN,mode=0444 cat /run/secrets/INDEX_TOKEN # {uuid4().hex}\n"
    dockerfile.write_text(dockerfile.read_text(encoding="utf-8") + read, encoding="utf-8")
    return plan


def test_a_build_that_fails_tells_what_pip_said(bench: Bench) -> None:
    """The error has the service's name for it and the end of the log, and nothing is tagged."""
    conda = {"dependencies": ["python=3.11", {"pip": ["./not-there.whl"]}]}
    plan = bench.plan("", environment=EnvironmentPlan(require_image(), conda))
    before = {tag for image in bench.engine.images.list("endpoint-devkit") for tag in image.tags}
    with pytest.raises(CannotRunError, match=r"not-there\.whl") as failure:
        bench.prepare(plan)
    assert failure.value.code == "ImageBuildFailure"
    assert "not-there.whl" in failure.value.log
    assert "not-there.whl" in "\n".join(bench.progress)
    assert {tag for image in bench.engine.images.list("endpoint-devkit") for tag in image.tags} == before


def test_a_server_of_the_users_own(bench: Bench) -> None:
    """A KServe v2 server from a build context: its routes, its port, its command, its model at model_mount_path."""
    instance = bench.start(_own_server(bench))
    body = {"inputs": [{"name": "in", "shape": [2], "datatype": "INT64", "data": [1, 6]}]}
    status, text = ask(instance.url(8000, "/v2/models/m/infer"), json.dumps(body).encode())
    assert (status, json.loads(text)["outputs"][0]["data"]) == (200, [7, 42])
    container = bench.container(instance)
    assert container.attrs["Config"]["Cmd"] == ["python3", "/srv/server.py"]
    [mount] = container.attrs["Mounts"]
    assert (mount["Destination"], mount["RW"]) == ("/models/m/1/model", False)
    bench.prepare(_own_server(bench))
    assert bench.progress == []


def test_a_dockerfile_that_is_not_there(bench: Bench) -> None:
    """It is named, before docker is asked."""
    plan = _own_server(bench)
    context = plan.environment.build_context
    assert context is not None
    (context / "Dockerfile").unlink()
    with pytest.raises(CannotRunError, match=r"Dockerfile .*Dockerfile cannot be read"):
        bench.prepare(plan)


def _own_server(bench: Bench) -> DeploymentPlan:
    context = bench.root / "docker"
    context.mkdir(exist_ok=True)
    (context / "server.py").write_text(SERVER, encoding="utf-8")
    lines = (f"FROM {require_image()}", "COPY server.py /srv/server.py", "EXPOSE 8000")
    start = 'CMD ["python3", "/srv/server.py"]'
    (context / "Dockerfile").write_text("\n".join((*lines, start, "")), encoding="utf-8")
    return bench.plan(
        "",
        flavour=Flavour.CUSTOM,
        code=None,
        model_mount_path="/models",
        environment=EnvironmentPlan(build_context=context),
        routes=Routes(
            Route(8000, "/v2/models/m/infer"), Route(8000, "/v2/health/live"), Route(8000, "/v2/health/ready")
        ),
    )
