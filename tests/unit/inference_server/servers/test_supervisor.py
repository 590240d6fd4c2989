from __future__ import annotations

import pytest

from inference_server.servers.supervisor import backoff, describe_exit


def test_the_pause_before_a_new_worker_doubles_up_to_half_a_minute() -> None:
    """The first death costs nothing, a series of them less and less of the machine."""
    assert [backoff(failures) for failures in (1, 2, 3, 4, 5, 20, 500)] == [0, 0.5, 1, 2, 4, 30, 30]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (9, "ended with exit code 9"),
        (-9, "was killed by signal SIGKILL (out of memory?)"),
        (-11, "was killed by signal SIGSEGV"),
        (-77, "was killed by signal 77"),
    ],
)
def test_an_end_is_told_in_words(code: int, text: str) -> None:
    """A signal has its name; SIGKILL, its usual reason."""
    assert describe_exit(code) == text
