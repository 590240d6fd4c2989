"""Live update and the debugger inside a container, on the folder that is edited."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.dap import DapClient
from tests.support.docker_engine import ask

if TYPE_CHECKING:
    from tests.support.docker_engine import Bench

pytestmark = [pytest.mark.docker]

SCRIPT = """\
def init():
    global model
    model = object()

def run(data):
    answer = "before"
    return [answer, id(model)]
"""


def test_a_saved_change_answers_and_the_debugger_stops_in_it(bench: Bench) -> None:
    """The mount carries the edit into the container, whose model stays; a breakpoint of this machine's file stops."""
    plan = bench.plan(SCRIPT, dev=True)
    instance = bench.start(plan)
    url = instance.url(5001, "/score")
    assert plan.code is not None
    script = plan.code.folder / "score.py"
    status, first = ask(url, b"{}")
    assert (status, "before" in first) == (200, True)
    script.write_text(SCRIPT.replace("before", "after"), encoding="utf-8")
    answer = _await_answer(url, "after")
    assert answer == first.replace("before", "after")

    assert instance.debug_port is not None
    with DapClient.connect(instance.debug_port) as editor:
        mapping = {"localRoot": str(plan.code.folder), "remoteRoot": "/var/azureml-app/src"}
        editor.attach({script: [7]}, pathMappings=[mapping])
        answers: list[tuple[int, str]] = []
        request = threading.Thread(target=lambda: answers.append(ask(url, b"{}")))
        request.start()
        stop = editor.stopped()
        assert (stop.top.path, stop.top.line, stop.top.name) == (str(script), 7, "run")
        assert editor.variables(stop.top)["answer"] == "'after'"
        editor.resume(stop)
        request.join(timeout=30)
        editor.disconnect()
    assert answers == [(200, answer)]


def _await_answer(url: str, wanted: str) -> str:
    deadline = time.monotonic() + 30
    while wanted not in (text := ask(url, b"{}")[1]):
        assert time.monotonic() < deadline, text
        time.sleep(0.05)
    return text
