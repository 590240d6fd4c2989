from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.gateways import FakeInstance, RunningGateway, running
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """One gateway process for the module's tests: each gives it a configuration of its own."""
    with running(tmp_path_factory.mktemp("gateway"), free_port()) as found:
        yield found


@pytest.fixture
def blue() -> Iterator[FakeInstance]:
    """An instance."""
    with FakeInstance("blue-1") as found:
        yield found


@pytest.fixture
def green() -> Iterator[FakeInstance]:
    """Another one."""
    with FakeInstance("green-1") as found:
        yield found
