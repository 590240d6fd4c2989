from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """One control plane for a module's tests; each test uses endpoints of its own."""
    bench = Workbench(tmp_path_factory.mktemp("workspace"))
    yield bench
    bench.close()
    assert bench.processes() == {}
