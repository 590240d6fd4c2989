"""What azure-ai-ml checks between reading a document and sending it, where no single key's limit says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec.documents.batch_deployment import LegacyBatchDeployment, ModelBatchDeployment, ModelBatchSettings
from devkit.spec.documents.environment import Environment
from devkit.spec.documents.online_deployment import Deployment, ManagedOnlineDeployment
from devkit.spec.schema_problems import Code, Enforcer, Path, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.spec.documents.block import Block


def client_problems(block: Block) -> Iterator[Problem]:
    """Every combination of keys in `block` that azure-ai-ml reads and refuses to send."""
    if isinstance(block, Environment):
        yield from _image_or_build(block)
    if isinstance(block, Deployment):
        yield from _scoring_script(block)
    if isinstance(block, ManagedOnlineDeployment):
        yield from _almost_kubernetes(block)
        yield from _managed_scaling(block)
    if isinstance(block, LegacyBatchDeployment):
        yield from _output(block, ())
    if isinstance(block, ModelBatchDeployment) and block.settings is not None:
        yield from _output(block.settings, ("settings",))


def _conflict(path: Path, message: str, remedy: str, says: str, code: Code = Code.CONFLICT) -> Problem:
    return Problem(code, path, message, remedy, enforced_by=Enforcer.CLIENT, says=says)


def _image_or_build(environment: Environment) -> Iterator[Problem]:
    if environment.image and environment.build is not None:
        yield _conflict(
            ("build",),
            "an environment has an image or a build, not both",
            "Remove one of them.",
            "Docker image or Dockerfile should be provided not both",
        )
    if environment.image is None and environment.build is None:
        yield _conflict(
            ("image",),
            "an environment needs an image, or a build with a Dockerfile",
            "Add image: mcr.microsoft.com/azureml/... or build: with a path.",
            "Docker image or Dockerfile is required for environments",
            Code.MISSING_KEY,
        )


def _scoring_script(deployment: Deployment) -> Iterator[Problem]:
    configuration = deployment.code_configuration
    if configuration is not None and configuration.code is None:
        yield _conflict(
            ("code_configuration", "code"),
            "a code_configuration without a code folder",
            "Add code: with the folder that holds the scoring script, or remove code_configuration.",
            "AttributeError: 'NoneType' object has no attribute 'startswith'",
            Code.MISSING_KEY,
        )
    if configuration is not None and configuration.code and not configuration.scoring_script:
        yield _conflict(
            ("code_configuration", "scoring_script"),
            "a code folder without a scoring script",
            "Add scoring_script: score.py.",
            "scoring script can't be empty",
            Code.MISSING_KEY,
        )


def _almost_kubernetes(deployment: ManagedOnlineDeployment) -> Iterator[Problem]:
    if deployment.type == "kubernetes":
        yield Problem(
            Code.NOT_ALLOWED,
            ("type",),
            "azure-ai-ml knows a Kubernetes deployment by 'kubernetes' in lower case and takes this one for managed",
            "Write type: kubernetes.",
            enforced_by=Enforcer.DOCS,
            suggestion="kubernetes",
        )


def _managed_scaling(deployment: ManagedOnlineDeployment) -> Iterator[Problem]:
    if deployment.scale_settings is not None and deployment.scale_settings.type == "target_utilization":
        yield _conflict(
            ("scale_settings", "type"),
            "a managed deployment scales by its instance_count alone",
            "Write type: default, or remove scale_settings; autoscaling is set up in Azure Monitor.",
            "ManagedOnlineEndpoint supports DefaultScaleSettings only.",
        )


def _output(settings: LegacyBatchDeployment | ModelBatchSettings, path: Path) -> Iterator[Problem]:
    if settings.output_action == "summary_only" and settings.output_file_name:
        yield _conflict(
            (*path, "output_file_name"),
            "output_action: summary_only writes no file",
            "Remove output_file_name, or write output_action: append_row.",
            "When output_action is set to summary_only, the output_file_name need not to be specified.",
        )
