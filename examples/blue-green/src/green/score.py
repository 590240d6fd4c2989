"""Green: large houses cost less for each further square metre."""

import json
import os
from pathlib import Path


def init():
    """Read the curve's three numbers."""
    global model
    model = json.loads((Path(os.environ["AZUREML_MODEL_DIR"]) / "quadratic.json").read_text())


def run(raw_data):
    """A price for each size in square metres."""
    sizes = json.loads(raw_data)["square_metres"]
    return {"prices": [price(size) for size in sizes], "by": "green"}


def price(size):
    """The curve at one size."""
    return model["base"] + model["per_square_metre"] * size + model["per_square_metre_squared"] * size**2
