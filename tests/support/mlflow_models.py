"""Runs in the environment that has MLflow: saves the models that the tests serve, below the folder it is given."""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    """Save `frame`, a scikit-learn model of columns; `array` and `named`, which tell what they were given."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    import mlflow
    import numpy as np
    import pandas as pd
    from mlflow.models import ModelSignature, infer_signature
    from mlflow.types import ParamSchema, ParamSpec, Schema, TensorSpec
    from sklearn.linear_model import LinearRegression

    class Teller(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]  # not installed where mypy runs
        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            named = model_input if isinstance(model_input, dict) else {"": model_input}
            sums = {name: value.sum() for name, value in named.items()}
            return {"sums": sums, "types": {name: str(value.dtype) for name, value in named.items()}, "params": params}

    columns = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.0, 1.0, 5.0]})
    regression = LinearRegression().fit(columns, columns["a"] + 2 * columns["b"])
    mlflow.sklearn.save_model(
        regression,
        folder / "frame",
        signature=infer_signature(columns),
        serialization_format="cloudpickle",
        pip_requirements=["mlflow-skinny", "pandas"],
    )
    array = Schema([TensorSpec(np.dtype("float32"), (-1, 2))])
    named = Schema([TensorSpec(np.dtype("float32"), (-1, 2), "x"), TensorSpec(np.dtype("int64"), (-1,), "n")])
    scale = ParamSchema([ParamSpec("scale", "double", 1.0)])
    for name, schema in {"array": array, "named": named}.items():
        signature = ModelSignature(schema, params=scale)
        mlflow.pyfunc.save_model(
            folder / name, python_model=Teller(), signature=signature, pip_requirements=["mlflow-skinny"]
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
