from __future__ import annotations

from devkit.endpoints.tracebacks import last_traceback

RAISED = """\
Traceback (most recent call last):
  File "score.py", line 3, in run
    return request["width"]
KeyError: 'width'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "score.py", line 5, in run
    raise ValueError("no width\\n  in the request") from error
ValueError: no width
  in the request
"""


def test_a_traceback_is_found_whole_with_its_cause() -> None:
    """The lines of the log around it stay away; the exception that it was raised from belongs to it."""
    log = f"2026-11-21 INFO started\n{RAISED}2026-11-21 INFO POST /score 500\n"
    assert last_traceback(log) == RAISED.rstrip("\n")


def test_the_last_of_several_is_taken() -> None:
    """The newest error is the one to look at."""
    other = 'Traceback (most recent call last):\n  File "a"\nKeyError: 1\n'
    assert last_traceback(f"{RAISED}x\n{other}y").splitlines()[-1] == "KeyError: 1"


def test_a_line_of_a_log_may_begin_it() -> None:
    """A logger writes its own words before a traceback's first line."""
    log = '2026-11-21 ERROR root | Traceback (most recent call last):\n  File "a"\nKeyError: 1\nnext'
    assert last_traceback(log).startswith("Traceback (most recent call last):\n  File")
    assert last_traceback(log).endswith("KeyError: 1")


def test_without_a_traceback_there_is_nothing() -> None:
    """A log without an error tells of none."""
    assert last_traceback("all well\n") == ""
