"""Two JSON values, and every place where they differ more than the rules allow. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from devkit.golden.paths import Place, shown

if TYPE_CHECKING:
    from devkit.golden.rules import Rules

__all__ = ["Difference", "differences"]

_SHOWN_AT_MOST = 80


@dataclass(frozen=True)
class Difference:
    """One place where an answer is not the recorded one."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{shown(self.place)}: {self.message}"


def differences(expected: Any, actual: Any, rules: Rules, place: Place = ()) -> Iterator[Difference]:
    """Every difference between two values as `json.loads` gives them, in the order of `expected`."""
    if rules.ignores(place):
        return
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        yield from _of_mappings(expected, actual, rules, place)
    elif _is_list(expected) and _is_list(actual):
        yield from _of_lists(expected, actual, rules, place)
    elif _is_number(expected) and _is_number(actual):
        yield from _of_numbers(expected, actual, rules, place)
    elif type(expected) is not type(actual) or expected != actual:
        yield Difference(place, f"{_told(expected)} became {_told(actual)}")


def _of_mappings(
    expected: Mapping[str, Any], actual: Mapping[str, Any], rules: Rules, place: Place
) -> Iterator[Difference]:
    for key, value in expected.items():
        inner = (*place, key)
        if key in actual:
            yield from differences(value, actual[key], rules, inner)
        elif not rules.ignores(inner):
            yield Difference(inner, f"{_told(value)} is missing")
    for key, value in actual.items():
        if key not in expected and not rules.ignores((*place, key)):
            yield Difference((*place, key), f"{_told(value)} is new")


def _of_lists(expected: Sequence[Any], actual: Sequence[Any], rules: Rules, place: Place) -> Iterator[Difference]:
    if len(expected) != len(actual):
        yield Difference(place, f"{len(expected)} items became {len(actual)}")
    elif rules.is_unordered(place):
        yield from _of_sets(expected, actual, rules, place)
    else:
        for index, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(one, other, rules, (*place, index))


def _of_sets(expected: Sequence[Any], actual: Sequence[Any], rules: Rules, place: Place) -> Iterator[Difference]:
    """Pair each item with one that equals it under the rules.

    Near enough is not transitive, so the first partner found may be another's only one; partners are therefore
    exchanged along augmenting paths, which finds a full pairing whenever there is one.
    """
    equals = [
        [other for other, item in enumerate(actual) if not any(differences(value, item, rules, (*place, index)))]
        for index, value in enumerate(expected)
    ]
    partners: dict[int, int] = {}
    for index, value in enumerate(expected):
        if not _find_partner(index, equals, partners, set()):
            yield Difference((*place, index), f"{_told(value)} has no equal in the answer")


def _find_partner(index: int, equals: list[list[int]], partners: dict[int, int], tried: set[int]) -> bool:
    """Give item `index` one of its equals, moving other items to other equals of theirs where that makes room."""
    for candidate in equals[index]:
        if candidate in tried:
            continue
        tried.add(candidate)
        if candidate not in partners or _find_partner(partners[candidate], equals, partners, tried):
            partners[candidate] = index
            return True
    return False


def _of_numbers(expected: float, actual: float, rules: Rules, place: Place) -> Iterator[Difference]:
    if expected == actual:
        return
    tolerance = rules.tolerance_at(place)
    if not tolerance.accepts(expected, actual):
        yield Difference(place, f"{expected!r} became {actual!r}, {abs(actual - expected):.3g} off")


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _told(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[: _SHOWN_AT_MOST - 1]}…"
