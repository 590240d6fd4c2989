"""Train the example's model: a ridge regression on scikit-learn's diabetes data, written to model/model.joblib."""

from __future__ import annotations

import os
from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

MODEL = Path(__file__).parent / "model" / "model.joblib"


def main() -> None:
    """Train, score on the held-out quarter, save."""
    features, target = load_diabetes(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(features, target, random_state=0)
    model = make_pipeline(StandardScaler(), Ridge()).fit(train_x, train_y)
    MODEL.parent.mkdir(exist_ok=True)
    unfinished = MODEL.with_suffix(f".{os.getpid()}")
    joblib.dump(model, unfinished)
    unfinished.replace(MODEL)  # a server that starts now sees a whole model or none
    print(f"{MODEL.name}: R² {model.score(test_x, test_y):.2f} on held-out patients")


if __name__ == "__main__":
    main()
