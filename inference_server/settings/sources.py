"""Reads the text of settings from flags, from environment variables and from the config file. Parses none of it."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from inference_server import __version__
from inference_server.errors import StartupError, UsageError
from inference_server.settings.exported import text
from inference_server.settings.model import declarations
from inference_server.settings.origins import Origin, Source
from inference_server.settings.values import text_of_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from inference_server.settings.declaration import Declaration

__all__ = ["Flags", "Found", "argument_parser", "from_environment", "from_file", "from_flags"]

Found = dict[str, tuple[str, Origin]]
"""By the name of the setting: its text and where that stood."""


@dataclass(frozen=True)
class Flags:
    """What the command line said; `show_settings` is the one flag that is not a setting."""

    found: Found
    show_settings: bool


class _Parser(argparse.ArgumentParser):
    """Raises UsageError instead of ending the process: azmlinfsrv exits 1 where argparse alone would exit 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. Run {self.prog} --help for the flags.")


def argument_parser() -> argparse.ArgumentParser:
    """The parser of ``infsrv``'s command line, made from the declarations. Every value stays text, or None."""
    parser = _Parser(
        prog="infsrv",
        usage="infsrv [SCORE.PY] [flags]",
        description=f"Serves a scoring script as Azure ML's inference server does. Version {__version__}.",
        epilog="Every flag may be written with hyphens or with underscores. --show-settings lists every setting; "
        "docs/settings.md tells the environment variables and the keys of the config file.",
    )
    parser.add_argument("script", nargs="?", metavar="SCORE.PY", help="the same as --entry_script")
    groups: dict[str, argparse._ArgumentGroup] = {}
    for declared in declarations():
        if declared.flags:
            if declared.group not in groups:
                groups[declared.group] = parser.add_argument_group(declared.group)
            _add_flag(groups[declared.group], declared)
    parser.add_argument("--show-settings", action="store_true", help="print every setting, its origin, and exit")
    parser.add_argument("--version", action="version", version=f"infsrv {__version__}")
    parser.add_argument("--rest", action="store_true", help=argparse.SUPPRESS)  # azmlinfsrv takes it, to no effect
    return parser


def _add_flag(group: argparse._ArgumentGroup, declared: Declaration) -> None:
    help_text = declared.help.replace("%", "%%") + _default_in_help(declared)
    if declared.flag_value is not None:
        group.add_argument(
            *declared.flags, dest=declared.name, action="store_const", const=declared.flag_value, help=help_text
        )
        return
    group.add_argument(
        *declared.flags,
        dest=declared.name,
        nargs=None if declared.flag_optional is None else "?",
        const=declared.flag_optional,
        metavar=declared.metavar or declared.name.upper(),
        help=help_text,
    )


def _default_in_help(declared: Declaration) -> str:
    default = declared.default
    return "" if declared.flag_value is not None or default in (None, "", ()) else f" Default: {text(default)}."


def from_flags(argv: Sequence[str]) -> Flags:
    """Read the command line; UsageError for what it cannot be, SystemExit(0) after ``--help`` or ``--version``."""
    parser = argument_parser()
    given = vars(parser.parse_args(_as_declared(argv, parser)))
    found: Found = {
        declared.name: (given[declared.name], Origin(Source.FLAG, declared.flags[0]))
        for declared in declarations()
        if declared.flags and given[declared.name] is not None
    }
    if given["script"] is not None:
        if "entry_script" in found:
            raise UsageError(
                f"Two scripts are named: {given['script']} and --entry_script {found['entry_script'][0]}. Give one."
            )
        found["entry_script"] = (given["script"], Origin(Source.FLAG, "SCORE.PY"))
    return Flags(found, show_settings=given["show_settings"])


def _as_declared(argv: Sequence[str], parser: argparse.ArgumentParser) -> list[str]:
    """Hyphens and underscores are one: spell each flag as it was declared, and leave values alone."""
    declared = {flag.replace("-", "_"): flag for flag in parser._option_string_actions}  # noqa: SLF001  has no reader
    spelled = []
    for argument in argv:
        name, equals, value = argument.partition("=")
        spelled.append(declared.get(name.replace("-", "_"), name) + equals + value)
    return spelled


def from_environment(environ: Mapping[str, str], *, strict: bool) -> Found:
    """Read the environment. An empty variable counts as unset, except under `strict`, as in azmlinfsrv."""
    found: Found = {}
    for declared in declarations():
        for name in variables(declared, strict=strict):
            value = environ.get(name)
            if value is not None and (value or strict):
                found[declared.name] = (value, Origin(Source.ENVIRONMENT, name))
                break
    return found


def variables(declared: Declaration, *, strict: bool) -> tuple[str, ...]:
    """The environment variables that are read for a setting."""
    return declared.strict_env if strict and declared.strict_env is not None else declared.env


def file_keys(declared: Declaration, *, strict: bool) -> tuple[str, ...]:
    """The keys of the config file that are read for a setting: its variables, in azmlinfsrv only for some."""
    decides_what_is_read = declared.name in {"config_file", "strict"}
    if decides_what_is_read or (strict and not declared.strict_file):
        return ()
    return declared.env


def from_file(path: Path, *, strict: bool) -> tuple[Found, list[str]]:
    """Read the config file: what it sets, and its keys that set nothing. StartupError when it cannot be used."""
    content = _json_object(path)
    found: Found = {}
    known: set[str] = set()
    for declared in declarations():
        keys = file_keys(declared, strict=strict)
        known.update(keys)
        for key in keys:
            if content.get(key) is not None:
                found[declared.name] = (_text(content[key], key, path), Origin(Source.FILE, key, str(path)))
                break
    return found, [key for key in content if key not in known]


def _json_object(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StartupError(f"The config file {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are both
        raise StartupError(f"The config file {path} is not JSON: {error}.") from None
    if not isinstance(content, dict):
        raise StartupError(f'The config file {path} holds no JSON object; write {{"SCORING_TIMEOUT_MS": 60000}}.')
    return content


def _text(value: object, key: str, path: Path) -> str:
    try:
        return text_of_json(value)
    except ValueError as error:
        raise StartupError(f"{key} in {path} is {json.dumps(value)}: {error}.") from None
