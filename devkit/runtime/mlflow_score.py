"""Serves an MLflow model that has no code of its own, as the service does: {"input_data": ..., "params": {...}}.

What `input_data` may be, and what the model's predict() is given:

- {"columns": [...], "data": [...]}, with "index" or without: a data frame
- a list: an array
- a map of lists: a map of arrays by their names

A signature's types are applied, for JSON knows no integers of 32 bits, no floats without a fraction, no bytes (they
come as base64) and no dates. The answer is the prediction as JSON, without a wrapper; a data frame is its records.
"""

from __future__ import annotations

import base64
import json
import logging
import os

import numpy as np

model = None
_log = logging.getLogger(__name__)


def init():
    global model
    import mlflow.pyfunc

    folder = os.path.join(os.environ["AZUREML_MODEL_DIR"], os.environ.get("MLFLOW_MODEL_FOLDER", ""))
    model = mlflow.pyfunc.load_model(os.path.realpath(folder))  # it refuses a folder that is reached by a link
    _log.info("Loaded the MLflow model %s", folder)


def run(raw_data):
    request = json.loads(raw_data)
    if not isinstance(request, dict) or "input_data" not in request:
        raise ValueError('The body has to be a JSON object with the key "input_data".')
    inputs = decode(request["input_data"], input_schema())
    if request.get("params") is None:
        return encode(model.predict(inputs))
    return encode(model.predict(inputs, params=request["params"]))


def input_schema():
    """The inputs of the model's signature, or None."""
    return model.metadata.get_input_schema() if model.metadata is not None else None


def decode(input_data, schema):
    """What the model is given; see the head of this file."""
    if isinstance(input_data, list):
        return to_array(input_data, only_type(schema))
    if not isinstance(input_data, dict):
        raise ValueError(f'"input_data" has to be an object or a list, and is {json.dumps(input_data)[:80]}.')
    if "data" in input_data and set(input_data) <= {"columns", "index", "data"}:
        return to_frame(input_data, types_by_name(schema))
    types = types_by_name(schema)
    return {name: to_array(value, types.get(name)) for name, value in input_data.items()}


def to_frame(split, types):
    """A data frame whose columns have the signature's types."""
    import pandas as pd

    frame = pd.DataFrame(split["data"], columns=split.get("columns"), index=split.get("index"))
    for name, dtype in types.items():
        if name in frame.columns:
            frame[name] = to_column(frame[name], dtype)
    return frame


def to_column(column, dtype):
    import pandas as pd

    if dtype == np.dtype("datetime64[ns]"):
        return pd.to_datetime(column)
    if dtype == np.dtype(bytes):
        return column.map(base64.b64decode, na_action="ignore")
    if dtype == np.dtype(object) or (dtype.kind in "iu" and column.isna().any()):
        return column  # a missing value is no integer; the model's own check tells what is to be done
    if dtype.kind in "iu" and column.dtype.kind == "f" and (column % 1 != 0).any():
        return column  # 1.5 for an integer is a mistake, not to be cut
    return column.astype(dtype)


def to_array(value, dtype):
    """An array, of the signature's type where there is one; 1.5 is never cut to an integer."""
    array = np.asarray(value)
    if dtype is None or dtype == np.dtype(object) or array.dtype.kind not in "biuf":
        return array
    return array.astype(dtype) if dtype.kind in {"f", array.dtype.kind} else array


def types_by_name(schema):
    """NumPy's types of the signature's inputs by their names; those that have neither are left out."""
    if schema is None:
        return {}
    found = {each.name: numpy_type(each) for each in schema.inputs}
    return {name: dtype for name, dtype in found.items() if name is not None and dtype is not None}


def only_type(schema):
    """The type that all inputs of the signature have, or None."""
    types = {numpy_type(each) for each in schema.inputs} if schema is not None else set()
    return types.pop() if len(types) == 1 else None


def numpy_type(spec):
    """A tensor's type is one of NumPy's, a column's knows its own; lists, maps and objects have none."""
    kind = spec.type
    if isinstance(kind, np.dtype):
        return kind
    return kind.to_numpy() if hasattr(kind, "to_numpy") else None


def encode(result):
    """The result in types that json.dumps knows."""
    if isinstance(result, dict):
        return {str(name): encode(value) for name, value in result.items()}
    if isinstance(result, (list, tuple)):
        return [encode(each) for each in result]
    if isinstance(result, (bytes, bytearray)):
        return base64.b64encode(result).decode()
    if isinstance(result, np.datetime64):
        return str(result)
    if isinstance(result, np.generic):
        return encode(result.item())
    if isinstance(result, np.ndarray):
        return encode(list(result)) if result.dtype.kind == "M" else encode(result.tolist())
    if hasattr(result, "isoformat"):
        return result.isoformat()
    if hasattr(result, "to_dict") and hasattr(result, "columns"):
        return encode(result.to_dict(orient="records"))
    if hasattr(result, "to_numpy"):
        return encode(result.to_numpy())
    return result
