from __future__ import annotations

from devkit.control_plane.restarts import pause


def test_restarts_slow_down() -> None:
    """The first restart comes at once, later ones ever later, and never later than a minute."""
    pauses = [pause(number) for number in range(1, 100)]
    assert pauses[0] < 0.5
    assert pauses == sorted(pauses)
    assert pauses[-1] == 60
