"""The modules that a ``score.py`` written for Azure's server imports, where the real ones are not installed.

``azureml.contrib.services.aml_request`` and ``…aml_response``, and ``azureml_inference_server_http.api.aml_request``
and ``…aml_response``, give :mod:`inference_server.http_types`'s classes, the same objects under each name. The finder
stands last in ``sys.meta_path`` and asks whoever came after it first: a real package, or the part of one that is
there, always wins.
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

__all__ = ["find_spec", "install"]

_HTTP_TYPES = "inference_server.http_types"
_REQUEST = {"AMLRequest": (_HTTP_TYPES, "AMLRequest"), "rawhttp": (_HTTP_TYPES, "rawhttp")}
_RESPONSE = {"AMLResponse": (_HTTP_TYPES, "AMLResponse")}
_LOGS = {  # classes that a logging.json written for azmlinfsrv names
    "AMLLogFormatter": ("inference_server.logs", "LogFormatter"),
    "RootAccessFilter": ("inference_server.logs", "RootAccessFilter"),
}

_PACKAGES = frozenset(
    {
        "azureml",
        "azureml.contrib",
        "azureml.contrib.services",
        "azureml_inference_server_http",
        "azureml_inference_server_http.api",
    }
)
_MODULES = {
    "azureml.contrib.services.aml_request": _REQUEST,
    "azureml.contrib.services.aml_response": _RESPONSE,
    "azureml_inference_server_http.api.aml_request": _REQUEST,
    "azureml_inference_server_http.api.aml_response": _RESPONSE,
    "azureml_inference_server_http.log_config": _LOGS,
}
_OUR_FINDERS = frozenset({"_endpoint_devkit", __name__})


class _StandIn(Loader):
    """Fills a module with the names it stands for; a package stays empty."""

    def exec_module(self, module: ModuleType) -> None:
        for name, (source, attribute) in _MODULES.get(module.__name__, {}).items():
            setattr(module, name, getattr(importlib.import_module(source), attribute))


class _Finder:
    """For a process in which the start-up hook of the distribution did not run (``python -S``, a zip, a copy)."""

    @staticmethod
    def find_spec(
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,  # noqa: ARG004  the protocol of sys.meta_path
    ) -> ModuleSpec | None:
        return find_spec(fullname, path)


def find_spec(fullname: str, path: Sequence[str] | None = None) -> ModuleSpec | None:
    """The spec of a stand-in for `fullname`, or of the real module that a later finder knows; None for other names."""
    if fullname not in _PACKAGES and fullname not in _MODULES:
        return None
    return _known_to_later_finders(fullname, path) or ModuleSpec(
        fullname, _StandIn(), origin="endpoint-devkit", is_package=fullname in _PACKAGES
    )


def _known_to_later_finders(fullname: str, path: Sequence[str] | None) -> ModuleSpec | None:
    """Editable installs put finders of their own at the end, possibly after ours."""
    positions = [index for index, finder in enumerate(sys.meta_path) if _is_ours(finder)]
    for finder in sys.meta_path[max(positions, default=-1) + 1 :] if positions else ():
        spec = finder.find_spec(fullname, path, None)
        if spec is not None:
            return spec
    return None


def _is_ours(finder: object) -> bool:
    return getattr(finder, "__module__", None) in _OUR_FINDERS


def install() -> None:
    """Make the names importable in this process, unless the distribution's start-up hook has done so."""
    if not any(map(_is_ours, sys.meta_path)):
        sys.meta_path.append(_Finder)
