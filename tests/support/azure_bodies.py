"""Runs in the environment that has azure-ai-ml: the bodies that it sends for documents.

A list of {"family", "document"} on stdin as JSON, a list of bodies on stdout.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings
from typing import Any


def main() -> None:
    """Answer once."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, sys.stderr
    json.dump([_body(**each) for each in json.load(sys.stdin)], answers)


def _body(family: str, document: dict[str, Any]) -> Any:
    import yaml
    from azure.ai import ml
    from azure.ai.ml._restclient.arm_ml_service._utils.model_base import SdkJSONEncoder

    file = io.StringIO(yaml.safe_dump(document))
    if family == "online-deployment":
        body = ml.load_online_deployment(file)._to_rest_object("local")
    else:
        body = ml.load_online_endpoint(file)._to_rest_online_endpoint("local")
    return json.loads(json.dumps(body, cls=SdkJSONEncoder, exclude_readonly=True))


if __name__ == "__main__":
    main()
