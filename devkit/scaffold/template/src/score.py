"""The scoring script: the server calls init() once, then run() for every request."""

import json
import logging
import os
from pathlib import Path

model = None


def init():
    """Load the model. AZUREML_MODEL_DIR is where the service puts it."""
    global model
    path = Path(os.environ["AZUREML_MODEL_DIR"]) / "weights.json"
    model = json.loads(path.read_text())
    logging.info("model loaded from %s", path)


def run(raw_data):
    """Answer one request: the body as text, and what is returned goes out as JSON."""
    rows = json.loads(raw_data)["data"]
    return [sum(w * x for w, x in zip(model["weights"], row)) + model["bias"] for row in rows]
