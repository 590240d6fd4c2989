"""How an answer is shown: `-o json|jsonc|yaml|yamlc|table|tsv|none` and `--query`, as az shows it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from devkit.cli.errors import UsageError

__all__ = ["Text", "rendered", "write"]

_FORMATS = ("json", "jsonc", "yaml", "yamlc", "table", "tsv", "none")


class Text(str):
    """An answer that is printed as it is, unless the user asks for another form."""

    __slots__ = ()


def write(answer: Any, output: str | None, query: str | None, columns: Sequence[str] = ()) -> None:
    """Print `answer`.

    Without `output` a person at a terminal gets a table, and a program what az gives it: JSON.

    Raises:
        UsageError: the format is unknown or the query cannot be read.
    """
    chosen = output or _usual(answer, query)
    answer = answer if query is None else _queried(query, answer)
    if chosen == "table":
        _print_table(answer, columns if query is None else ())
        return
    text = rendered(answer, chosen)
    if text:
        typer.echo(text)


def _usual(answer: Any, query: str | None) -> str:
    if isinstance(answer, Text) and query is None:
        return "tsv"
    return "table" if sys.stdout.isatty() and query is None else "json"


def _queried(query: str, answer: Any) -> Any:
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(query, answer)
    except JMESPathError as error:
        raise UsageError(f"--query {query!r} is no JMESPath: {error}") from None


def rendered(answer: Any, output: str) -> str:
    """The text of `answer` in a format that is no table.

    Raises:
        UsageError: the format is unknown.
    """
    if output in {"json", "jsonc"}:
        return json.dumps(answer, indent=2, ensure_ascii=False, sort_keys=True)
    if output in {"yaml", "yamlc"}:
        import yaml

        plain = json.loads(json.dumps(answer))
        return yaml.safe_dump(plain, sort_keys=True, allow_unicode=True, default_flow_style=False).rstrip("\n")
    if output == "tsv":
        rows = answer if isinstance(answer, list) else [answer]
        return "\n".join(_tsv(row) for row in rows if row is not None)
    if output == "none":
        return ""
    raise UsageError(f"-o {output!r} is unknown; use {', '.join(_FORMATS)}.")


def _tsv(row: Any) -> str:
    if isinstance(row, Mapping):
        return "\t".join(_cell(row[key]) for key in sorted(row))
    return "\t".join(map(_cell, row)) if isinstance(row, list) else _cell(row)


def _cell(value: Any) -> str:
    """One value in one cell; az writes how many there are of what does not fit, we write it as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _print_table(answer: Any, columns: Sequence[str]) -> None:
    from rich.console import Console

    shown = _table(answer, columns)
    if sys.stdout.isatty():
        Console(highlight=False).print(shown)
        return
    console = Console(highlight=False, width=_WIDE, color_system=None)
    with console.capture() as captured:
        console.print(shown)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


_WIDE = 10_000
"""Characters: a file or a pipe has no width to keep to."""


def _table(answer: Any, columns: Sequence[str]) -> Any:
    from rich.text import Text as Cell

    if isinstance(answer, list) and all(isinstance(row, Mapping) for row in answer):
        return _rows(answer, columns) if answer else Cell("none")
    return _pairs(answer) if isinstance(answer, Mapping) else Cell(_cell(answer))


def _rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    from rich.table import Table
    from rich.text import Text as Cell

    shown = columns or tuple(dict.fromkeys(key for row in rows for key in row))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in shown:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Cell(_short(row.get(column)), style=_style(row.get(column))) for column in shown))
    return table


def _pairs(answer: Mapping[str, Any]) -> Any:
    from rich.table import Table
    from rich.text import Text as Cell

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in _flat(answer):
        nested = isinstance(value, list) and all(isinstance(each, Mapping) for each in value)
        table.add_row(key, _rows(value, ()) if nested else Cell(_short(value), style=_style(value)))
    return table


_NO_NEWS = frozenset({"id", "resourceGroup", "kind", "creation_context"})
"""Keys that a person at a table does not look for; JSON and YAML have them."""


def _flat(answer: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """Nested keys as `request_settings.request_timeout_ms`; what is empty, and what is no news, is left out."""
    found: list[tuple[str, Any]] = []
    for key, value in answer.items():
        if key in _NO_NEWS or value in (None, "", [], {}):
            continue
        if isinstance(value, Mapping) and not _is_shares(value):
            found += _flat(value, f"{above}{key}.")
        else:
            found.append((f"{above}{key}", value))
    return found


def _is_shares(value: Mapping[str, Any]) -> bool:
    """Traffic, which reads best as it is typed."""
    return all(isinstance(percent, int) for percent in value.values()) and not _PROBE & value.keys()


_PROBE = {"initial_delay", "period", "timeout", "success_threshold", "failure_threshold"}
_PROBE |= {"request_timeout_ms", "max_concurrent_requests_per_instance", "max_queue_wait_ms"}
_ASSET_ID = re.compile(r"(?:azureml:)?/subscriptions/.*/([^/]+)/versions/([^/]+)")
_HASH = re.compile(r"[0-9a-f]{32,}")
_SHOWN_OF_A_HASH = 12


def _short(value: Any) -> str:
    """A value in one cell: traffic as it is typed, an asset by name and version, a hash by its beginning."""
    if isinstance(value, Mapping):
        plain = not any(isinstance(each, Mapping) for each in value.values())
        return " ".join(f"{key}={_cell(each)}" for key, each in value.items()) if plain else ", ".join(value)
    asset = _ASSET_ID.fullmatch(value) if isinstance(value, str) else None
    if asset is None:
        return _cell(value)
    return ":".join(_HASH.sub(lambda found: found[0][:_SHOWN_OF_A_HASH], part) for part in asset.groups())


_STYLES = {"Succeeded": "green", "Ready": "green", "Failed": "bold red"}


def _style(value: Any) -> str:
    return _STYLES.get(value, "") if isinstance(value, str) else ""
