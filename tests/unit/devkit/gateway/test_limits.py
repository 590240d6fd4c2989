from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devkit.gateway.limits import DismissedError, Gate, TooManyError

if TYPE_CHECKING:
    from collections.abc import Coroutine

LONG = 60.0


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(coroutine, 20))


async def settle() -> None:
    """Let every task that can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_twice_the_slots_are_taken_and_the_next_is_refused_at_once() -> None:
    """`slots` are in hand, as many wait, and the one above that gets no place."""

    async def scenario() -> None:
        gate = Gate(2, LONG)
        tasks = [asyncio.create_task(gate.enter()) for _ in range(4)]
        await settle()
        assert (gate.active, gate.waiting) == (2, 2)
        with pytest.raises(TooManyError, match="2 requests are being answered and 2 wait"):
            await gate.enter()
        gate.leave()
        gate.leave()
        await asyncio.gather(*tasks)
        assert (gate.active, gate.waiting) == (2, 0)

    run(scenario())


def test_who_waits_too_long_is_refused_and_leaves_the_queue() -> None:
    """After `wait_s` the request is told so, and its place is free."""

    async def scenario() -> None:
        gate = Gate(1, 0.01)
        await gate.enter()
        with pytest.raises(TooManyError, match=r"within 0\.01 s"):
            await gate.enter()
        assert (gate.active, gate.waiting) == (1, 0)

    run(scenario())


def test_a_waiter_that_is_cancelled_leaves_its_place_to_the_next() -> None:
    """A client that hangs up while waiting takes no slot, and the one behind it moves up."""

    async def scenario() -> None:
        gate = Gate(2, LONG)
        await gate.enter()
        await gate.enter()
        first, second = asyncio.create_task(gate.enter()), asyncio.create_task(gate.enter())
        await settle()
        first.cancel()
        await settle()
        assert gate.waiting == 1
        gate.leave()
        await second
        assert (gate.active, gate.waiting) == (2, 0)

    run(scenario())


def test_a_waiter_that_is_cancelled_as_it_is_let_in_gives_its_slot_back() -> None:
    """No slot is lost between being let in and being cancelled."""

    async def scenario() -> None:
        gate = Gate(1, LONG)
        await gate.enter()
        waiter = asyncio.create_task(gate.enter())
        await settle()
        gate.leave()
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
        assert (gate.active, gate.waiting) == (0, 0)

    run(scenario())


def test_a_larger_gate_lets_waiters_in_at_once() -> None:
    """A live change of the limit counts for those who wait already."""

    async def scenario() -> None:
        gate = Gate(1, LONG)
        await gate.enter()
        waiter = asyncio.create_task(gate.enter())
        await settle()
        gate.resize(2, LONG)
        await waiter
        assert gate.active == 2

    run(scenario())


def test_a_smaller_gate_lets_go_on_what_is_in_hand() -> None:
    """After a shrink nobody new gets in until enough have left."""

    async def scenario() -> None:
        gate = Gate(2, LONG)
        await gate.enter()
        await gate.enter()
        gate.resize(1, LONG)
        waiter = asyncio.create_task(gate.enter())
        await settle()
        gate.leave()
        await settle()
        assert not waiter.done()
        gate.leave()
        await waiter
        assert gate.active == 1

    run(scenario())


def test_those_who_wait_for_a_deleted_deployment_are_told() -> None:
    """They can be routed anew instead of waiting for nothing."""

    async def scenario() -> None:
        gate = Gate(1, LONG)
        await gate.enter()
        waiter = asyncio.create_task(gate.enter())
        await settle()
        gate.dismiss()
        with pytest.raises(DismissedError):
            await waiter
        assert gate.waiting == 0

    run(scenario())


STEPS = st.lists(st.tuples(st.sampled_from(["enter", "leave", "cancel", "resize"]), st.integers(0, 5)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_no_slot_is_ever_lost_or_given_twice(steps: list[tuple[str, int]]) -> None:
    """Whatever comes in whatever order: at the end everybody has left and the gate is empty."""

    async def scenario() -> None:
        gate = Gate(2, LONG)
        tasks: list[asyncio.Task[None]] = []
        inside = 0
        for step, number in steps:
            await settle()
            entered = [task for task in tasks if task.done() and not task.cancelled() and task.exception() is None]
            if step == "enter":
                tasks.append(asyncio.create_task(gate.enter()))
            elif step == "leave" and len(entered) > inside:
                gate.leave()
                inside += 1
            elif step == "cancel" and tasks:
                tasks[number % len(tasks)].cancel()
            elif step == "resize":
                gate.resize(number, LONG)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(sum(result is None for result in results) - inside):
            gate.leave()
        assert (gate.active, gate.waiting) == (0, 0)

    run(scenario())
