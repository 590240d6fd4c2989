"""The sidecar as a pod starts it: a process, with the rendered configuration and the mounted keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.sidecars import Sidecar, running_sidecar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sidecar(tmp_path: Path) -> Iterator[Sidecar]:
    """A sidecar before an instance that echoes."""
    with running_sidecar(tmp_path) as found:
        yield found


def test_the_sidecar_checks_keys(sidecar: Sidecar) -> None:
    """Both keys let a request through to the instance, no key and another key do not."""
    answers = [sidecar.ask(Authorization=f"Bearer {key}") for key in ("first", "second", "third")]
    assert (answers, sidecar.ask()) == ([200, 200, 401], 401)


def test_another_deployments_name_is_refused(sidecar: Sidecar) -> None:
    """A request for a deployment that the pod is not of is answered 404, as Azure answers it."""
    header = {"azureml-model-deployment": "green"}
    assert sidecar.ask(Authorization="Bearer first", **header) == 404
