from __future__ import annotations

from typing import Any

import pytest

from devkit.control_plane.errors import OperationFailedError, ServiceError
from devkit.control_plane.polling import Answer, LongRunning, OperationStatus

QUICK = {"Retry-After": "0", "x-ms-retry-after-ms": "1"}


class Service:
    """Answers what it was given, in order, and notes what was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    def request(self, method: str, address: str) -> Answer:
        """One request."""
        self.asked.append(f"{method} {address}")
        return self._answers.pop(0)


def status(text: str, **more: Any) -> Answer:
    """The answer of a status resource."""
    return Answer(200, QUICK, {"status": text, **more})


def test_a_put_is_followed_by_its_status() -> None:
    """Azure-AsyncOperation is polled to its end, then the resource is fetched; progress is handed on."""
    service = Service(
        status("InProgress", properties={"devkit.progress": ["a"]}), status("Succeeded"), Answer(200, {}, {"name": "x"})
    )
    first = Answer(201, {"azure-asyncoperation": "status"}, {"name": "x", "properties": {}})
    told: list[OperationStatus] = []
    result = LongRunning("PUT", "resource", first, service.request).wait(told.append)
    assert result == {"name": "x"}
    assert service.asked == ["GET status", "GET status", "GET resource"]
    assert [(each.status, each.progress) for each in told] == [("InProgress", ("a",)), ("Succeeded", ())]


def test_a_deletion_is_followed_by_its_location() -> None:
    """Without a status resource, Location is polled until it is no longer 202."""
    service = Service(Answer(202, QUICK, {}), Answer(204, {}, {}))
    first = Answer(202, {"Location": "place", **QUICK}, {})
    assert LongRunning("DELETE", "resource", first, service.request).wait() == {}
    assert service.asked == ["GET place", "GET place"]


def test_a_failure_has_the_services_words() -> None:
    """A failed operation raises with code, message and log."""
    log = {"code": "Log", "message": "Traceback"}
    error = {"code": "ResourceNotReady", "message": "It ended.", "details": [log]}
    service = Service(status("Failed", error=error))
    first = Answer(200, {"Azure-AsyncOperation": "status"}, {})
    with pytest.raises(OperationFailedError, match=r"It ended\.") as caught:
        LongRunning("PUT", "resource", first, service.request).wait()
    assert (caught.value.code, caught.value.log) == ("ResourceNotReady", "Traceback")


def test_patience_ends() -> None:
    """Waiting ends at its limit, and says that the operation goes on."""
    service = Service(*[status("InProgress")] * 100)
    first = Answer(200, {"Azure-AsyncOperation": "status"}, {})
    with pytest.raises(ServiceError, match="goes on"):
        LongRunning("PUT", "resource", first, service.request).wait(timeout_s=0.01)


def test_an_answer_without_an_operation_is_the_end() -> None:
    """A plain 200 needs no polling."""
    service = Service(Answer(200, {}, {"name": "x"}))
    assert LongRunning("PUT", "resource", Answer(200, {}, {}), service.request).wait() == {"name": "x"}
