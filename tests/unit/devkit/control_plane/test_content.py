from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.control_plane.content import Content
from devkit.control_plane.errors import BadArgumentError
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "uri",
    [
        "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/workspaceblobstore/paths/LocalUpload/a/docker",
        "https://127.0.0.1:5000/blobs/workspaceblobstore/LocalUpload/a/docker",
        "https://devkit.blob.local@127.0.0.1:5000/workspaceblobstore/LocalUpload/a/docker/",
        "https://devkit.blob.127.0.0.1:5000/workspaceblobstore/LocalUpload/a/docker/",
    ],
)
def test_what_was_uploaded_is_found_by_each_of_its_addresses(tmp_path: Path, uri: str) -> None:
    """The datastore's path, the signed place, and the account's address, which azure-ai-ml gives for build folders."""
    content = Content(Workspace(tmp_path))
    folder = content.upload("workspaceblobstore", "LocalUpload/a/docker")
    folder.mkdir(parents=True)
    assert content.bring("environments", uri) == folder


def test_what_is_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    """An offline machine says that it cannot, and what it takes."""
    with pytest.raises(BadArgumentError, match="cannot be fetched here"):
        Content(Workspace(tmp_path)).bring("environments", "https://shop.blob.core.windows.net/container/docker/")
