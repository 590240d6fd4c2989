r"""What a build inside a container needs of this machine: its proxy, certificate authorities, package index, secrets.

All of it reaches the build without landing in a layer or in the image's history: proxies as the build arguments that
every Dockerfile knows, everything else as BuildKit secrets, which are files below /run/secrets while one instruction
runs. A Dockerfile of the user's own mounts them by their ids:

    RUN --mount=type=secret,id=devkit-pip --mount=type=secret,id=devkit-ca \
        PIP_CONFIG_FILE=/run/secrets/devkit-pip pip install -r requirements.txt
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devkit.runtime.package_index import pip_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

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
_PIP_VALUES: Final = ("proxy", "timeout", "retries")


@dataclass(frozen=True)
class BuildInputs:
    """What is handed to `docker build`."""

    proxies: tuple[str, ...] = ()
    """Names of environment variables, whose values docker takes itself."""
    secrets: Mapping[str, bytes] = field(default_factory=dict)
    """Contents by id."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What an installation is told, as a shell would write it between double quotes."""


def build_inputs(environ: Mapping[str, str], settings: Mapping[str, str] | None = None) -> BuildInputs:
    """What this machine gives to a build.

    Args:
        environ: the environment to look in.
        settings: pip's settings by name; those of this machine when left out.
    """
    settings = pip_settings(environ) if settings is None else settings
    secrets: dict[str, bytes] = {}
    named = (*(environ.get(name) for name in _CA_VARIABLES), settings.get("cert"))
    authorities = next((ca for path in filter(None, named) if (ca := _read(Path(path))) is not None), None)
    if authorities is not None:
        secrets[CA] = authorities
    pip = pip_configuration(settings, certificate=f"{_FOLDER}/{CA}" if authorities is not None else None)
    if pip:
        secrets[PIP] = pip.encode()
    conda = _read(Path(environ.get("CONDARC") or Path.home() / ".condarc"))
    if conda is not None:
        secrets[CONDA] = conda
    own = {name.removeprefix(SECRET_PREFIX): text for name, text in environ.items() if name.startswith(SECRET_PREFIX)}
    proxies = tuple(name for name in environ if name.upper() in _PROXIES)
    return BuildInputs(
        proxies, {**secrets, **{name: text.encode() for name, text in own.items()}}, _variables(secrets, own)
    )


def pip_configuration(settings: Mapping[str, str], *, certificate: str | None = None) -> str:
    """The configuration for a pip inside a container; empty when nothing needs to be said.

    Only how to reach the index is taken over. What lies on this machine alone, such as a folder of wheels, is left out:
    the container does not have it.

    Args:
        settings: pip's settings on this machine.
        certificate: where the certificate authorities lie in the container.
    """
    kept = {name: " ".join(filter(_is_elsewhere, settings.get(name, "").split())) for name in _PIP_LISTS}
    kept |= {name: settings.get(name, "") for name in _PIP_VALUES} | {"cert": certificate or ""}
    lines = [f"{name} = {value}" for name, value in kept.items() if value]
    return "\n".join(["[global]", *lines, ""]) if lines else ""


def _is_elsewhere(value: str) -> bool:
    return not value.startswith(("file:", "/", "."))


def _variables(secrets: Mapping[str, bytes], own: Mapping[str, str]) -> dict[str, str]:
    variables: dict[str, str] = dict.fromkeys(_CA_READERS, f"{_FOLDER}/{CA}") if CA in secrets else {}
    if PIP in secrets:
        variables["PIP_CONFIG_FILE"] = f"{_FOLDER}/{PIP}"
    if CONDA in secrets:
        variables["CONDARC"] = f"{_FOLDER}/{CONDA}"
    return variables | {name: f"$(cat {_FOLDER}/{name})" for name in own}


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
