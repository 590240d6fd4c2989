"""How the live traffic is shared while a new deployment takes it over. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["shares_text", "shares_with", "steps_of"]

_ALL = 100


def shares_with(before: Mapping[str, int], name: str, percent: int) -> dict[str, int]:
    """The shares when `name` has `percent` and the others keep their proportions; 100 in sum, those with 0 left out.

    Where nobody else has traffic, `name` gets all of it: an endpoint shares out everything or nothing.
    """
    others = {each: share for each, share in before.items() if share > 0 and each != name}
    if not others or percent >= _ALL:
        return {name: _ALL}
    rest, whole = _ALL - percent, sum(others.values())
    shares = {each: share * rest // whole for each, share in others.items()}
    by_loss = sorted(others, key=lambda each: (-(others[each] * rest % whole), each))
    for each in by_loss[: rest - sum(shares.values())]:
        shares[each] += 1
    return {each: share for each, share in {**shares, name: percent}.items() if share > 0}


def shares_text(shares: Mapping[str, int]) -> str:
    """For people: ``blue 90 %, green 10 %``."""
    return ", ".join(f"{name} {share} %" for name, share in sorted(shares.items())) or "no traffic"


def steps_of(before: Mapping[str, int], name: str, percents: Sequence[int]) -> list[dict[str, int]]:
    """The shares one after the other, without repetitions: where nothing serves yet there is one step."""
    steps: list[dict[str, int]] = []
    for percent in percents:
        shares = shares_with(before, name, percent)
        if not steps or steps[-1] != shares:
            steps.append(shares)
    return steps
