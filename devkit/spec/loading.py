"""From the value of a YAML document to a typed model and everything that is wrong with it.

azure-ai-ml stops at the first layer that fails and prints every alternative it tried. Here all problems come at once,
each at its own place, and the model holds whatever could be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from devkit.spec.client_rules import client_problems
from devkit.spec.documents.values import LENIENT
from devkit.spec.limits import limit_problems
from devkit.spec.odd_keys import without_odd_keys
from devkit.spec.overrides import Override, apply_overrides
from devkit.spec.schema_problems import Code, Enforcer, Path, Problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from devkit.spec.documents.block import Block
    from devkit.spec.kinds import Kind


@dataclass(frozen=True)
class Loaded:
    """A document that has been read."""

    kind: Kind
    value: Any
    """The document's value with the command line's names and `--set` applied."""
    block: Block | None
    """What could be read of it: keys with problems are None. None when the document is no mapping at all."""
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> bool:
        """Whether azure-ai-ml refuses it, with the names that its command line gave (or without, when none)."""
        return any(problem.enforced_by in {Enforcer.LOADER, Enforcer.CLIENT} for problem in self.problems)


def load(value: Any, kind: Kind, overrides: Sequence[Override] = ()) -> Loaded:
    """Read the value of a document as `kind`.

    Args:
        value: what a YAML 1.1 safe loader gave; it is not changed.
        kind: what the document is to be (see `devkit.spec.kinds.recognise`).
        overrides: what the command line sets, in its order (see `devkit.spec.overrides`).

    Returns:
        The model and every problem; a problem's `enforced_by` says who refuses the document for it.
    """
    if not isinstance(value, Mapping):
        return Loaded(kind, value, None, (_not_a_mapping(value, kind),))
    value, problems = apply_overrides(value, overrides)
    value, odd = without_odd_keys(value, kind.facts.block)
    problems += odd
    problems += _read(kind.facts.block, value)
    block = kind.facts.block.model_validate(_without(value, problems), context=LENIENT)
    problems += [*limit_problems(block), *client_problems(block)]
    return Loaded(kind, value, block, _one_a_place(problems))


def _one_a_place(problems: list[Problem]) -> tuple[Problem, ...]:
    """The first problem of each place: what follows from a value that cannot be read is no news."""
    first: dict[Path, Problem] = {}
    for problem in problems:
        first.setdefault(problem.path, problem)
    return tuple(first.values())


def _not_a_mapping(value: Any, kind: Kind) -> Problem:
    required = list(kind.facts.block.model_fields)[:3]
    what = "the document is empty" if value is None else f"the document is a {type(value).__name__}, not a mapping"
    return Problem(
        Code.NOT_A_MAPPING,
        (),
        what,
        f"Write the keys of a {kind.facts.title}: {', '.join(required)} …",
        says="Target yaml file is empty"
        if value is None
        else f"Expect dict but get {type(value)} after parsing yaml file",
    )


def _read(block: type[Block], value: Mapping[str, Any]) -> list[Problem]:
    try:
        block.model_validate(value)
    except ValidationError as error:
        return [_problem(details) for details in error.errors(include_url=False, include_input=False)]
    return []


def _problem(details: ErrorDetails) -> Problem:
    context = details.get("ctx", {})
    code = Code(details["type"])
    return Problem(
        code,
        details["loc"],
        context["message"],
        context["remedy"],
        enforced_by=Enforcer(context["by"]),
        on_key=code is Code.UNKNOWN_KEY,
        suggestion=context["suggestion"],
        says=context["says"],
    )


def _without(value: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The document without the values that cannot be read, so that the rest can."""
    return dict(_kept(value, (), {problem.path for problem in problems}))


def _kept(value: Mapping[str, Any], path: Path, bad: set[Path]) -> Iterator[tuple[str, Any]]:
    for key, item in value.items():
        place = (*path, key)
        if place in bad or (isinstance(item, list) and any(each[: len(place)] == place for each in bad)):
            continue
        yield key, dict(_kept(item, place, bad)) if isinstance(item, Mapping) else item
