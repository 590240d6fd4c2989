"""What the model is told about a patient, and in which order."""

from __future__ import annotations

import numpy as np

FEATURES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


def to_matrix(patients: list[dict[str, float]]) -> np.ndarray:
    """Lay the patients out as the rows of the matrix that the model was trained on; a missing value is the mean, 0."""
    return np.array([[patient.get(name, 0.0) for name in FEATURES] for patient in patients])
