"""The targets by the scheme of ``--to``. A module is imported only when it is promoted to."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, cast

from devkit.promote.targets.base import TargetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.promote.targets.base import Desired, Opener, Target
    from devkit.workspace import Workspace

__all__ = ["SCHEMES", "open_target"]

SCHEMES: Final[Mapping[str, str]] = {
    "azureml": "devkit.promote.targets.azureml",
    "docker": "devkit.promote.targets.docker_host",
    "kubernetes": "devkit.promote.targets.kubernetes",
}
"""The module of each scheme; it has a function `open_target`, an `Opener`."""


def open_target(to: str, desired: Desired, workspace: Workspace, options: Mapping[str, str]) -> Target:
    """The target at ``SCHEME:ADDRESS``.

    Raises:
        TargetError: there is no such scheme, or its module refuses the address.
    """
    scheme, _, address = to.partition(":")
    if scheme not in SCHEMES:
        known = ", ".join(f"{each}:" for each in SCHEMES) or "none in this version"
        raise TargetError(f"--to {to}: '{scheme}' is no kind of target. There are: {known}.")
    opener = cast("Opener", importlib.import_module(SCHEMES[scheme]).open_target)
    return opener(address, desired, workspace, options)
