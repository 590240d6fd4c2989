"""Parity: every difference that matters is told, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devkit.devcontainer.parity.compare import Expected, against_the_deployment, against_the_outside
from devkit.devcontainer.parity.snapshot import Snapshot, probe_text, read_snapshot

EXPECTED = Expected(
    python="3.12",
    requirements={"python": "=3.12", "pip": "", "numpy": "~=2.3", "scikit-learn": "=1.7"},
    environment={"AML_APP_ROOT": "/var/azureml-app/src"},
    paths={"/var/azureml-app/src": "code", "/model": "model, read-only"},
    user="dockeruser",
)
INSIDE = Snapshot(
    python="3.12.4",
    architecture="x86_64",
    packages={"numpy": "2.3.1", "scikit-learn": "1.7.2"},
    environment={"AML_APP_ROOT": "/var/azureml-app/src", "HOME": "/home/dockeruser"},
    paths={"/var/azureml-app/src": "folder", "/model": "folder, read-only"},
    user="dockeruser",
    uid=1000,
)


def test_what_is_as_asked_for_is_no_difference() -> None:
    """A container that is what the deployment asks for has nothing to tell."""
    assert against_the_deployment(INSIDE, EXPECTED) == []


@pytest.mark.parametrize(
    ("change", "expected", "what", "severity"),
    [
        ({"python": "3.11.9"}, {}, "Python", "error"),
        ({"packages": {"numpy": "1.26.4", "scikit-learn": "1.7.2"}}, {}, "package numpy", "error"),
        ({"packages": {"numpy": "2.3.1", "scikit-learn": "1.6.0"}}, {}, "package scikit-learn", "error"),
        ({"packages": {"numpy": "2.3.1"}}, {}, "package scikit-learn", "warning"),
        ({"environment": {}}, {}, "variable AML_APP_ROOT", "error"),
        ({"paths": {"/model": "folder, read-only"}}, {}, "path /var/azureml-app/src", "error"),
        ({"paths": {"/var/azureml-app/src": "folder", "/model": "folder"}}, {}, "path /model", "warning"),
        ({"user": "root", "uid": 0}, {}, "user", "error"),
        ({"user": "vscode", "uid": 1001}, {}, "user", "warning"),
        ({"architecture": "aarch64"}, {}, "architecture", "error"),
        ({}, {"gpus": 1}, "GPU", "error"),
        ({"gpus": ("T4",), "cuda_toolkit": "12.4.1", "cuda_driver": "12.2"}, {"gpus": 1}, "CUDA", "error"),
    ],
)
def test_each_difference_is_told(
    change: dict[str, object], expected: dict[str, object], what: str, severity: str
) -> None:
    """One thing that is otherwise is one difference, named by what it is and with its reason."""
    (found,) = against_the_deployment(replace(INSIDE, **change), replace(EXPECTED, **expected))  # type: ignore[arg-type]
    assert (found.what, found.severity) == (what, severity)
    assert found.why


@pytest.mark.parametrize("driver", ["12.4", "12.8", "13.0"])
def test_a_driver_that_is_new_enough_is_no_difference(driver: str) -> None:
    """CUDA runs on every driver that is as new as itself."""
    inside = replace(INSIDE, gpus=("T4",), cuda_toolkit="12.4.1", cuda_driver=driver)
    assert against_the_deployment(inside, replace(EXPECTED, gpus=1)) == []


@pytest.mark.parametrize(
    ("spec", "version", "fits"),
    [
        ("=1.7", "1.7.2", True),
        ("=1.7", "1.70", False),
        ("=1.7.*", "1.7.0", True),
        ("==1.7.2", "1.7.2", True),
        ("=1.7.2=py312_0", "1.7.2", True),
        (">=1.2,<2", "1.9", True),
        (">=1.2,<2", "2.0", False),
        ("~=1.5", "1.9", True),
        ("1.7.2", "1.7.2", True),
        ("", "0.1", True),
        ("=> what", "0.1", True),
    ],
)
def test_versions_are_compared_as_conda_and_pip_do(spec: str, version: str, fits: bool) -> None:
    """One equals sign is conda's and means any version below; what cannot be read is left to conda."""
    expected = Expected(requirements={"a": spec})
    inside = replace(INSIDE, packages={"a": version})
    assert (against_the_deployment(inside, expected) == []) is fits


def test_what_the_machine_outside_would_do_otherwise_is_a_note() -> None:
    """Another Python, another version, another system or processor outside is good to know, and no error."""
    outside = Snapshot(python="3.11.7", architecture="arm64", system="Darwin", packages={"numpy": "2.1.0"})
    found = against_the_outside(INSIDE, outside, EXPECTED.requirements)
    assert {one.severity for one in found} == {"note"}
    assert [one.what for one in found] == ["Python", "package numpy", "package scikit-learn", "architecture", "system"]
    assert against_the_outside(INSIDE, INSIDE, EXPECTED.requirements) == []


def test_a_shells_words_around_the_probe_do_not_matter() -> None:
    """A greeting of the container's shell does not hide the probe's line; its absence is told."""
    with pytest.raises(ValueError, match="no result: 'welcome'"):
        read_snapshot("welcome")


def test_the_probe_says_what_this_interpreter_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text that is sent runs by itself, and what it prints is read back."""
    monkeypatch.setattr("sys.argv", ["-", "/", "/no/such/path"])
    exec(compile(probe_text(), "probe", "exec"), {"__name__": "__main__"})  # noqa: S102  as a container's Python would
    found = read_snapshot("hello\n" + capsys.readouterr().out)
    assert "pytest" in found.packages
    assert found.user
    assert found.paths["/"].startswith("folder")
    assert found.paths["/no/such/path"] == "missing"
