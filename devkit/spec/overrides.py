"""What the command line changes of a file: `-n`, `-e`, `--set`, `--add` and `--remove`, with the az command's rules."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from devkit.spec.schema_problems import Code, Problem


@dataclass(frozen=True)
class Override:
    """One change: `traffic.blue` set to `"100"`, items added to a list, or a property or an item removed."""

    path: str
    value: Any
    """What is set; the items that are added; the index of the item that is removed, None for the property itself."""
    way: Literal["set", "add", "remove"] = "set"

    @property
    def steps(self) -> list[str | int]:
        """The path's keys and list indices: `a.b[0]` is `["a", "b", 0]`."""
        return [
            int(part[1:-1]) if part.startswith("[") else part for part in re.findall(r"\[\d+\]|[^.\[\]]+", self.path)
        ]


def parse_override(text: str, *, force_string: bool = False) -> Override:
    """Read `a.b.c=value`; unless `force_string`, JSON objects and lists become values, everything else stays a string.

    A string does wherever the az command takes it: azure-ai-ml reads "2" as an integer and "true" as a boolean.

    Raises:
        ValueError: there is no `=` or nothing before it.
    """
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise ValueError(f"--set {text}: expected property.path=value, for example --set instance_count=2")
    if value.startswith(("{", "[")) and not force_string:
        try:
            return Override(path.strip(), json.loads(value))
        except json.JSONDecodeError as error:
            raise ValueError(f"--set {text}: the value looks like JSON and is none ({error})") from error
    return Override(path.strip(), value)


def parse_addition(words: Sequence[str], *, force_string: bool = False) -> Override:
    """Read the words after `--add`: a list's path and items; pairs that follow one another are one mapping.

    Other words are JSON values where they can be read as such, unless `force_string`, else strings.

    Raises:
        ValueError: there is no item.
    """
    path, *given = words
    if not given:
        raise ValueError(f"--add {path}: expected property.list and what to add to it, such as key=value")
    items: list[Any] = []
    pairs: dict[str, str] | None = None
    for word in given:
        key, equals, value = word.partition("=")
        if not equals:
            pairs = None
            items.append(word if force_string else _json_or_text(word))
            continue
        if pairs is None:
            pairs = {}
            items.append(pairs)
        pairs[key] = value
    return Override(path, items, "add")


def parse_removal(words: Sequence[str]) -> Override:
    """Read the words after `--remove`: a property's path, or a list's and the index of the item to remove.

    Raises:
        ValueError: the index is none, or there are more words.
    """
    path, *rest = words
    if len(rest) > 1 or not all(re.fullmatch(r"-?\d+", each) for each in rest):
        raise ValueError(f"--remove {' '.join(words)}: expected a property, or property.list and an index")
    return Override(path, int(rest[0]) if rest else None, "remove")


def _json_or_text(word: str) -> Any:
    try:
        return json.loads(word)
    except ValueError:
        return word


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
            result = _changed(result, override)
        except _NothingThereError as error:  # noqa: PERF203 - a handful of flags
            problems.append(Problem(Code.OVERRIDE, tuple(override.steps[:1]), str(error), "Correct the path."))
        except _NotAContainerError as error:
            problems.append(_problem(override, error))
    return result, problems


class _NotAContainerError(Exception):
    def __init__(self, found: Any) -> None:
        super().__init__()
        self.found = found


class _NothingThereError(Exception):
    """What should be removed is not there, or what should be added to is no list."""


def _changed(document: dict[str, Any], override: Override) -> Any:
    if override.way == "set":
        return _set(document, override.steps, override.value)
    if override.way == "add":
        found = _found(document, override.steps)
        if found is not None and not isinstance(found, list):
            raise _NothingThereError(f"--add {override.path}: {found!r} is no list")
        return _set(document, override.steps, [*(found or []), *override.value])
    if override.value is None:
        return _without(document, override, override.steps)
    return _without(document, override, [*override.steps, override.value])


def _found(container: Any, steps: Sequence[str | int]) -> Any:
    """What is at a path; None where there is nothing."""
    try:
        for step in steps:
            container = container[step]
    except (LookupError, TypeError):
        return None
    return container


def _without(document: dict[str, Any], override: Override, steps: Sequence[str | int]) -> Any:
    *above, last = steps
    parent = _found(document, above)
    if isinstance(parent, Mapping) and last in parent:
        return _set(document, above, {key: value for key, value in parent.items() if key != last})
    if isinstance(parent, list) and isinstance(last, int) and -len(parent) <= last < len(parent):
        at = last % len(parent)
        return _set(document, above, [*parent[:at], *parent[at + 1 :]])
    index = "" if override.value is None else f" {override.value}"
    raise _NothingThereError(f"--remove {override.path}{index}: there is no such property")


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
