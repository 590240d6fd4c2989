r"""What a build inside a container needs of this machine: its proxy, certificate authorities, package index, secrets.

All of it reaches the build without landing in a layer or in the image's history: proxies as the build arguments that
every Dockerfile knows, everything else as BuildKit secrets, which are files below /run/secrets while one instruction
runs. A Dockerfile of the user's own mounts them by their ids:

    RUN --mount=type=secret,id=devkit-pip --mount=type=secret,id=devkit-ca \
        PIP_CONFIG_FILE=/run/secrets/devkit-pip pip install -r requirements.txt
"""

from __future__ import annotations

import configparser
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["CA", "CONDA", "PIP", "SECRET_PREFIX", "BuildInputs", "build_inputs", "pip_configuration"]

CA: Final = "devkit-ca"
PIP: Final = "devkit-pip"
CONDA: Final = "devkit-conda"
SECRET_PREFIX: Final = "DEVKIT_BUILD_SECRET_"  # noqa: S105  the prefix of names
"""`DEVKIT_BUILD_SECRET_TOKEN=...` is the secret TOKEN, and the variable TOKEN while a conda file is installed."""

_FOLDER: Final = "/run/secrets"
_PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
"""Dockerfiles know these without ARG, and neither cache key nor history has them."""
_CA_VARIABLES: Final = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
_CA_READERS: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "CONDA_SSL_VERIFY")
_PIP_LISTS: Final = ("index-url", "extra-index-url", "trusted-host")
_PIP_VALUES: Final = ("proxy", "timeout", "default-timeout", "retries")


@dataclass(frozen=True)
class BuildInputs:
    """What is handed to `docker build`."""

    proxies: tuple[str, ...] = ()
    """Names of environment variables, whose values docker takes itself."""
    secrets: Mapping[str, bytes] = field(default_factory=dict)
    """Contents by id."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What an installation is told, as a shell would write it between double quotes."""


def build_inputs(environ: Mapping[str, str], pip_files: Iterable[Path] | None = None) -> BuildInputs:
    """What this machine gives to a build.

    Args:
        environ: the environment to look in.
        pip_files: pip's configuration files, the weaker first; those of this machine when left out.
    """
    files = _pip_files(environ) if pip_files is None else pip_files
    texts = [text for path in files if (text := _read(path)) is not None]
    secrets: dict[str, bytes] = {}
    authorities = next(
        (ca for name in _CA_VARIABLES if (ca := _read(Path(environ.get(name) or "/-"))) is not None), None
    )
    if authorities is not None:
        secrets[CA] = authorities.encode()
    pip = pip_configuration(texts, environ, certificate=f"{_FOLDER}/{CA}" if authorities is not None else None)
    if pip:
        secrets[PIP] = pip.encode()
    conda = _read(Path(environ.get("CONDARC") or Path.home() / ".condarc"))
    if conda is not None:
        secrets[CONDA] = conda.encode()
    own = {name.removeprefix(SECRET_PREFIX): text for name, text in environ.items() if name.startswith(SECRET_PREFIX)}
    proxies = tuple(name for name in environ if name.upper() in _PROXIES)
    return BuildInputs(
        proxies, {**secrets, **{name: text.encode() for name, text in own.items()}}, _variables(secrets, own)
    )


def pip_configuration(texts: Iterable[str], environ: Mapping[str, str], *, certificate: str | None = None) -> str:
    """The configuration for a pip inside a container; empty when nothing needs to be said.

    Only how to reach the index is taken over. What lies on this machine alone, such as a folder of wheels, is left out:
    the container does not have it.

    Args:
        texts: the contents of pip's configuration files, the weaker first.
        environ: its PIP_ variables win over them.
        certificate: where the certificate authorities lie in the container.
    """
    found: dict[str, str] = {}
    for text in texts:
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text)
        except configparser.Error:  # pip itself will tell its user
            continue
        for section in ("global", "install"):
            found.update(parser[section] if parser.has_section(section) else {})
    for name in (*_PIP_LISTS, *_PIP_VALUES):
        value = environ.get("PIP_" + name.upper().replace("-", "_"))
        if value is not None:
            found[name] = value
    kept = {name: " ".join(filter(_is_elsewhere, found.get(name, "").split())) for name in _PIP_LISTS}
    kept |= {name: found.get(name, "") for name in _PIP_VALUES} | {"cert": certificate or ""}
    lines = [f"{name} = {value}" for name, value in kept.items() if value]
    return "\n".join(["[global]", *lines, ""]) if lines else ""


def _is_elsewhere(value: str) -> bool:
    return not value.startswith(("file:", "/", "."))


def _variables(secrets: Mapping[str, bytes], own: Mapping[str, str]) -> dict[str, str]:
    variables = dict.fromkeys(_CA_READERS, f"{_FOLDER}/{CA}") if CA in secrets else {}
    if PIP in secrets:
        variables["PIP_CONFIG_FILE"] = f"{_FOLDER}/{PIP}"
    if CONDA in secrets:
        variables["CONDARC"] = f"{_FOLDER}/{CONDA}"
    return variables | {name: f"$(cat {_FOLDER}/{name})" for name in own}


def _pip_files(environ: Mapping[str, str]) -> list[Path]:
    """Where pip looks, the weaker first (pip's documentation, 2026-11)."""
    home = Path.home()
    files = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"), home / ".pip" / "pip.conf"]
    if sys.platform == "win32":
        files = [Path(environ.get("APPDATA") or home) / "pip" / "pip.ini"]
    elif sys.platform == "darwin":
        files += [home / "Library" / "Application Support" / "pip" / "pip.conf"]
    files.append(Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf")
    if named := environ.get("PIP_CONFIG_FILE"):
        files.append(Path(named))
    return files


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
