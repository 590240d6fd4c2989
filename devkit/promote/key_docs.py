"""Makes ``docs/promote-keys.md``: what each target does with each key. ``python -m devkit.promote.key_docs`` prints it.

Azure's column comes from the tables that make the bodies. The others are found by changing each key and comparing what
the target makes (`key_effects`).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devkit.promote.key_effects import REFUSED_BY_CHECKS, REFUSED_BY_TARGET, TARGETS, effects
from devkit.promote.key_reasons import reason_for
from devkit.promote.key_samples import is_block, keys_of, lay_out_files, samples
from devkit.spec.documents.environment import Environment
from devkit.spec.documents.model import Model
from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment, ManagedOnlineDeployment
from devkit.spec.rest import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.spec.documents.block import Block
    from devkit.spec.rest.fields import Table
    from devkit.spec.shapes import Shape

__all__ = ["UndeclaredKeyError", "keys_page"]

_INTRODUCTION: Final = """\
# What each target does with each key

<!-- Made by `python -m devkit.promote.key_docs` from the code. Do not edit by hand. -->

- **azureml**: the place in the body that `devkit promote --to azureml:…` sends; the local control plane gets the same.
- **kubernetes**: what changes with the key: objects, and places in them. `pod` is the Deployment's template, `sidecar`
  the configuration of the gateway in it.
- **docker-host**: the same, of the instance's `container`, its `healthcheck`, the host's `gateway`, and of what is
  asked before the deployment counts as ready (`wait`).

`image` is the image that the target runs, and `*` every name of a mapping. Where a key does nothing, its reason stands
in brackets.
"""
_TITLES: Final = {
    "ManagedOnlineEndpoint": "Managed online endpoint",
    "KubernetesOnlineEndpoint": "Kubernetes online endpoint",
    "ManagedOnlineDeployment": "Managed online deployment",
    "KubernetesOnlineDeployment": "Kubernetes online deployment",
    "Model": "Model",
    "Environment": "Environment",
}
_INLINE: Final = {Model: "model.", Environment: "environment."}
"""Assets have no effect of their own: what they do is found in a deployment that has them inline."""
_DEPLOYMENTS: Final = (ManagedOnlineDeployment, KubernetesOnlineDeployment)
_MOST_PLACES: Final = 6
_READ: Final = "(read from"
_ONLY_READ: Final = "(only Azure writes it)"
_REFUSED_BY_CHECKS: Final = "scale_settings."
"""What these keys begin with in a managed deployment; of others a refusal means that the sample is no good."""


class UndeclaredKeyError(Exception):
    """A key does nothing at a target, and nobody has said why."""


def keys_page() -> str:
    """The page.

    Raises:
        UndeclaredKeyError: see there.
    """
    with tempfile.TemporaryDirectory(prefix="devkit-keys-") as name:
        folder = Path(name)
        lay_out_files(folder)
        return _INTRODUCTION + "".join(_table(kind, _at_azure(table), folder) for kind, table in TABLES.items())


def _table(kind: type[Block], at_azure: Mapping[str, str], folder: Path) -> str:
    lines = [f"\n## {_TITLES[kind.__name__]}\n\n", "| key | azureml | kubernetes | docker-host |\n|---|---|---|---|\n"]
    for key, shape in keys_of(kind).items():
        told = [_of_azure(at_azure, key)]
        only_read = told[0].startswith(_READ)
        told += [_ONLY_READ if only_read else _of(target, kind, key, shape, folder) for target in TARGETS]
        lines.append(f"| `{key}` | {' | '.join(told)} |\n")
    return "".join(lines)


def _at_azure(table: Table) -> dict[str, str]:
    found = {}
    for field in table.fields:
        default = f"; `{field.default}` where it is absent" if field.has_default else ""
        found[field.yaml] = f"{_READ} `{field.rest}`)" if field.read_only else f"`{field.rest}`{default}"
    return {**found, **{key: f"({reason})" for key, reason in table.not_sent.items()}}


def _of_azure(at_azure: Mapping[str, str], key: str) -> str:
    """Its own place or reason; else that of the mapping which it is a part of."""
    steps = key.split(".")
    above = [".".join(steps[:depth]) for depth in range(len(steps), 0, -1)]
    told = next((at_azure[each] for one in above for each in (one, f"{one}.*") if each in at_azure), None)
    if told is None:
        raise UndeclaredKeyError(f"azureml: {key} is in no body, and has no reason")
    return told


def _of(target: str, kind: type[Block], key: str, shape: Shape, folder: Path) -> str:
    if is_block(shape):
        return "its keys"
    whole = key
    if kind in _INLINE:
        kind, whole = ManagedOnlineDeployment, f"{_INLINE[kind]}{key}"
        shape = keys_of(kind)[whole]
    places = effects(target, samples(kind, whole, shape), folder, endpoint=kind not in _DEPLOYMENTS)
    if places == [REFUSED_BY_CHECKS] and not whole.startswith(_REFUSED_BY_CHECKS):
        raise UndeclaredKeyError(f"{target}: the sample of {whole} of {kind.__name__} is refused by the checks")
    reason = reason_for(target, whole)
    if not places and reason is None:
        raise UndeclaredKeyError(f"{target}: {whole} of {kind.__name__} changes nothing, and has no reason")
    return _shown(places) if places else f"({reason})"


def _shown(places: Sequence[str]) -> str:
    if places[0] in {REFUSED_BY_CHECKS, REFUSED_BY_TARGET}:
        return places[0]
    by_object: dict[str, list[str]] = {}
    for each in places:
        what, _, place = each.partition(" ")
        by_object.setdefault(what, []).append(place.removeprefix("containers[inference]."))
    if len(places) > _MOST_PLACES:
        return f"several places: {', '.join(by_object)}"
    shown = {what: ", ".join(f"`{each}`" for each in found if each) for what, found in by_object.items()}
    return "; ".join(f"{what} {told}".rstrip() for what, told in shown.items())


if __name__ == "__main__":
    sys.stdout.write(keys_page())
