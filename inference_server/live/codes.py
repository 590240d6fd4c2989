"""Which code object of the new file takes the place of which one of the old."""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["CodePair", "children", "is_function", "pair_codes"]

CodePair = tuple[CodeType, CodeType]

_NEVER_HELD = frozenset({"<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"})
"""Made and used up in one expression: no live function has such code."""
_CO_OPTIMIZED = 0x1


def children(code: CodeType) -> list[CodeType]:
    """The functions, lambdas and class bodies written directly in `code`, in order."""
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def is_function(code: CodeType) -> bool:
    """Whether `code` is a function's, and not a class body's or a comprehension's."""
    return bool(code.co_flags & _CO_OPTIMIZED) and code.co_name not in _NEVER_HELD


def pair_codes(old: Iterable[CodeType], new: Iterable[CodeType]) -> Iterator[CodePair]:
    """The functions in two versions of a piece of code, paired by name and by order among those of one name.

    Where one version has more lambdas than the other, order means nothing: only those with equal bytecode are paired.
    """
    before, after = _by_name(old), _by_name(new)
    for name, codes in before.items():
        partners = after.get(name, [])
        if len(partners) == len(codes):
            matches = list(zip(codes, partners, strict=True))
        else:
            matches = [(code, partner) for code in codes for partner in partners if _same_bytecode(code, partner)][:1]
        for code, partner in matches:
            if is_function(code):
                yield code, partner
            yield from pair_codes(children(code), children(partner))


def _by_name(codes: Iterable[CodeType]) -> dict[str, list[CodeType]]:
    found: dict[str, list[CodeType]] = {}
    for code in codes:
        found.setdefault(code.co_name, []).append(code)
    return found


def _same_bytecode(first: CodeType, second: CodeType) -> bool:
    return (first.co_code, first.co_names, _plain_constants(first)) == (
        second.co_code,
        second.co_names,
        _plain_constants(second),
    )


def _plain_constants(code: CodeType) -> list[object]:
    return [constant for constant in code.co_consts if not isinstance(constant, CodeType)]
