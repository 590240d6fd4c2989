"""Commands as az has them: each returns a value, which `-o` and `--query` show, and takes az's flags without effect."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

__all__ = ["verb"]

Command = TypeVar("Command", bound=Callable[..., Any])


_OURS = {
    "output": Annotated[
        str | None,
        typer.Option(
            "-o", "--output", help="json, yaml, table or tsv; a table on a terminal and JSON elsewhere, if not given."
        ),
    ],
    "query": Annotated[str | None, typer.Option("--query", help="What of the answer to show, as a JMESPath.")],
}
_WITHOUT_EFFECT = "as in az; without effect"
_AZ = {
    "local": Annotated[bool, typer.Option("--local", help="As in az; everything here is local.", show_default=False)],
    "resource_group": Annotated[str | None, typer.Option("-g", "--resource-group", help=_WITHOUT_EFFECT, hidden=True)],
    "workspace_name": Annotated[str | None, typer.Option("-w", "--workspace-name", help=_WITHOUT_EFFECT, hidden=True)],
    "subscription": Annotated[str | None, typer.Option("--subscription", help=_WITHOUT_EFFECT, hidden=True)],
    "only_show_errors": Annotated[bool, typer.Option("--only-show-errors", help="Tell no progress.", hidden=True)],
    "skip_script_validation": Annotated[
        bool, typer.Option("--skip-script-validation", help=_WITHOUT_EFFECT, hidden=True)
    ],
    "debug": Annotated[bool, typer.Option("--debug", help=_WITHOUT_EFFECT, hidden=True)],
    "verbose": Annotated[bool, typer.Option("--verbose", help=_WITHOUT_EFFECT, hidden=True)],
}
_DEFAULTS: dict[str, Any] = {
    "local": False,
    "only_show_errors": False,
    "debug": False,
    "verbose": False,
    "skip_script_validation": False,
}
_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def verb(app: typer.Typer, *, columns: tuple[str, ...] = (), name: str | None = None) -> Callable[[Command], Command]:
    """Register a function as a command of `app`, with az's common flags.

    Args:
        app: the noun.
        columns: the keys that a table of its answers shows.
        name: the command's name; the function's if not given.
    """

    def register(function: Command) -> Command:
        @functools.wraps(function)
        def command(**arguments: Any) -> None:
            from devkit.cli.output import write
            from devkit.cli.progress import quiet

            output, query = arguments.pop("output"), arguments.pop("query")
            given = {each: arguments.pop(each) for each in _AZ}
            with quiet(given["only_show_errors"]):
                answer = function(**arguments)
            if answer is not None:
                write(answer, output, query, columns)

        hints = {**get_type_hints(function, include_extras=True), **_OURS, **_AZ}
        defaults = {each.name: each.default for each in inspect.signature(function).parameters.values()}
        order = [*defaults, *_OURS, *_AZ]
        command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # typer reads it
            [
                inspect.Parameter(
                    each, _KEYWORD, default=defaults.get(each, _DEFAULTS.get(each)), annotation=hints[each]
                )
                for each in order
            ]
        )
        command.__annotations__ = {**hints, "return": None}
        app.command(name)(command)
        return function

    return register
