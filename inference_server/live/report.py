"""What the console says about a live update: one line; of an error also the user's traceback, and where it is."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING

from inference_server.errors import StartupError
from inference_server.live.source import Kind
from inference_server.live.steps import Execute, ForgetModule, PatchCode, Plan, RemoveNames
from inference_server.scoring import user_traceback

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["describe", "describe_error", "listed", "location", "whole_error"]

_MOST = 6


def describe(plan: Plan, generation: int, seconds: float) -> str:
    """The line for an update that was applied, `seconds` after it began."""
    parts = list(_parts(plan)) or ["lines moved" if plan.steps else "nothing to do"]
    parts.append("model kept" if plan.init is None else f"init() ran again ({plan.init.reason})")
    return " · ".join([f"reload {generation}: {parts[0]}", *parts[1:], f"{seconds * 1000:.0f} ms"])


def _parts(plan: Plan) -> Iterator[str]:
    executed = [step for step in plan.steps if isinstance(step, Execute)]
    rebound = [step for step in executed if step.keep is None and step.kind is not Kind.OTHER]
    kept = [step for step in executed if step.keep is not None]
    patched = [name for step in plan.steps if isinstance(step, PatchCode) for name in step.changed]
    patched += [step.label for step in kept if step.label not in patched]
    again = {step.label.removeprefix("class ") for step in rebound}
    yield from _part("patched", [name for name in patched if name.partition(".")[0] not in again])
    yield from _part("added", [step.label for step in rebound if step.reason == "new"])
    yield from _part("re-executed", [f"{step.label} ({step.reason})" for step in rebound if step.reason != "new"])
    yield from _part("ran", [step.label for step in executed if step.kind is Kind.OTHER])
    yield from _part("removed", [name for step in plan.steps if isinstance(step, RemoveNames) for name in step.gone])
    yield from _part("dropped module", [step.module for step in plan.steps if isinstance(step, ForgetModule)])


def _part(verb: str, names: list[str]) -> list[str]:
    return [f"{verb} {listed(names)}"] if names else []


def listed(names: Iterable[str]) -> str:
    """`names` with commas between them, cut where there are too many."""
    unique = list(dict.fromkeys(names))
    more = len(unique) - _MOST
    return ", ".join(unique[:_MOST]) + (f" and {more} more" if more > 0 else "")


def location(error: BaseException, root: str) -> str:
    """``file:line`` of the user's code where `error` came from, the file relative to the code folder."""
    places: list[tuple[str, int | None]] = [*_places_in(root, error)]
    if isinstance(error, SyntaxError) and error.filename:
        places = [(error.filename, error.lineno)]
    if not places:
        return ""
    path, line = places[-1]
    return f"{os.path.relpath(path, root)}:{line}" if path.startswith(root + os.sep) else f"{path}:{line}"


def _places_in(root: str, error: BaseException) -> list[tuple[str, int]]:
    places = ((frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__))
    return [(path, line) for path, line in places if path.startswith(root + os.sep)]


def describe_error(error: BaseException, root: str) -> str:
    """One line: where, what, why."""
    if error.__cause__ is not None and not location(error, root):
        error = error.__cause__
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    if isinstance(error, StartupError):
        return " ".join(str(error).split())
    what = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return " ".join(": ".join(filter(None, [location(error, root), what])).split())


def whole_error(error: BaseException, root: str) -> str:
    """All that the user's script says of it, its traceback included; empty where `describe_error` says it all."""
    if isinstance(error, StartupError):  # the one of a failed start has the traceback in it
        return str(error) if error.__cause__ is not None else ""
    if isinstance(error, SyntaxError) and not _places_in(root, error):  # found while planning: no code of theirs ran
        return "".join(traceback.format_exception_only(error)).rstrip()
    return user_traceback(error)
