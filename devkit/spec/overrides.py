"""What the command line sets on top of a file: `-n`, `-e` and `--set a.b.c=value`, with the az command's rules."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devkit.spec.schema_problems import Code, Problem


@dataclass(frozen=True)
class Override:
    """One value to set: `traffic.blue` to `"100"`."""

    path: str
    value: Any

    @property
    def steps(self) -> list[str | int]:
        """The path's keys and list indices: `a.b[0]` is `["a", "b", 0]`."""
        return [
            int(part[1:-1]) if part.startswith("[") else part for part in re.findall(r"\[\d+\]|[^.\[\]]+", self.path)
        ]


def parse_override(text: str) -> Override:
    """Read `a.b.c=value`; JSON objects and lists become values, everything else stays a string.

    A string does wherever the az command takes it: azure-ai-ml reads "2" as an integer and "true" as a boolean.

    Raises:
        ValueError: there is no `=` or nothing before it.
    """
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise ValueError(f"--set {text}: expected property.path=value, for example --set instance_count=2")
    if value.startswith(("{", "[")):
        try:
            return Override(path.strip(), json.loads(value))
        except json.JSONDecodeError as error:
            raise ValueError(f"--set {text}: the value looks like JSON and is none ({error})") from error
    return Override(path.strip(), value)


def named(name: str | None = None, endpoint_name: str | None = None) -> list[Override]:
    """The overrides that `-n` and `-e` mean; a flag not given overrides nothing."""
    given = {"name": name, "endpoint_name": endpoint_name}
    return [Override(key, value) for key, value in given.items() if value is not None]


def apply_overrides(value: Mapping[str, Any], overrides: Sequence[Override]) -> tuple[dict[str, Any], list[Problem]]:
    """A copy of the document with the overrides applied, and a problem for each that cannot be."""
    result: dict[str, Any] = dict(value)
    problems = []
    for override in overrides:
        try:
            result = _set(result, override.steps, override.value)
        except _NotAContainerError as error:  # noqa: PERF203 - a handful of flags
            problems.append(_problem(override, error))
    return result, problems


class _NotAContainerError(Exception):
    def __init__(self, found: Any) -> None:
        super().__init__()
        self.found = found


def _set(container: Any, steps: Sequence[str | int], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        return _set_item(container, step, rest, value)
    if container is None:
        container = {}
    if not isinstance(container, Mapping):
        raise _NotAContainerError(container)
    return {**container, step: _set(container.get(step), rest, value)}


def _set_item(container: Any, index: int, rest: Sequence[str | int], value: Any) -> list[Any]:
    if container is None:
        container = []
    if not isinstance(container, list):
        raise _NotAContainerError(container)
    items = [*container, *[None] * (index + 1 - len(container))]
    items[index] = _set(items[index], rest, value)
    return items


def _problem(override: Override, error: _NotAContainerError) -> Problem:
    says = f"Cannot use '--set' on properties defined by reference strings: --set {override.path}"
    if isinstance(error.found, str):
        message = f"--set {override.path} goes through '{error.found}', which is a reference or a plain string"
        remedy = "Set the property that holds the string as a whole, or write it as a mapping in the file."
    else:
        message = f"--set {override.path} goes through {error.found!r}, which has no properties"
        remedy = "Correct the path."
    path = tuple(override.steps[:1])
    return Problem(Code.OVERRIDE, path, message, remedy, says=says if isinstance(error.found, str) else None)
