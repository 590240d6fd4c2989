"""What is to be known about one setting, and the field of a dataclass that carries it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

__all__ = ["Declaration", "setting"]

_T = TypeVar("_T")
_Parser = Callable[[str], Any]


@dataclass(frozen=True)
class Declaration:
    """What is to be known about one setting besides its name, type and default.

    Attributes:
        help: One sentence for ``--help`` and the reference.
        group: The heading it stands under.
        parse: Text to value; raises ValueError with what it expected.
        flags: Long flags; a hyphen and an underscore are the same in them. Empty: no flag.
        flag_value: What the bare flag stands for; None: the flag takes a value.
        flag_optional: What the flag stands for when its value is left out; None: it may not be.
        metavar: The placeholder of the value in ``--help``.
        env: Environment variables, the strongest first. Each is a key of the config file as well.
        strict_env: The variables that azmlinfsrv reads, where they are not those of `env`.
        strict_file: azmlinfsrv reads these keys from the config file too.
        strict_default: The default under ``--strict``, where it is another one.
        secret: Never shown, never logged.
        export: The script finds the value in its environment, under the first name of `env`.
    """

    help: str
    group: str
    parse: _Parser
    flags: tuple[str, ...] = ()
    flag_value: str | None = None
    flag_optional: str | None = None
    metavar: str | None = None
    env: tuple[str, ...] = ()
    strict_env: tuple[str, ...] | None = None
    strict_file: bool = False
    strict_default: Any = None
    secret: bool = False
    export: bool = False
    name: str = ""
    default: Any = None


def setting(
    default: _T,
    parse: _Parser,
    group: str,
    help: str,  # noqa: A002  argparse's word
    **more: Any,
) -> _T:
    """Declare a field of the settings: its default, and the attributes of its :class:`Declaration`."""
    declaration = Declaration(help=help, group=group, parse=parse, default=default, **more)
    return field(default=default, metadata={"declaration": declaration}, repr=not declaration.secret)
