"""Scripts that take longer than SCORING_TIMEOUT_MS allows."""

import time


def init():
    """Load nothing."""


def run(data):
    """Take the time that the body asks for, in seconds, asleep or awake."""
    kind, _, seconds = data.partition(" ")
    end = time.monotonic() + float(seconds or 0)
    if kind == "sleep":
        time.sleep(float(seconds))
    while kind == "spin" and time.monotonic() < end:
        pass
    if kind == "own":
        raise TimeoutError("the script's own")
    return data
