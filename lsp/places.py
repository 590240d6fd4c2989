"""URIs to paths and back."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import quote

from pygls.uris import from_fs_path, to_fs_path

__all__ = ["path_of", "uri_of"]

_UNSAVED: Final = Path(Path.cwd().anchor, "(unsaved)")
"""The folder of documents that no file holds. It does not exist, so nothing is found beside them."""
_SUFFIXES: Final = {"yaml": ".yml", "python": ".py"}


def path_of(uri: str, language: str = "") -> Path:
    """The path behind a URI; for one that is no ``file:`` URI a made-up path that no other URI has.

    Args:
        uri: as the editor spells it, percent-encoded or not.
        language: the editor's language id. It gives a document without a file the suffix that a file of it would have.
    """
    try:
        name = to_fs_path(uri)
    except ValueError:  # such as "file://["
        name = None
    if name and "\0" not in name:
        return Path(name)
    made_up = quote(uri, safe="")
    suffix = _SUFFIXES.get(language, "")
    return _UNSAVED / (made_up if made_up.endswith(suffix) else made_up + suffix)


def uri_of(path: Path) -> str:
    """The ``file:`` URI of an absolute path."""
    return from_fs_path(str(path)) or path.as_uri()
