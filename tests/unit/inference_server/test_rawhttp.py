"""rawhttp: the mark belongs to the function."""

from __future__ import annotations

import functools
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from inference_server.rawhttp import RawMarks, is_marked, rawhttp

if TYPE_CHECKING:
    import pytest


def plain(data: Any) -> Any:
    return data


def test_only_the_decorated_function_is_marked() -> None:
    """Decorating one function leaves another one as it was."""

    @rawhttp
    def raw(request: Any) -> Any:
        return request

    assert is_marked(raw)
    assert not is_marked(plain)


def test_the_function_itself_is_returned() -> None:
    """The decorator wraps nothing."""

    def function(request: Any) -> Any:
        return request

    assert rawhttp(function) is function


def test_a_wrapper_above_the_mark_does_not_hide_it() -> None:
    """A decorator outside of @rawhttp, with functools.wraps or without, leaves run() raw."""

    def timed(function: Any) -> Any:
        def wrapper(request: Any) -> Any:
            return function(request)

        return wrapper

    def polite(function: Any) -> Any:
        return functools.wraps(function)(timed(function))

    assert is_marked(timed(rawhttp(lambda request: request)))
    assert is_marked(polite(rawhttp(lambda request: request)))


def test_a_function_that_only_calls_a_raw_one_by_name_is_not_raw() -> None:
    """Using a raw function from another one does not make that one raw."""
    helper = rawhttp(lambda request: request)
    namespace: dict[str, Any] = {"helper": helper}
    exec("def run(data):\n    return helper(data)", namespace)  # noqa: S102  a global name, as in a script
    assert not is_marked(namespace["run"])


def test_strict_counts_any_decorated_function() -> None:
    """Under azmlinfsrv's rule one decorated function anywhere in the import is enough."""
    marks = RawMarks()
    assert not marks.any_applied()
    rawhttp(lambda request: request)
    assert marks.any_applied()
    assert not RawMarks().any_applied()


def test_the_real_package_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the real azmlinfsrv is installed, its decorator sets a flag; one set before the import does not count."""
    real = ModuleType("azureml_inference_server_http.api.aml_request")
    real._rawHttpRequested = True  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, real.__name__, real)
    marks = RawMarks()
    assert not marks.real_flag()
    real._rawHttpRequested = True  # type: ignore[attr-defined]
    assert marks.real_flag()
