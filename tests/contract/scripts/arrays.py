"""numpy and pandas values given back as they are."""

import numpy as np
import pandas as pd

RESULTS = {
    "array": lambda: np.array([[1.5, 2.0], [3.0, 4.0]]),
    "list of scalars": lambda: [np.float64(1.5), np.float64(2.0)],
    "float64": lambda: np.float64(1.5),
    "float32": lambda: np.float32(1.5),
    "int64": lambda: np.int64(3),
    "bool": lambda: np.bool_(True),
    "nested": lambda: {"scores": np.array([1, 2]), "best": np.int64(1)},
    "frame": lambda: pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
    "series": lambda: pd.Series([1, 2], name="s"),
}


def init():
    """Load nothing."""


def run(data):
    """Give the result that the body names."""
    return RESULTS[data]()
