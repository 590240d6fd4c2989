"""The page of commands, from their declarations: ``python -m devkit.cli.reference > docs/commands.md``."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import typer.main

from devkit.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["commands_page"]

_HEAD = """\
# Commands

Generated from the declarations by `python -m devkit.cli.reference`. Every command takes `-h`; those of
[local endpoints](local-endpoints.md) also take `-o` (json, yaml, table, tsv, none), `--query` (JMESPath),
`--only-show-errors` to tell no progress, and az's `-g`, `-w`, `--subscription`, `--local`, `--debug`, `--verbose` and
`--skip-script-validation` without effect.
"""
_OF_MANY = frozenset({"-o", "--query", "--local", "--install-completion", "--show-completion", "--help"})
"""Flags that the page tells of once, or not at all."""


def commands_page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_sections("devkit", typer.main.get_command(app))])


def _sections(name: str, command: Any) -> Iterator[str]:
    children = getattr(command, "commands", None)
    if children is None or getattr(command, "invoke_without_command", False):
        yield from _section(name, command)
    for child, each in sorted((children or {}).items()):
        if not each.hidden:
            yield from _sections(f"{name} {child}", each)


def _section(name: str, command: Any) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{inspect.cleandoc(command.help or '')}\n"
    rows = [_row(each) for each in command.params if not getattr(each, "hidden", False) and not _OF_MANY & {*each.opts}]
    if rows:
        yield "\n".join(["| flag | |", "|---|---|", *rows, ""])


def _row(parameter: Any) -> str:
    names = [f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts)]
    if not any(each.startswith("-") for each in parameter.opts):
        names = [f"`{parameter.name.upper()}`"]
    told = (getattr(parameter, "help", None) or "").replace("|", "\\|")
    return f"| {' '.join(names)} | {told} |"


if __name__ == "__main__":
    print(commands_page(), end="")
