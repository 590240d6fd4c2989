"""The scoring script: init() loads the model once, run() answers a request with it."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import joblib
from features import FEATURES, to_matrix


def init() -> None:
    """Load the model; Azure ML puts its folder into AZUREML_MODEL_DIR."""
    global model
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    model = joblib.load(next(folder.rglob("model.joblib")))
    logging.info("model loaded: %s on %d features", type(model).__name__, len(FEATURES))


def run(data: str) -> dict[str, list[float]]:
    """Predict the progression of diabetes a year on, for each patient in the body's `data`."""
    patients = json.loads(data)["data"]
    matrix = to_matrix(patients)
    predictions = model.predict(matrix)
    return {"predictions": [round(value, 1) for value in predictions.tolist()]}
