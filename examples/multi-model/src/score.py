"""Several models in one deployment; the request says which."""

import json
import os
from pathlib import Path


def init():
    """Load every model of the folder."""
    global models
    folder = Path(os.environ["AZUREML_MODEL_DIR"]) / "models"
    models = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def run(raw_data):
    """Convert the values with the model that the request names."""
    request = json.loads(raw_data)
    model = models.get(request["model"])
    if model is None:
        return {"error": f"no model {request['model']!r}", "models": list(models)}
    return {model["to"]: [model["factor"] * value + model["offset"] for value in request["values"]]}
