"""Blue: a straight line."""

import json
import os
from pathlib import Path


def init():
    """Read the line's two numbers."""
    global model
    model = json.loads((Path(os.environ["AZUREML_MODEL_DIR"]) / "linear.json").read_text())


def run(raw_data):
    """A price for each size in square metres."""
    sizes = json.loads(raw_data)["square_metres"]
    return {"prices": [model["base"] + model["per_square_metre"] * size for size in sizes], "by": "blue"}
