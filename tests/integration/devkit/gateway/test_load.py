"""Many requests at a time, while the configuration changes."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import aiohttp

from tests.support.gateways import KEY, FakeInstance, backend, until

if TYPE_CHECKING:
    from tests.support.gateways import RunningGateway

WORKERS = 8


class Answered(NamedTuple):
    """One request: when it was sent, when its answer was whole, and what it was."""

    sent: float
    done: float
    status: int
    by: str


async def load(port: int, count: int) -> list[Answered]:
    """Send `count` requests over kept connections, some at a time."""
    remaining = iter(range(count))
    answered: list[Answered] = []
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session:

        async def work() -> None:
            for _ in remaining:
                sent = time.monotonic()
                async with session.post(f"http://127.0.0.1:{port}/score", data=b"{}") as response:
                    told = await response.json()
                answered.append(Answered(sent, time.monotonic(), response.status, told.get("by", "")))

        await asyncio.gather(*(work() for _ in range(WORKERS)))
    return answered


def test_the_split_over_sockets_is_the_traffic(
    gateway: RunningGateway, blue: FakeInstance, green: FakeInstance
) -> None:
    """Within six sigma of ten percent."""
    gateway.use({"blue": backend(blue), "green": backend(green)}, {"blue": 90, "green": 10})
    count = 2000
    counted = Counter(each.by for each in asyncio.run(load(gateway.port, count)))
    assert sum(counted.values()) == count
    assert abs(counted["green-1"] - count * 0.1) < 6 * math.sqrt(count * 0.1 * 0.9)


def test_no_request_is_lost_in_changes_and_none_goes_to_zero_percent(gateway: RunningGateway) -> None:
    """3,000 requests, ten changes of the traffic with both colours updated and deleted in between."""
    plans = (
        {"blue-1": 100},
        {"blue-1": 90, "green-1": 10},
        {"green-1": 100},
        {"green-1": 50, "blue-1": 50},
        {"blue-2": 50, "green-1": 50},
        {"blue-2": 100},
        {"blue-2": 50, "green-2": 50},
        {"green-2": 100},
        {"blue-2": 1, "green-2": 99},
        {"green-2": 100},
        {"blue-2": 100},
    )
    with ExitStack() as stack:
        instances = {name: stack.enter_context(FakeInstance(name)) for plan in plans for name in plan}
        answered, changes = asyncio.run(load_through(gateway, plans, instances))
    assert Counter(each.status for each in answered) == {200: 3000}
    assert len(changes) == len(plans)
    assert [each for each in answered if each.by not in allowed(each, changes)] == []


def _answered(instances: dict[str, FakeInstance], count: int) -> bool:
    return sum(len(each.seen) for each in instances.values()) >= count


class Change(NamedTuple):
    """A plan, and the moments between which it came into force."""

    begun: float
    done: float
    plan: dict[str, int]


async def load_through(
    gateway: RunningGateway, plans: tuple[dict[str, int], ...], instances: dict[str, FakeInstance]
) -> tuple[list[Answered], list[Change]]:
    """The load, and the changes that were made meanwhile: one after every twelfth of it."""
    changes: list[Change] = []

    def change(plan: dict[str, int]) -> None:
        begun = time.monotonic()
        colours = {name.partition("-")[0]: name for name in plan}
        backends = {colour: backend(instances[name]) for colour, name in colours.items()}
        gateway.use(backends, {colour: plan[name] for colour, name in colours.items()})
        changes.append(Change(begun, time.monotonic(), plan))

    await asyncio.to_thread(change, plans[0])
    loading = asyncio.create_task(load(gateway.port, 3000))
    for number, plan in enumerate(plans[1:], 1):
        await asyncio.to_thread(until, partial(_answered, instances, number * 250))
        await asyncio.to_thread(change, plan)
    assert not loading.done()
    return await loading, changes


def allowed(request: Answered, changes: list[Change]) -> set[str]:
    """Every instance that may have been in force at some moment of the request."""
    ends = [change.done for change in changes[1:]] + [math.inf]
    return {
        name
        for change, end in zip(changes, ends, strict=True)
        if change.begun <= request.done and end >= request.sent
        for name in change.plan
    }
