"""The manifests as a folder of files with a kustomization: `kubectl apply -k FOLDER`, or a GitOps repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from devkit.promote.kubernetes.naming import object_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from devkit.promote.kubernetes.release import Manifest

__all__ = ["dump", "render", "write"]

KUSTOMIZATION = "kustomization.yaml"


class _Dumper(yaml.SafeDumper):
    """Lists below their key, indented as people write them; long texts as blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  PyYAML's own signature
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  PyYAML's own signature
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def render(manifests: Sequence[Manifest]) -> dict[str, str]:
    """The files, texts by name: one for each object, numbered in the order of applying, and the kustomization.

    Secrets are left out: files are copied and committed. The pods wait for the Secret until somebody makes it.
    """
    shown = [each for each in manifests if each["kind"] != "Secret"]
    files = {_file_name(number, each): dump(each) for number, each in enumerate(shown, 1)}
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(files),
    }
    return {**files, KUSTOMIZATION: dump(kustomization)}


def dump(manifest: Manifest) -> str:
    """One object as YAML."""
    return yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write the files; what an earlier rendering left there and this one does not have is removed.

    Only files that the kustomization there lists count as an earlier rendering: nothing else is touched.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in _listed(folder) - set(files):
        (folder / name).unlink(missing_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _listed(folder: Path) -> set[str]:
    try:
        known = yaml.safe_load((folder / KUSTOMIZATION).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return set()
    listed = known.get("resources") if isinstance(known, dict) else None
    return {str(each) for each in listed or () if "/" not in str(each) and "\\" not in str(each)}


def _file_name(number: int, manifest: Manifest) -> str:
    return f"{number:02}-{manifest['kind'].lower()}-{object_name(manifest['metadata']['name'])}.yaml"
