from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.endpoints.documents import DocumentError, FindingsError, from_values, read
from devkit.spec.kinds import Family, Kind
from devkit.spec.overrides import Override
from tests.support.projects import DEPLOYMENT, ENDPOINT, write

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_read_with_the_flags_on_top(tmp_path: Path) -> None:
    """A name of the command line wins over the file's."""
    write(tmp_path, {"endpoint.yml": ENDPOINT})
    document = read(tmp_path / "endpoint.yml", Family.ONLINE_ENDPOINT, [Override("name", "other")])
    assert (document.name, document.kind, document.folder) == ("other", Kind.MANAGED_ONLINE_ENDPOINT, tmp_path)


def test_a_file_with_mistakes_is_not_sent(tmp_path: Path) -> None:
    """Every error is told at its line, before the control plane hears of anything."""
    write(tmp_path, {"endpoint.yml": f"{ENDPOINT}traffik: {{}}\n"})
    with pytest.raises(FindingsError) as caught:
        read(tmp_path / "endpoint.yml", Family.ONLINE_ENDPOINT)
    assert [finding.code for finding in caught.value.findings] == ["DK106"]
    assert "endpoint.yml:3:" in str(caught.value)


@pytest.mark.parametrize(("key", "flag"), [("name", "-n"), ("endpoint_name", "-e")])
def test_a_name_that_nobody_gives_is_an_error(tmp_path: Path, key: str, flag: str) -> None:
    """The message names the flag that gives it."""
    text = "".join(line for line in DEPLOYMENT.splitlines(keepends=True) if not line.startswith(f"{key}:"))
    write(tmp_path, {"blue.yml": text})
    with pytest.raises(DocumentError, match=f"with {flag}"):
        read(tmp_path / "blue.yml", Family.ONLINE_DEPLOYMENT)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The message has the whole path, since the current folder is what one gets wrong."""
    with pytest.raises(DocumentError, match=str(tmp_path)):
        read(tmp_path / "none.yml", Family.MODEL)


def test_flags_alone_make_a_resource(tmp_path: Path) -> None:
    """`model create -n -p` needs no file; flags that are not given leave their keys out."""
    document = from_values(Family.MODEL, {"name": "m", "path": "model.pkl", "type": None}, tmp_path)
    assert document.name == "m"
    with pytest.raises(DocumentError, match="type"):
        from_values(Family.MODEL, {"name": "m", "type": "onnx"}, tmp_path)
