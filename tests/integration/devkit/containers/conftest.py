"""A workspace whose containers are gone after the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.docker_engine import Bench, require_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A workspace; whatever runs in it at the end is removed."""
    engine = require_engine()
    made = Bench(tmp_path, engine)
    made.workspace.prepare()
    yield made
    for instance in made.runtime.find(tmp_path):
        made.runtime.stop(instance, 0)
    engine.close()
