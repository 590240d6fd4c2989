"""Runs in the environment that has azure-ai-ml: prints the devcontainer.json of each local deployment it is asked for.

Standard input is a JSON list of {"code", "script", "model_folder", "model", "image"}; `model` is "/<name>/<version>",
as azure-ai-ml's `_local_deployment_helper` puts it together. Nothing is written, and no Docker is asked.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> None:
    """Answer all questions."""
    asked = json.load(sys.stdin)
    print(json.dumps([_configuration(**each) for each in asked]))  # noqa: T201  the answer


def _configuration(code: str, script: str, model_folder: str, model: str, image: str) -> Any:
    from azure.ai.ml._local_endpoints.azureml_image_context import AzureMlImageContext
    from azure.ai.ml._local_endpoints.vscode_debug.devcontainer_resolver import DevContainerResolver

    context = AzureMlImageContext("endpoint", "blue", code, script, model_folder, model)
    labels = {"azureml-local-endpoint": "", "endpoint": "endpoint", "deployment": "blue", "azureml-port": "5001"}
    made = DevContainerResolver(image=image, environment=context.environment, mounts=context.volumes, labels=labels)
    return made._properties


if __name__ == "__main__":
    main()
