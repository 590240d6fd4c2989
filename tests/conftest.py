"""In which order the tests are handed out, and which processes count for coverage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parent
UNMEASURED = ("contract", "e2e")
"""Folders whose processes do what other tests do too: measuring would cost each 0.2 s of processor time."""


@pytest.hookimpl(trylast=True)  # after pytest-randomly: modules stay in its order, among the slow and among the quick
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits for processes, end with the units: then no worker is idle while another has a long rest."""
    items.sort(key=lambda item: _folder(item) == "unit")


@pytest.fixture(autouse=True, scope="module")
def _coverage_of_processes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Coverage of the processes that a module starts, unless its folder has none."""
    with pytest.MonkeyPatch.context() as patch:
        if _folder(request.node) in UNMEASURED:
            for name in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
                patch.delenv(name, raising=False)
        yield


def _folder(node: pytest.Item) -> str:
    return node.path.relative_to(TESTS).parts[0]
