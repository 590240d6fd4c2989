"""Where packages come from on this machine: pip's own settings, handed on to uv, which does not read them."""

from __future__ import annotations

import configparser
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["pip_settings", "uv_environment"]

_UV_OWN: Final = ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "UV_NO_INDEX", "UV_CONFIG_FILE")
_KEYS: Final = ("index-url", "extra-index-url", "find-links", "cert", "trusted-host", "proxy", "timeout", "retries")


def uv_environment(environ: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Variables that have uv look where pip looks; empty when uv was told where to look itself.

    Args:
        environ: the environment that uv would have.
        settings: what `pip_settings` gave.
    """
    found: dict[str, str] = {}
    if "cert" in settings and "SSL_CERT_FILE" not in environ:
        found["SSL_CERT_FILE"] = settings["cert"]
    if any(name in environ for name in _UV_OWN):
        return found
    if "index-url" in settings:
        found["UV_DEFAULT_INDEX"] = settings["index-url"]
    if extra := _reachable(settings.get("extra-index-url", "")):
        found["UV_INDEX"] = " ".join(extra)
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # the best version of all indexes, as pip takes it
    if links := _reachable(settings.get("find-links", "")):
        found["UV_FIND_LINKS"] = ",".join(links)
    return found


def pip_settings(environ: Mapping[str, str] | None = None, files: Iterable[Path] | None = None) -> dict[str, str]:
    """The settings of pip that say where packages come from and how; the environment wins, as in pip."""
    environ = os.environ if environ is None else environ
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    for path in _pip_files(environ) if files is None else files:
        with contextlib.suppress(configparser.Error, UnicodeDecodeError):  # pip itself will complain
            parser.read(path, encoding="utf-8")
    found: dict[str, str] = {}
    for key in _KEYS:
        value = environ.get(f"PIP_{key.upper().replace('-', '_')}") or parser.get("global", key, fallback="") or ""
        if value.strip():
            found[key] = value.strip()
    return found


def _pip_files(environ: Mapping[str, str]) -> list[Path]:
    """The files that pip reads, the weakest first (pip's documentation, "Configuration", 25.3)."""
    home = Path.home()
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    places = [Path("/etc") / name]
    if sys.platform == "win32":
        places = [Path(environ.get("PROGRAMDATA", "C:/ProgramData")) / "pip" / name]
        places += [home / "pip" / name, Path(environ.get("APPDATA", home)) / "pip" / name]
    else:
        config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
        places += [home / ".pip" / name, config / "pip" / name]
        if sys.platform == "darwin":
            places.append(home / "Library/Application Support/pip" / name)
    places.append(Path(sys.prefix) / name)
    return [*places, *filter(None, [Path(environ["PIP_CONFIG_FILE"]) if "PIP_CONFIG_FILE" in environ else None])]


def _reachable(text: str) -> list[str]:
    """The places named, without folders that are not there: pip passes over them, uv stops."""
    return [each for each in text.split() if not _is_missing_folder(each)]


def _is_missing_folder(place: str) -> bool:
    if "://" in place and not place.startswith("file://"):
        return False
    return not Path(place.removeprefix("file://")).exists()
