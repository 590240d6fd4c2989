"""The names of azmlinfsrv in a plain Python, and beside every shape of the real packages.

Each case is a process of its own with a folder of packages in front of ``sys.path``, as an environment has them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Python = Callable[[str], str]

WITHOUT_HOOK = (
    "import sys\nsys.meta_path[:] = [f for f in sys.meta_path if getattr(f, '__module__', '') != '_endpoint_devkit']\n"
)
INSTALLED = WITHOUT_HOOK + "from inference_server import azmlinfsrv_names as n; n.install(); n.install()\n"


@pytest.fixture
def python(tmp_path: Path) -> Python:
    """Run code with `tmp_path` in front of sys.path; a failure is the test's."""

    def _python(code: str) -> str:
        result = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    return _python


def package(root: Path, **modules: str) -> None:
    """Write `a__b="code"` as a/b.py; a folder gets an __init__.py only when it is named itself, with a value."""
    for name, code in modules.items():
        parts = name.split("__")
        path = root.joinpath(*parts)
        if code.startswith("# package"):
            path.mkdir(parents=True, exist_ok=True)
            path = path / "__init__"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(code, encoding="utf-8")


@pytest.mark.parametrize("start", ["", INSTALLED], ids=["hook", "install"])
def test_every_name_is_the_same_object_under_each_module(python: Python, start: str) -> None:
    """`import` and `from … import` both work, and a class is one class."""
    code = start + (
        "import azureml.contrib.services.aml_request as a\n"
        "import azureml.contrib.services.aml_response\n"
        "from azureml.contrib.services.aml_response import AMLResponse\n"
        "from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp\n"
        "import azureml_inference_server_http.api.aml_response as r\n"
        "from inference_server import http_types as ours\n"
        "assert a.AMLRequest is AMLRequest is ours.AMLRequest\n"
        "assert a.rawhttp is rawhttp is ours.rawhttp\n"
        "assert r.AMLResponse is AMLResponse is ours.AMLResponse is azureml.contrib.services.aml_response.AMLResponse\n"
        "import sys\nmine = '_endpoint_devkit', 'inference_server.azmlinfsrv_names'\n"
        "print(sum(finder.__module__ in mine for finder in sys.meta_path if hasattr(finder, '__module__')))"
    )
    assert python(code) == "1"


def test_nothing_of_ours_is_imported_until_a_name_is_wanted(python: Python) -> None:
    """The hook costs a start of the interpreter neither this package nor Flask."""
    assert python("import sys; print(*{'inference_server', 'flask'} & set(sys.modules))") == ""


def test_other_modules_of_azure_stay_absent(python: Python) -> None:
    """A library that looks for azureml.core finds none, as before."""
    code = (
        "import importlib.util as u\nassert u.find_spec('azureml.core') is None\n"
        "try:\n    import azureml.core\nexcept ModuleNotFoundError as e:\n    print(e.name)"
    )
    assert python(code) == "azureml.core"


@pytest.mark.parametrize("shape", ["package", "namespace"])
def test_a_real_azureml_without_contrib_is_kept_and_completed(python: Python, tmp_path: Path, shape: str) -> None:
    """As azureml-core has it, and as a native namespace package: azureml.core is theirs, azureml.contrib ours."""
    package(tmp_path, azureml__core="REAL = 1")
    if shape == "package":
        package(tmp_path, azureml="# package\nREAL = 1")
    code = (
        "import azureml.core, azureml.contrib.services.aml_request as a\n"
        "print(azureml.core.REAL, a.AMLRequest.__module__)"
    )
    assert python(code) == "1 inference_server.http_types"


def test_a_real_contrib_without_services_is_completed(python: Python, tmp_path: Path) -> None:
    """Another azureml-contrib distribution keeps its own modules."""
    package(tmp_path, azureml="# package", azureml__contrib="# package", azureml__contrib__other="REAL = 2")
    code = (
        "from azureml.contrib import other\n"
        "from azureml.contrib.services.aml_response import AMLResponse\n"
        "print(other.REAL)"
    )
    assert python(code) == "2"


def test_the_real_services_win(python: Python, tmp_path: Path) -> None:
    """Where azureml-contrib-services is installed, its classes are imported."""
    package(
        tmp_path,
        azureml="# package",
        azureml__contrib="# package",
        azureml__contrib__services="# package",
        azureml__contrib__services__aml_request="AMLRequest = 'real'",
    )
    assert python("from azureml.contrib.services.aml_request import AMLRequest\nprint(AMLRequest)") == "real"


def test_the_real_azmlinfsrv_wins(python: Python, tmp_path: Path) -> None:
    """Where azmlinfsrv is installed, its own api is imported."""
    package(
        tmp_path,
        azureml_inference_server_http="# package",
        azureml_inference_server_http__api="# package",
        azureml_inference_server_http__api__aml_request="AMLRequest = 'real'",
    )
    assert python("from azureml_inference_server_http.api.aml_request import AMLRequest\nprint(AMLRequest)") == "real"


def test_a_finder_that_came_later_wins(python: Python, tmp_path: Path) -> None:
    """An editable install of the real package adds its finder to the end of sys.meta_path."""
    package(tmp_path / "elsewhere", azureml="# package\nREAL = 3")
    code = (
        "import sys\nfrom importlib.machinery import PathFinder\n"
        "class Editable:\n"
        "    @staticmethod\n"
        "    def find_spec(name, path=None, target=None):\n"
        f"        return PathFinder.find_spec(name, [{str(tmp_path / 'elsewhere')!r}])\n"
        "sys.meta_path.append(Editable)\nimport azureml\nprint(azureml.REAL)"
    )
    assert python(code) == "3"


def test_classes_that_a_logging_json_names_are_found(python: Python) -> None:
    """A logging.json written for azmlinfsrv names its formatter and filter."""
    code = (
        "from azureml_inference_server_http.log_config import AMLLogFormatter, RootAccessFilter\n"
        "print(AMLLogFormatter.__name__)"
    )
    assert python(code) == "LogFormatter"
