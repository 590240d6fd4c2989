"""Where an endpoint's key is sent. Nothing is connected to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.control_plane.client import Client
from devkit.promote.resolving import resolve_file
from devkit.promote.targets import open_target
from devkit.promote.targets.base import Desired, TargetError
from devkit.workspace import Workspace
from tests.support.cluster_promotions import Project

if TYPE_CHECKING:
    from pathlib import Path


def test_no_key_is_fetched_for_an_address_of_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Golden requests to a scoring address in the clear are refused before the endpoint's key is asked for."""
    told = {"properties": {"scoringUri": "http://10.0.0.1/score", "authMode": "Key"}}
    monkeypatch.setattr(Client, "get_endpoint", lambda *_: told)
    monkeypatch.setattr(Client, "list_keys", lambda *_: pytest.fail("the key was asked for"))
    workspace = Workspace(tmp_path)
    found = resolve_file(Project(tmp_path).write("green"), workspace)
    desired = Desired("one", found.document, found.endpoint, found.plan, found.digests, None)
    target = open_target("azureml:s/g/w", desired, workspace, {})
    try:
        with pytest.raises(TargetError, match="the endpoint's key would cross the network in the clear"):
            target.replay_target()
    finally:
        target.close()
