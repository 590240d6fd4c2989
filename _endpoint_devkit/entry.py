"""The two console commands. They live under a name that nobody else owns, so that they can always speak.

``inference_server``, ``devkit`` and ``lsp`` are also the import names of other distributions on the index. Installed
into one environment they overwrite each other's files without a word from pip; the commands then say so.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

DISTRIBUTION = "endpoint-devkit"
_EXIT_USAGE = 2
_EXIT_FOREIGN = 3


def infsrv() -> int:
    """Run the inference server; the console command ``infsrv``."""
    _refuse_foreign("inference_server")
    return int(importlib.import_module("inference_server.cli").main())


def devkit() -> int:
    """Run the kit; the console command ``devkit``. Without the extra ``[kit]`` it says how to get it and returns 2."""
    _refuse_foreign("devkit")
    if sys.argv[1:2] == ["lsp"]:
        _refuse_foreign("lsp")
    try:
        return int(importlib.import_module("devkit.cli").main())  # main() imports the most of it
    except ModuleNotFoundError as missing:
        if missing.name is not None and missing.name.partition(".")[0] in {"devkit", "inference_server"}:
            raise
        print(  # noqa: T201  a console command speaks on the console
            f"devkit needs {missing.name}, which is not installed. Run: pip install 'endpoint-devkit[kit]'",
            file=sys.stderr,
        )
        return _EXIT_USAGE


def _refuse_foreign(package: str) -> None:
    owner = _foreign_owner(package)
    if owner is not None:
        print(  # noqa: T201  a command's refusal
            f"The import name {package!r} belongs to another distribution here ({owner}), not to {DISTRIBUTION}. "
            f"Install {DISTRIBUTION} into an environment of its own, or uninstall the other one and reinstall this.",
            file=sys.stderr,
        )
        raise SystemExit(_EXIT_FOREIGN)


def _foreign_owner(package: str) -> str | None:
    """The name of the distribution that owns `package` when it is not ours, else None.

    The usual case costs one attribute look-up; the installed distributions are read only to name the culprit.
    """
    module = _import(package)
    if module is not None and getattr(module, "DISTRIBUTION", None) == DISTRIBUTION:
        return None
    from importlib.metadata import packages_distributions

    owners = [name for name in packages_distributions().get(package, []) if name != DISTRIBUTION]
    return owners[0] if owners else str(getattr(module, "__file__", "nothing of that name is installed"))


def _import(package: str) -> ModuleType | None:
    try:
        return importlib.import_module(package)
    except ImportError:
        return None
