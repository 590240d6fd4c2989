"""Requests go on while traffic changes and both colours are rolled over: none is lost, none goes astray."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import urllib3

from tests.support.workbench import ECHO, until

if TYPE_CHECKING:
    from tests.support.workbench import Workbench

REQUESTS = 3000
CLIENTS = 4
SIGMAS = 6
ROOM = {"maxConcurrentRequestsPerInstance": 20, "maxQueueWait": "PT5S", "requestTimeout": "PT30S"}
"""So that no request is refused for want of room: that would be no loss, but the service's rule."""


class Load:
    """Requests from several clients until told to stop, and until there were enough."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        self.failures: list[Any] = []
        self.answered: list[tuple[float, str]] = []
        """When each was sent, and who answered."""
        self._address, self._headers = address, headers
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    @property
    def answers(self) -> list[str]:
        """Who answered."""
        return [by for _, by in self.answered]

    def finish(self) -> None:
        """Let it come to its number, and end."""
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        pool = urllib3.PoolManager(maxsize=1)
        for number in itertools.count():
            if self._enough.is_set() and number >= REQUESTS / CLIENTS:
                return
            sent = time.monotonic()
            try:
                answer = pool.request("POST", self._address, json={}, headers=self._headers, retries=False, timeout=30)
            except urllib3.exceptions.HTTPError as error:
                self.failures.append(error)
                continue
            if answer.status == 200:
                self.answered.append((sent, answer.json()["answer"]))
            else:
                self.failures.append((answer.status, answer.data))


def test_no_request_is_lost(bench: Workbench) -> None:
    """3,000 requests during ten traffic changes and two roll-outs are all answered, by deployments with traffic."""
    bench.endpoint("shop")
    for colour in ("blue", "green", "grey"):
        bench.deploy("shop", colour, bench.code(ECHO.replace("ANSWER", colour), colour), requestSettings=ROOM)
    made = bench.endpoint("shop", traffic={"blue": 100})
    key = bench.client.list_keys("shop")["primaryKey"]
    load = Load(made["properties"]["scoringUri"], {"Authorization": f"Bearer {key}"})
    try:
        for share in range(10, 101, 10):
            bench.endpoint("shop", traffic={"blue": 100 - share, "green": share})
            if share in {30, 60}:
                colour = "blue" if share == 30 else "green"
                newer = bench.code(ECHO.replace("ANSWER", f"new {colour}"), f"new-{colour}")
                bench.deploy("shop", colour, newer, requestSettings=ROOM)
        changed, before = time.monotonic(), len(load.answered)
        until(lambda: len(load.answered) > before + 200, "requests are answered after the last change")
    finally:
        load.finish()
    assert load.failures == []
    assert len(load.answers) >= REQUESTS
    assert set(load.answers) == {"blue", "new blue", "green", "new green"}
    assert {by for sent, by in load.answered if sent > changed} == {"new green"}, "blue has 0 percent by now"
    assert bench.score("shop")["answer"]["answer"] == "new green"


def test_the_split_is_as_told(bench: Workbench) -> None:
    """Of a thousand requests each deployment gets its share, within six sigma."""
    bench.endpoint("split")
    for colour in ("blue", "green"):
        bench.deploy("split", colour, bench.code(ECHO.replace("ANSWER", colour), colour), requestSettings=ROOM)
    made = bench.endpoint("split", traffic={"blue": 90, "green": 10})
    key = bench.client.list_keys("split")["primaryKey"]
    pool = urllib3.PoolManager()
    headers = {"Authorization": f"Bearer {key}"}
    asked = [pool.request("POST", made["properties"]["scoringUri"], json={}, headers=headers) for _ in range(1000)]
    counts = Counter(answer.json()["answer"] for answer in asked)
    assert abs(counts["green"] - 100) <= SIGMAS * (1000 * 0.1 * 0.9) ** 0.5
    assert counts["blue"] + counts["green"] == 1000
