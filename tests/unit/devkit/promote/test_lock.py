"""A conda file of exactly what was validated."""

from __future__ import annotations

from typing import Any

import yaml

from devkit.promote.lock import lock_text, locked
from devkit.promote.packages import Packages
from devkit.promote.pins import resolved_again

CONDA: dict[str, Any] = {
    "name": "words",
    "channels": ["conda-forge"],
    "dependencies": [
        "python=3.11",
        "pip",
        "pytorch=2.9",
        "cudatoolkit",
        {"pip": ["--extra-index-url https://example.invalid/simple", "flask", "not-there>=1"]},
    ],
}
PACKAGES = Packages(
    python="3.11.7", platform="linux-x86_64", pip=("Flask==3.1.3", "torch==2.9.1", "typing_extensions==4.16.0")
)


def test_every_package_has_one_version() -> None:
    """Options and other keys stay, conda's names become pip's, and what was not installed stays and is told."""
    made = locked(CONDA, PACKAGES)
    assert made.content == {
        "name": "words",
        "channels": ["conda-forge"],
        "dependencies": [
            "python=3.11.7",
            "pip",
            "cudatoolkit",
            {"pip": ["--extra-index-url https://example.invalid/simple", "not-there>=1", *PACKAGES.pip]},
        ],
    }
    assert made.left == ("cudatoolkit", "not-there>=1")
    assert resolved_again(made.content, PACKAGES) == list(made.left)


def test_conda_names_what_conda_installed() -> None:
    """In an environment that conda made, its own packages have version and build."""
    packages = Packages(
        python="3.11.7",
        platform="linux-x86_64",
        conda=("pip=25.1=pyh0", "python=3.11.7=h955ad1f_0", "pytorch=2.9.1=cpu_0"),
        pip=("Flask==3.1.3",),
    )
    made = locked({"dependencies": ["python=3.11", "pytorch", {"pip": ["flask"]}]}, packages)
    assert made.content == {"dependencies": [*packages.conda, {"pip": ["Flask==3.1.3"]}]}
    assert resolved_again(made.content, packages) == []


def test_a_lock_of_a_lock_is_the_same() -> None:
    """Who validates the locked file and locks it again gets it again."""
    made = locked(CONDA, PACKAGES)
    assert locked(made.content, PACKAGES).content == made.content


def test_the_text_says_where_it_comes_from() -> None:
    """The file is a conda file with a comment that names its source; it has no date, so that it compares equal."""
    text = lock_text(locked(CONDA, PACKAGES), "conda.yml", PACKAGES, "process")
    assert text.startswith("# What conda.yml came to")
    assert "linux-x86_64" in text
    assert yaml.safe_load(text) == locked(CONDA, PACKAGES).content
