"""The Dockerfile of an image with a conda file."""

from __future__ import annotations

import yaml

from devkit.runtime.dockerfile import conda_dockerfile, conda_text, with_secrets


def test_secrets_are_mounted_only_while_the_environment_is_installed() -> None:
    """The installation sees the secrets; no other instruction changes, and none holds a value."""
    plain = conda_dockerfile("base")
    text = with_secrets(plain, ["devkit-ca", "TOKEN"], {"TOKEN": "$(cat /run/secrets/TOKEN)"})
    assert (
        "RUN --mount=type=secret,id=devkit-ca,mode=0444 --mount=type=secret,id=TOKEN,mode=0444 \\\n"
        '    TOKEN="$(cat /run/secrets/TOKEN)" \\\n'
        "    conda env create"
    ) in text
    kept = [line for line in plain.splitlines() if not line.startswith("RUN")]
    assert [line for line in text.splitlines() if line in kept] == kept


def test_without_secrets_nothing_is_added() -> None:
    """An engine without BuildKit can build it."""
    assert with_secrets(conda_dockerfile("base"), [], {}) == conda_dockerfile("base")


def test_a_conda_file_reads_back_as_it_was() -> None:
    """The order of the keys stays, and no letter is lost."""
    conda = {"name": "größe", "channels": ["conda-forge"], "dependencies": ["python=3.12", {"pip": ["numpy~=2.3"]}]}
    assert yaml.safe_load(conda_text(conda)) == conda
    assert conda_text(conda).splitlines()[0] == "name: größe"
