"""What has to change in a folder so that it is a deployment's dev container. Pure.

Beside what it generates the kit keeps a record of it, so that it can tell its own words from a person's later.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from devkit.devcontainer.generator import CONFIGURATION
from devkit.devcontainer.merging import Change, Fate, merge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.devcontainer.generator import DevContainer

__all__ = ["RECORD", "Update", "update"]

RECORD: Final = "devkit-generated.json"
_ABOUT: Final = "What devkit wrote last, so that it can tell your changes from its own. Commit it; do not edit it."


@dataclass(frozen=True)
class Update:
    """The files that change, and what of a person's is left as it is."""

    before: Mapping[str, str | None]
    """By name in the folder; None for a file that is not there."""
    after: Mapping[str, str]
    changes: tuple[Change, ...]
    """Of devcontainer.json, and of whole files by their name as the key."""

    @property
    def written(self) -> dict[str, str]:
        """The files that are written, the record among them."""
        return {name: text for name, text in self.after.items() if self.before[name] != text}

    @property
    def is_current(self) -> bool:
        """Whether the folder is what the deployment asks for."""
        return not self.changes and set(self.written) <= {RECORD}


def update(found: Mapping[str, str], wanted: DevContainer, *, force: bool = False) -> Update:
    """Compare a folder with what a deployment asks for.

    Args:
        found: the folder's texts by name, as far as they are there.
        wanted: what `dev_container` made of the deployment.
        force: take the deployment's value where a person's differs.

    Raises:
        JsoncError: the folder's devcontainer.json cannot be read.
    """
    record = _record(found.get(RECORD))
    texts: dict[str, str] = {}
    changes: list[Change] = []
    existing = found.get(CONFIGURATION)
    if existing is None:
        texts[CONFIGURATION] = wanted.text
        changes.append(Change((CONFIGURATION,), Fate.ADDED))
    else:
        merged = merge(existing, record.get("configuration"), wanted.configuration, force=force)
        texts[CONFIGURATION] = merged.text
        changes += merged.changes
    for name, text in wanted.files.items():
        texts[name], fate = _file(found.get(name), text, record.get("files", {}).get(name), force=force)
        if fate is not None:
            changes.append(Change((name,), fate))
    texts[RECORD] = _record_text(wanted)
    return Update({name: found.get(name) for name in texts}, texts, tuple(changes))


def _file(found: str | None, wanted: str, digest: str | None, *, force: bool) -> tuple[str, Fate | None]:
    if found is None:
        return wanted, Fate.ADDED
    if found == wanted:
        return found, None
    if force or digest == _digest(found):
        return wanted, Fate.UPDATED
    return found, Fate.KEPT


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _record(text: str | None) -> dict[str, Any]:
    """The record; one that cannot be read counts as none, which only makes the merge more careful."""
    try:
        record = json.loads(text or "{}")
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _record_text(wanted: DevContainer) -> str:
    files = {name: _digest(text) for name, text in wanted.files.items()}
    record = {"about": _ABOUT, "configuration": wanted.configuration, "files": files}
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"
