"""The fast request line: the logger's own words, in order, and only while nothing else wants to see it."""

from __future__ import annotations

import io
import logging
import threading
import time
from itertools import count

import pytest

from inference_server import access_log
from inference_server.access_log import BufferedAccessLog
from inference_server.logs import LogFormatter

_names = count()


class Logged:
    """A logger of its own with one handler, and the access log that writes beside it.

    Made in the test, not in a fixture: pytest adds a handler to each logger that is there when a test begins.
    """

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(LogFormatter())
        self.logger = logging.getLogger(f"access{next(_names)}")
        self.logger.setLevel(logging.INFO)
        self.logger.propagate = False
        self.logger.addHandler(self.handler)
        self.access = BufferedAccessLog(self.logger, self.handler, self.stream)

    def lines(self) -> list[str]:
        """What is written, without time and process."""
        return [line.partition("] ")[2] for line in self.stream.getvalue().splitlines()]


@pytest.mark.parametrize("now", [1795246527.7091, 1795246527.0, 1795246528.0009, 0.5])
def test_the_line_is_the_one_the_logger_would_write(monkeypatch: pytest.MonkeyPatch, now: float) -> None:
    """Time, level, process, name and message are formatted to the letter as LogFormatter does it."""
    logged = Logged()
    monkeypatch.setattr(access_log.time, "time", lambda: now)
    monkeypatch.setattr(access_log, "FLUSH_INTERVAL", 3600)
    logged.access.write("POST", "/score?a=1", 200, 0.5334, "N/A")
    assert logged.lines() == []
    logged.access.flush()
    message = "POST /score?a=1 200 0.533ms N/A"
    record = logging.LogRecord(logged.logger.name, logging.INFO, "", 0, message, None, None)
    record.created, record.msecs = now, int((now - int(now)) * 1000)
    assert logged.stream.getvalue() == LogFormatter().format(record) + "\n"


def test_a_line_is_written_without_being_asked_for() -> None:
    """A thread writes what waits; a second line, after the thread has slept again, is written too."""
    logged = Logged()
    assert access_log.FLUSH_INTERVAL <= 0.1
    for number in (1, 2):
        logged.access.write("POST", "/score", 200, 1.0, number)
        deadline = time.monotonic() + 10
        while len(logged.lines()) < number:
            assert time.monotonic() < deadline
            time.sleep(0.005)
    assert [line[-1] for line in logged.lines()] == ["1", "2"]


@pytest.mark.parametrize("change", ["handler", "level", "filter", "handler level"])
def test_the_logger_gets_the_line_as_soon_as_something_else_wants_it(
    monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """A handler, a level or a filter that a script sets applies to request lines within a second."""
    logged = Logged()
    seen: list[str] = []
    other = logging.Handler()
    other.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]
    now = [1000.0]
    monkeypatch.setattr(access_log.time, "time", lambda: now[0])
    logged.access.write("GET", "/a", 200, 1.0, 1)
    if change == "handler":
        logged.logger.addHandler(other)
    elif change == "level":
        logged.logger.setLevel(logging.WARNING)
    elif change == "filter":
        logged.logger.addFilter(lambda record: "/b" not in record.getMessage())
    else:
        logged.handler.setLevel(logging.WARNING)
    now[0] += 1
    logged.access.write("GET", "/b", 200, 1.0, 1)
    logged.access.flush()
    assert [line.split()[3] for line in logged.lines()] == (["/a", "/b"] if change == "handler" else ["/a"])
    assert seen == (["GET /b 200 1.000ms 1"] if change == "handler" else [])


def test_a_slow_reader_holds_up_the_requests_not_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the writing thread writes itself."""
    logged = Logged()
    monkeypatch.setattr(access_log, "_MOST_WAITING", 10)
    monkeypatch.setattr(access_log, "FLUSH_INTERVAL", 3600)
    for number in range(12):
        logged.access.write("GET", "/", 200, 1.0, number)
    assert len(logged.lines()) >= 11


def test_a_closed_stream_does_not_fail_the_request() -> None:
    """The reader of the log may go away; requests go on."""
    logged = Logged()
    logged.stream.close()
    logged.access.write("GET", "/", 200, 1.0, 1)
    logged.access.flush()
    logged.access.flush()


def test_a_flush_waits_for_lines_that_another_thread_is_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever flushes before a line of its own finds the earlier lines written, not merely taken out to be written."""
    monkeypatch.setattr(access_log, "FLUSH_INTERVAL", 3600)
    logged = Logged()
    began, go_on = threading.Event(), threading.Event()

    class SlowStream(io.StringIO):
        def write(self, text: str) -> int:
            began.set()
            assert go_on.wait(20)
            return super().write(text)

    slow = SlowStream()
    access = BufferedAccessLog(logged.logger, logged.handler, slow)
    access.write("POST", "/score", 200, 1.0, 4)
    first = threading.Thread(target=access.flush)
    first.start()
    assert began.wait(20)
    seen: list[str] = []
    second = threading.Thread(target=lambda: (access.flush(), seen.append(slow.getvalue())))
    second.start()
    go_on.set()
    first.join()
    second.join()
    assert "POST /score 200" in seen[0]
