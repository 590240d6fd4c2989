"""The scoring script: init() puts the model on the GPU where there is one, run() computes there."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import torch


def init() -> None:
    """Load the weights; Azure ML puts their folder into AZUREML_MODEL_DIR."""
    global device, model
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    layers = (torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1), torch.nn.Sigmoid())
    model = torch.nn.Sequential(*layers).to(device).eval()
    weights = json.loads(next(Path(os.environ["AZUREML_MODEL_DIR"]).rglob("weights.json")).read_text())
    model.load_state_dict({name: torch.tensor(values) for name, values in weights.items()})
    logging.info("model loaded on %s", device)


def run(data: str) -> dict[str, list[float]]:
    """For each point of the body's `data`: how surely it lies inside the diamond |x| + |y| < 1."""
    points = torch.tensor(json.loads(data)["data"], dtype=torch.float32, device=device).reshape(-1, 2)
    with torch.inference_mode():
        return {"inside": model(points).flatten().tolist()}
