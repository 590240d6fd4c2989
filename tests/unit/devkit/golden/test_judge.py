from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from devkit.golden.judge import Received, judge, unstable_places
from devkit.golden.paths import Pattern
from devkit.golden.requests import Answer, Golden, GoldenRequest
from devkit.golden.rules import Rules


def golden(rules: Rules | None = None, **answer: Any) -> Golden:
    return Golden("one", GoldenRequest(), Answer(**answer), rules or Rules())


def received(body: Any, status: int = 200, **more: Any) -> Received:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Received(status, content, **{"latency_ms": 5.0, **more})


@pytest.mark.parametrize(
    ("answer", "came", "failure"),
    [
        ({"body": {"p": 1}}, received({"p": 1}), None),
        ({"body": {"p": 1}}, received({"p": 2}), "$.p: 1 became 2, 1 off"),
        ({"body": {"p": 1}}, received(b"<html>"), "the body is no JSON: '<html>'"),
        ({"body": 1}, received({"message": "no"}, 424), 'status 200 became 424: \'{"message": "no"}\''),
        ({"text": "hello"}, received(b"hello"), None),
        ({"text": "hello"}, received(b"hallo"), "the body is another one: 5 bytes, 'hallo'"),
        ({"sha256": hashlib.sha256(b"png").hexdigest()}, received(b"png"), None),
        ({"text": "", "headers": {"X-A": "1"}}, received(b"", headers={"x-a": "1"}), None),
        ({"text": "", "headers": {"X-A": "1"}}, received(b""), "header X-A: '1' became None"),
        ({"status": 400, "text": "bad"}, received(b"bad", 400), None),
        ({"status": None, "body": 1}, received(1, 201), None),
        ({"status": None, "body": 1}, received({"message": "no"}, 424), "$: 1 became {'message': 'no'}"),
        ({"status": None, "text": "1"}, received(b"oh", 500), "the body is another one: 2 bytes, 'oh'"),
    ],
)
def test_an_answer_is_judged(answer: dict[str, Any], came: Received, failure: str | None) -> None:
    """Status, the headers that count, and the body in its form: JSON by value, all else byte by byte."""
    verdict = judge(golden(**answer), came)
    assert verdict.failures == (() if failure is None else (failure,))
    assert verdict.passed is (failure is None)


def test_a_latency_budget_is_kept() -> None:
    """A right answer that comes too late is no pass."""
    verdict = judge(golden(Rules(latency_ms=4), body=1), received(1))
    assert verdict.failures == ("took 5 ms, 4 are allowed",)


def test_what_differs_by_itself_is_told_and_does_not_count() -> None:
    """The same deployment asked twice shows what is noise; only the rest is a regression."""
    one = golden(body={"id": "a", "p": 1})
    noise = unstable_places(one, received({"id": "b", "p": 1}), received({"id": "c", "p": 1}))
    verdict = judge(one, received({"id": "b", "p": 2}), noise)
    assert verdict.failures == ("$.p: 1 became 2, 1 off",)
    assert verdict.unstable == ("$.id: 'a' became 'b'",)


def test_rules_hold_for_noise_too() -> None:
    """What is ignored is not called unstable, and bodies that are no JSON have no places."""
    one = golden(Rules(ignored=(Pattern.parse("$.id"),)), body={"id": "a"})
    assert unstable_places(one, received({"id": "b"}), received({"id": "c"})) == frozenset()
    assert unstable_places(one, received(b"x"), received(b"y")) == frozenset()
