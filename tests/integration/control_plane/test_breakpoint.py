"""A debugger attached to an instance: nothing that has a time limit ends the request it holds."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from tests.support.dap import DapClient
from tests.support.workbench import until

if TYPE_CHECKING:
    from tests.support.workbench import Workbench

SCRIPT = """\
def init():
    pass

def run(data):
    answer = "held"
    return answer
"""
_LINE = 6
_HELD_SECONDS = 60.0
_PROBE = {"initialDelay": "PT10S", "period": "PT1S", "timeout": "PT2S", "failureThreshold": 10}
_LIMITS = {"requestTimeout": "PT2S"}


def test_a_request_held_at_a_breakpoint_for_a_minute_is_answered(bench: Workbench) -> None:
    """Past its time limit and a minute of probes that would fail, the same instance answers; `show` tells why."""
    bench.endpoint("held")
    code = bench.code(SCRIPT, "held")
    limits = {"livenessProbe": _PROBE, "readinessProbe": _PROBE, "requestSettings": _LIMITS}
    bench.deploy("held", "blue", code, properties={"devkit.dev": "true"}, **limits)
    bench.endpoint("held", traffic={"blue": 100})
    (before,) = bench.client.list_instances("held", "blue")
    script = bench.folder / "code-held" / "score.py"
    answers: list[Any] = []
    with DapClient.connect(before["debugPort"]) as editor:
        editor.attach({script: [_LINE]})
        until(lambda: "devkit.debugger" in _told(bench), "show says that a debugger is attached")
        request = threading.Thread(target=lambda: answers.append(bench.score("held", timeout_s=120)))
        request.start()
        stop = editor.stopped()
        ends = time.monotonic() + _HELD_SECONDS
        until(lambda: time.monotonic() > ends or answers, "the minute is over", _HELD_SECONDS + 10)
        assert answers == []
        (held,) = bench.client.list_instances("held", "blue")
        editor.resume(stop)
        request.join(timeout=30)
        editor.disconnect()
    assert answers == [{"status": 200, "answer": "held"}]
    assert (held["state"], held["restarts"], held["ports"]) == ("Ready", 0, before["ports"])
    until(lambda: "devkit.debugger" not in _told(bench), "show says nothing of a debugger that has gone")


def _told(bench: Workbench) -> Any:
    return bench.client.get_deployment("held", "blue")["properties"]["properties"]
