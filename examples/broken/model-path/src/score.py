"""A script without a mistake."""

import json
import os


def init():
    """Load the weights, from one level too high."""
    global weights
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "weights.json")) as file:
        weights = json.load(file)


def run(raw_data):
    """Give back what came."""
    return json.loads(raw_data)
