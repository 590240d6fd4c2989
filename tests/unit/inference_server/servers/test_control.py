from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from inference_server.servers.control import ACCEPT, FAILED, READY, STOP, Assignment, Control
from inference_server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def ends() -> Iterator[tuple[Control, Control]]:
    master, worker = map(Control, socket.socketpair())
    yield master, worker
    master.close()
    worker.close()


def test_a_worker_is_told_everything_in_the_first_message(ends: tuple[Control, Control]) -> None:
    """The assignment arrives as it was sent, and what follows it is not lost."""
    master, worker = ends
    assignment = Assignment(Settings(port=7001), (5, 6), 7, 1)
    master.assign(assignment)
    master.say(ACCEPT)
    assert worker.assigned() == assignment
    assert worker.heard() == [{"word": ACCEPT}]


def test_messages_arrive_whole_and_in_order(ends: tuple[Control, Control]) -> None:
    """Several at once are several, and line breaks inside a text do not cut it."""
    master, worker = ends
    worker.say(FAILED, message="two\nlines", exit_code=3)
    worker.say(READY)
    heard: list[dict[str, object]] = []
    while len(heard) < 2:
        heard += master.heard() or []
    assert heard == [{"word": FAILED, "message": "two\nlines", "exit_code": 3}, {"word": READY}]


def test_a_message_in_pieces_is_put_together() -> None:
    """A line is a message only when its end has come."""
    sender, receiver = socket.socketpair()
    with sender, receiver:
        control = Control(receiver)
        sender.sendall(b'{"word": "st')
        assert control.heard() == []
        sender.sendall(b'op"}\n')
        assert control.heard() == [{"word": STOP}]


def test_the_death_of_the_other_end_is_heard(ends: tuple[Control, Control]) -> None:
    """Reading says None, telling says nothing, and waiting for an assignment is an EOFError."""
    master, worker = ends
    master.close()
    assert worker.heard() is None
    worker.say(READY)
    with pytest.raises(EOFError):
        worker.assigned()
