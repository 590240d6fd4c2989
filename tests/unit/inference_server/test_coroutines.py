"""coroutines: event loops for threads that have none."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from inference_server.coroutines import Coroutines
from inference_server.deadline import ScoringTimeout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture
def coroutines() -> Iterator[Coroutines]:
    made = Coroutines(0.2)
    yield made
    made.close()


async def loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


async def failing() -> None:
    raise KeyError("x")


async def exiting() -> None:
    raise SystemExit(3)


async def letters() -> AsyncIterator[str]:
    yield "a"
    yield "b"


def test_one_loop_serves_requests_from_any_thread(coroutines: Coroutines) -> None:
    """What a coroutine left on its loop is there in the next request, whichever thread serves it."""
    with ThreadPoolExecutor(1) as pool:
        assert coroutines.run(loop()) is pool.submit(coroutines.run, loop()).result() is coroutines.run(loop())


def test_errors_pass_and_the_loop_stays(coroutines: Coroutines) -> None:
    """An exception of a coroutine is the caller's, and the loop goes on."""
    before = coroutines.run(loop())
    with pytest.raises(KeyError):
        coroutines.run(failing())
    assert coroutines.run(loop()) is before


def test_a_loop_that_was_left_anywhere_is_not_used_again(coroutines: Coroutines) -> None:
    """After SystemExit in a coroutine the next one has a new loop."""
    before = coroutines.run(loop())
    with pytest.raises(SystemExit):
        coroutines.run(exiting())
    assert before.is_closed()
    assert coroutines.run(loop()) is not before


def test_a_sleeping_coroutine_is_cancelled_at_the_limit(coroutines: Coroutines) -> None:
    """Await asyncio.sleep() does not outlast the limit, and the coroutine may clean up."""
    cleaned = []

    async def sleeper() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            cleaned.append(True)

    with pytest.raises(ScoringTimeout):
        coroutines.run(sleeper())
    assert cleaned == [True]


def test_a_coroutine_that_refuses_to_be_cancelled_is_left_behind(coroutines: Coroutines) -> None:
    """A coroutine that swallows its cancellation delays its caller by milliseconds only."""

    async def stubborn() -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(30)

    with pytest.raises(ScoringTimeout):
        coroutines.run(stubborn())
    assert coroutines.run(loop())


def test_the_limit_can_be_lifted_for_init(coroutines: Coroutines) -> None:
    """Async def init() may take longer than run()."""

    async def slow() -> str:
        await asyncio.sleep(0.3)
        return "done"

    assert coroutines.run(slow(), unlimited=True) == "done"


def test_asynchronous_iterators_become_plain_ones(coroutines: Coroutines) -> None:
    """The items of an asynchronous generator can be taken one by one by a thread."""
    assert list(coroutines.iterate(letters())) == ["a", "b"]


def test_closing_the_iterator_closes_the_generator(coroutines: Coroutines) -> None:
    """A client that goes away in mid-stream lets the asynchronous generator clean up."""
    closed: list[Any] = []

    async def generator() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    pieces = coroutines.iterate(generator())
    assert next(pieces) == 1
    pieces.close()  # type: ignore[attr-defined]
    assert closed == [True]
