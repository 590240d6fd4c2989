"""Prints ``docs/settings.md``: ``python -m inference_server.settings.reference > docs/settings.md``.

A test fails when the file is not what this prints.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from inference_server.settings.exported import text
from inference_server.settings.model import declarations
from inference_server.settings.sources import file_keys, variables

if TYPE_CHECKING:
    from inference_server.settings.declaration import Declaration

__all__ = ["reference"]

_HEAD = """\
# Settings of the server

<!-- Made by `python -m inference_server.settings.reference > docs/settings.md`. Change the declarations in
inference_server/settings/model.py instead. -->

Every setting has one name in each place it can be set. A flag beats an environment variable, which beats the config
file, which beats the default. `infsrv --show-settings` prints the value of each and where it came from.

- A flag may be written with hyphens or underscores: `--entry_script`, `--entry-script`.
- An empty environment variable counts as unset.
- The config file is JSON. Its keys are the names of the environment variables: `{"SCORING_TIMEOUT_MS": 60000}`. It is
  the one named by `--config_file`, else `config.json` in `AML_APP_ROOT`, else beside the script. A key that sets
  nothing is named in a warning.
- Under `--strict` only what azmlinfsrv reads is read: names marked *not strict* are then ignored.
- A bad flag ends the start with exit code 1, a bad variable or key with 3.
"""


def reference() -> str:
    """The whole document."""
    groups = dict.fromkeys(declared.group for declared in declarations())
    return "\n".join([_HEAD, *(_section(group) for group in groups)])


def _section(group: str) -> str:
    rows = [_row(declared) for declared in declarations() if declared.group == group]
    head = ["| Setting | Flag | Variable | In the config file | Default |", "|---|---|---|---|---|"]
    return "\n".join([f"## {group}", "", *head, *rows, ""])


def _row(declared: Declaration) -> str:
    flags = "<br>".join(f"`{flag}{_value_of_flag(declared)}`" for flag in declared.flags)
    cells = [f"**{declared.name}**<br>{declared.help}", flags, _variables(declared), _in_file(declared)]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in [*cells, _default(declared)]) + " |"


def _value_of_flag(declared: Declaration) -> str:
    if declared.flag_value is not None:
        return ""
    placeholder = declared.metavar or declared.name.upper()
    return f" {placeholder}" if declared.flag_optional is None else f" [{placeholder}]"


def _variables(declared: Declaration) -> str:
    strict = variables(declared, strict=True)
    return "<br>".join(f"`{name}`" + ("" if name in strict else " (not strict)") for name in declared.env)


def _in_file(declared: Declaration) -> str:
    if not file_keys(declared, strict=False):
        return "no"
    return "yes" if file_keys(declared, strict=True) else "yes (not strict)"


def _default(declared: Declaration) -> str:
    default = text(declared.default)
    shown = f"`{default}`" if default not in {"", "."} else ""
    return shown if declared.strict_default is None else f"{shown}, strict `{declared.strict_default}`"


if __name__ == "__main__":
    sys.stdout.write(reference())
