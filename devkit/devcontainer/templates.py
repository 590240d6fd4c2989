"""The Dev Container Templates that the kit ships: the text that every generated dev container starts from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.abc import Traversable

__all__ = ["TEMPLATES", "Template", "read_template"]

TEMPLATES = ("cpu-inference", "gpu-inference", "mlflow", "triton", "custom-container")
"""The ids, each a folder of ``devcontainer_templates``."""

_METADATA = "devcontainer-template.json"
_OPTION = re.compile(r"\$\{\s*templateOption:\s*(\w+?)\s*\}")  # as the dev container CLI finds them (0.89.0)


@dataclass(frozen=True)
class Template:
    """One template: what it says of itself, and its files by their paths, with forward slashes."""

    metadata: Mapping[str, Any]
    files: Mapping[str, str]

    @property
    def defaults(self) -> dict[str, str]:
        """Each option's default, as it goes into a file."""
        return {name: str(option["default"]) for name, option in self.metadata.get("options", {}).items()}

    def apply(self, options: Mapping[str, str]) -> dict[str, str]:
        """The files with the options filled in; a default stands in for what is not given.

        Raises:
            KeyError: the template has no such option.
        """
        values = self.defaults
        for name, value in options.items():
            if name not in values:
                raise KeyError(name)
            values[name] = value
        return {path: _OPTION.sub(lambda found: values[found[1]], text) for path, text in self.files.items()}

    def used_options(self) -> set[str]:
        """The options that its files ask for."""
        return {name for text in self.files.values() for name in _OPTION.findall(text)}


def read_template(template_id: str) -> Template:
    """One of `TEMPLATES`, from the installed package.

    Raises:
        FileNotFoundError: there is no such template.
    """
    folder = resources.files("devcontainer_templates") / template_id
    metadata = json.loads((folder / _METADATA).read_text(encoding="utf-8"))
    return Template(metadata, dict(_files(folder / ".devcontainer", ".devcontainer")))


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _files(entry, f"{path}/{entry.name}")
        else:
            yield f"{path}/{entry.name}", entry.read_text(encoding="utf-8")
