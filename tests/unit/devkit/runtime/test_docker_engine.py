"""Which engine is asked, and what is said when none answers."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from devkit.runtime.docker_engine import _of_its_registry, connect, engine_address, registry_digest
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from pathlib import Path


def test_docker_host_wins(tmp_path: Path) -> None:
    """As for the docker command."""
    assert engine_address({"DOCKER_HOST": "unix:///mine.sock", "DOCKER_CONTEXT": "other"})[0] == "unix:///mine.sock"


@pytest.mark.parametrize("by", ["use", "variable"])
def test_the_chosen_context_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    """Docker Desktop, Colima and others listen where a context says, not at the default socket."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    chosen = {"currentContext": "colima"} if by == "use" else {}
    (tmp_path / "config.json").write_text(json.dumps(chosen), encoding="utf-8")
    folder = tmp_path / "contexts" / "meta" / hashlib.sha256(b"colima").hexdigest()
    folder.mkdir(parents=True)
    context = {"Name": "colima", "Metadata": {}, "Endpoints": {"docker": {"Host": "unix:///colima.sock"}}}
    (folder / "meta.json").write_text(json.dumps(context), encoding="utf-8")
    environ = {"DOCKER_CONTEXT": "colima"} if by == "variable" else {}
    assert engine_address(environ) == ("unix:///colima.sock", None)


def test_a_context_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a traceback of the SDK."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(CannotRunError, match="'gone'"):
        engine_address({"DOCKER_CONTEXT": "gone"})


def test_an_engine_that_does_not_answer(tmp_path: Path) -> None:
    """The message says where it was asked, why it failed, and what to do."""
    address = f"unix://{tmp_path}/docker.sock"
    with pytest.raises(CannotRunError, match="Docker does not answer at ") as failure:
        connect({"DOCKER_HOST": address})
    assert f"at {address} (No such file or directory)" in str(failure.value)
    assert failure.value.code == "ResourceNotReady"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("python:3.12-slim", "python@sha256:1"),
        ("mcr.example.invalid/azureml/image:1", "mcr.example.invalid/azureml/image@sha256:2"),
        ("localhost:5000/image", "localhost:5000/image@sha256:3"),
        ("built-here:latest", None),
    ],
)
def test_the_digest_of_an_images_own_repository(name: str, found: str | None) -> None:
    """Digests of other repositories are of the same content, but their registry may not be reached."""
    names = ["python@sha256:1", "mcr.example.invalid/azureml/image@sha256:2", "localhost:5000/image@sha256:3"]
    assert _of_its_registry(name, names) == found


def test_a_name_with_a_digest_needs_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the answer itself."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    assert registry_digest("image@sha256:1") == "image@sha256:1"
