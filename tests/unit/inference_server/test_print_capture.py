# ruff: noqa: T201  print is what is tested
"""A script's print() as log lines."""

from __future__ import annotations

import builtins
import contextlib
import io
import sys
import threading

import pytest

from inference_server.print_capture import captured_print


@pytest.fixture(autouse=True)
def _info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "azmlinfsrv.print")


def test_print_becomes_lines_of_the_print_logger(caplog: pytest.LogCaptureFixture) -> None:
    """Objects are joined as print joins them; percent signs are no placeholders; an empty print is an empty line."""
    with captured_print():
        print("a", 1, sep="-")
        print("100%", "%s", None, sep=None, end=None)
        print()
    assert [(record.name, record.message) for record in caplog.records] == [
        ("azmlinfsrv.print", "a-1"),
        ("azmlinfsrv.print", "100% %s None"),
        ("azmlinfsrv.print", ""),
    ]


def test_a_line_is_gathered_until_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    """Pieces with end="" are one line; flush=True ends it early; what is left is logged at the end."""
    with captured_print():
        print("loading", end=" ")
        print("...", end="")
        print(" done")
        print("50", end="%", flush=True)
        print(end="", flush=True)
        print("left", end="")
    assert caplog.messages == ["loading ... done", "50%", "left"]


def test_threads_do_not_write_into_each_others_lines(caplog: pytest.LogCaptureFixture) -> None:
    """An unfinished line belongs to its thread."""
    with captured_print():
        print("main", end=" ")
        thread = threading.Thread(target=lambda: print("other"))
        thread.start()
        thread.join()
        print("thread")
    assert caplog.messages == ["other", "main thread"]


def test_output_that_was_sent_elsewhere_goes_there(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """file=, and a redirected standard output, are honoured."""
    with captured_print():
        print("to stderr", file=sys.stderr)
        with contextlib.redirect_stdout(io.StringIO()) as redirected:
            print("redirected", end="!")
        print("logged", file=sys.stdout)
    assert capsys.readouterr().err == "to stderr\n"
    assert redirected.getvalue() == "redirected!"
    assert caplog.messages == ["logged"]


def test_print_is_given_back() -> None:
    """Afterwards print is what it was, also when the body failed."""
    before = builtins.print
    with contextlib.suppress(ZeroDivisionError), captured_print():
        raise ZeroDivisionError
    assert builtins.print is before
