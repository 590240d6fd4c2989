"""Runs in the environment that has azure-ai-ml: says of each document on stdin whether azure-ai-ml takes it.

A line in is JSON: {"family", "folder", "document", "overrides"}, or with "text" in the place of "document" for a whole
file, of which the scoring script is looked at as well; a line out is JSON: {"accepted", "message"}. "Taken"
means what the az command does before it sends anything: the file is read, and the checks that it makes are made.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> None:
    """Answer until stdin ends."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        answers.write(json.dumps(_verdict(**request)) + "\n")
        answers.flush()


def _verdict(
    family: str, folder: str, document: Any = None, overrides: Sequence[tuple[str, Any]] = (), text: str | None = None
) -> dict[str, Any]:
    try:
        entity = _load(family, Path(folder) / "document.yml", document, overrides, text)
        _submit(family, entity)
        if text is not None and family == "online-deployment":
            _look_at_script(entity)
    except Exception as error:  # noqa: BLE001 - a crash of azure-ai-ml is a refusal too
        return {"accepted": False, "message": f"{type(error).__name__}: {error}"[:50_000]}
    return {"accepted": True, "message": ""}


def _load(family: str, path: Path, document: Any, overrides: Sequence[tuple[str, Any]], text: str | None) -> Any:
    import yaml
    from azure.ai import ml
    from azure.ai.ml.entities._load_functions import (
        load_deployment_template,
        load_model_batch_deployment,
        load_pipeline_component_batch_deployment,
        load_serverless_endpoint,
    )

    loaders = {
        "online-endpoint": ml.load_online_endpoint,
        "online-deployment": ml.load_online_deployment,
        "batch-endpoint": ml.load_batch_endpoint,
        "batch-deployment": ml.load_batch_deployment,
        "model": ml.load_model,
        "environment": ml.load_environment,
        "serverless-endpoint": load_serverless_endpoint,
        "model-package": ml.load_model_package,
        "deployment-template": load_deployment_template,
    }
    load = loaders[family]
    if family == "batch-deployment" and isinstance(document, dict):
        kind = str(document.get("type")).lower()
        by_type = {"model": load_model_batch_deployment, "pipeline": load_pipeline_component_batch_deployment}
        load = by_type.get(kind, load)
    file = io.StringIO(yaml.safe_dump(document) if text is None else text)
    return load(file, relative_origin=str(path), params_override=[{key: value} for key, value in overrides])


def _look_at_script(deployment: Any) -> None:
    from azure.ai.ml._utils._endpoint_utils import validate_scoring_script

    configuration = deployment.code_configuration
    if configuration and not configuration.code.startswith("azureml:"):
        validate_scoring_script(deployment)


def _submit(family: str, entity: Any) -> None:
    """The checks that the operations make before the first request."""
    from azure.ai.ml.entities._endpoint._endpoint_helpers import (
        validate_endpoint_or_deployment_name,
        validate_identity_type_defined,
    )

    if family.endswith("endpoint") and family != "serverless-endpoint":
        validate_endpoint_or_deployment_name(entity.name)
    if family == "online-endpoint":
        validate_identity_type_defined(entity.identity)
    if family == "environment":
        entity.validate()
    if family in {"online-deployment", "batch-deployment"}:
        if hasattr(entity, "_validate"):
            entity._validate()
        configuration = entity.code_configuration
        if configuration:
            configuration._validate()
            # What the operations do before they look for the script; without code it is the crash users see.
            configuration.code.startswith("azureml:")


if __name__ == "__main__":
    main()
