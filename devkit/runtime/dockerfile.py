"""The Dockerfile for an image with a conda file, as azure-ai-ml's local deployment builds it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CONDA_ENVIRONMENT", "CONDA_FILE", "conda_dockerfile", "conda_text", "with_secrets"]

CONDA_ENVIRONMENT: Final = "/opt/miniconda/envs/inf-conda-env"
"""Where the environment of the conda file lies (azure-ai-ml 1.35.2, local deployments)."""
CONDA_FILE: Final = "conda.yml"

_INSTALL: Final = f"""\
WORKDIR /var/azureml-app/
COPY {CONDA_FILE} /var/azureml-app/
RUN conda env create -n inf-conda-env --file {CONDA_FILE}
ENV AZUREML_CONDA_ENVIRONMENT_PATH={CONDA_ENVIRONMENT} \\
    PATH={CONDA_ENVIRONMENT}/bin:$PATH
"""


def conda_dockerfile(image: str) -> str:
    """The Dockerfile's text.

    It has no `# syntax=` line, for which the engine would ask a registry, and no CMD, so that the image's own holds.
    The variables are those that the service's own build of an environment sets.
    """
    return f"FROM {image}\n{_INSTALL}"


def conda_text(conda: Mapping[str, Any]) -> str:
    """A conda file as text, its keys in their order."""
    return yaml.safe_dump(dict(conda), sort_keys=False, allow_unicode=True)


def with_secrets(dockerfile: str, secrets: Sequence[str], variables: Mapping[str, str]) -> str:
    """A Dockerfile of ours, whose installation sees build secrets: mounted while it runs, in no layer.

    Args:
        dockerfile: what `conda_dockerfile` gave.
        secrets: the ids to mount below /run/secrets, readable by the image's user.
        variables: the shell's assignments before the command: a name, and the text to be put between double quotes.
    """
    if not secrets:
        return dockerfile
    mounts = "".join(f"--mount=type=secret,id={each},mode=0444 " for each in secrets)
    exports = "".join(f'{name}="{value}" ' for name, value in variables.items())
    return dockerfile.replace("RUN ", f"RUN {mounts}\\\n    {exports}\\\n    ")
