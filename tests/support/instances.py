"""Instances of the process runtime for tests: `with scoring(runtime, plan, folder) as instance`."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.runtime.plan import CodePlan, DeploymentPlan, Flavour
from devkit.runtime.protocol import InstanceState
from tests.support.server import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.runtime.protocol import Instance, Runtime

__all__ = ["ask", "await_ready", "code_of", "score", "script_plan", "serving"]


def code_of(folder: Path, text: str) -> CodePlan:
    """A code folder with a score.py of this text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "score.py").write_text(text, encoding="utf-8")
    return CodePlan(folder, folder.name, "score.py")


def script_plan(code: CodePlan, **more: Any) -> DeploymentPlan:
    """A deployment `e/blue` of a script."""
    return DeploymentPlan("e", "blue", Flavour.SCRIPT, code=code, **more)


def ask(instance: Instance, path: str, body: object = None, *, port: int = 5001) -> tuple[int, Any]:
    """GET `path` of an instance, or POST a body as JSON: the status, and the JSON or text of the answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(instance.url(port, path), data, headers)  # noqa: S310  on loopback
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  on loopback
            status, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            status, text = error.code, error.read().decode()
    try:
        return status, json.loads(text)
    except ValueError:
        return status, text


def score(instance: Instance, body: object) -> Any:
    """What POST /score answers, which must be 200."""
    status, answer = ask(instance, "/score", body)
    assert status == 200, answer
    return answer


def await_ready(runtime: Runtime, instance: Instance) -> None:
    """Wait until it answers its probe; AssertionError with its log when it ends instead."""

    def answers() -> bool:
        state, code = runtime.state(instance)
        folder = Path(instance.handle.get("folder", "."))
        assert state is InstanceState.RUNNING, f"{state} {code}:\n{runtime.logs(instance, folder, 100)}"
        try:
            return ask(instance, "/")[0] == 200
        except OSError:
            return False

    eventually(answers, f"{instance.name} is ready")


@contextmanager
def serving(runtime: Runtime, plan: DeploymentPlan, folder: Path, name: str = "e.blue.1.0") -> Iterator[Instance]:
    """One instance, ready when the block begins, ended for sure when it is left."""
    instance = runtime.start(plan, runtime.prepare(plan, lambda _: None), name, folder)
    try:
        await_ready(runtime, instance)
        yield instance
    finally:
        runtime.stop(instance, 5)
