from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.golden.replay import ReplayTarget, replay
from devkit.golden.requests import Answer, Golden, GoldenRequest
from devkit.golden.rules import Rules
from tests.support.echo import echoing
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def address() -> Iterator[str]:
    with echoing() as address:
        yield address


def asking(number: int) -> Golden:
    answer = {"asked": {"x": 1}, "path": "/score?v=1", "key": "Bearer k", "deployment": "blue", "number": number}
    request = GoldenRequest(path="/score?v=1", body={"x": 1})
    return Golden("echo", request, Answer(body=answer), Rules())


def test_a_replay_asks_and_judges(address: str) -> None:
    """Body, path, key and deployment arrive; the pieces of the answer are joined before they are compared."""
    [verdict] = replay([asking(-1)], ReplayTarget(address + "/", key="k", deployment="blue"))
    [failure] = verdict.failures
    assert failure.startswith("$.number: -1 became ")
    assert verdict.latency_ms is not None


def test_asked_twice_what_changes_by_itself_does_not_count(address: str) -> None:
    """With noise detection the growing number is told as unstable, and the request passes."""
    [verdict] = replay([asking(-1)], ReplayTarget(address, key="k", deployment="blue"), noise=True)
    assert verdict.passed
    assert verdict.unstable[0].startswith("$.number: -1 became ")


def test_a_server_that_is_not_there_is_a_failure_and_no_traceback() -> None:
    """Every request gets a verdict, whatever happens to the connection."""
    [verdict] = replay([asking(0)], ReplayTarget(f"http://127.0.0.1:{free_port()}"))
    assert "refused" in verdict.failures[0]
    assert verdict.latency_ms is None


def test_the_key_is_not_shown() -> None:
    """A target that ends up in a log or a traceback keeps its key to itself."""
    assert "secret" not in repr(ReplayTarget("http://localhost", key="secret"))
