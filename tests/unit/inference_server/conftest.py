"""Every test finds the process as if no script had been loaded before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_script_of_another_test(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take a test's modules out of ``sys.modules`` again, and its folders off the path."""
    path = list(sys.path)
    yield
    sys.path[:] = path
    folder = str(tmp_path_factory.getbasetemp())
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(folder):
            del sys.modules[name]
