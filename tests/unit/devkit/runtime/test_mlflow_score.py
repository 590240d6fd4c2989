from __future__ import annotations

import base64
import datetime as dt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from devkit.runtime import mlflow_score


def tensors(**types: str) -> Any:
    return SimpleNamespace(inputs=[SimpleNamespace(name=name, type=np.dtype(kind)) for name, kind in types.items()])


def columns(**types: str) -> Any:
    """A schema of columns: MLflow's types of these tell NumPy's by to_numpy()."""
    kinds = {name: SimpleNamespace(to_numpy=lambda kind=kind: np.dtype(kind)) for name, kind in types.items()}
    return SimpleNamespace(inputs=[SimpleNamespace(name=name, type=kind) for name, kind in kinds.items()])


def test_a_split_frame_has_the_signatures_types() -> None:
    """Integers for doubles, dates and bytes come out as the signature says; the index is kept."""
    schema = columns(x="float64", n="int32", when="datetime64[ns]", raw="S", name="object")
    data = [[1, 2, "2026-11-21", base64.b64encode(b"ab").decode(), "a"]]
    frame = mlflow_score.decode({"columns": ["x", "n", "when", "raw", "name"], "index": [7], "data": data}, schema)
    assert list(frame.index) == [7]
    assert (frame["x"].dtype, frame["n"].dtype) == (np.float64, np.int32)
    assert frame["when"][7] == pd.Timestamp("2026-11-21")
    assert (frame["raw"][7], frame["name"][7]) == (b"ab", "a")


@pytest.mark.parametrize("value", [1.5, None])
def test_what_does_not_fit_an_integer_is_left_to_the_models_own_check(value: object) -> None:
    """A fraction is not cut and a missing value is not invented."""
    frame = mlflow_score.decode({"columns": ["n"], "data": [[value], [2]]}, columns(n="int64"))
    assert frame["n"].dtype.kind != "i"


def test_a_frame_without_a_signature_is_taken_as_it_is() -> None:
    """Without columns, index and signature the rows alone make the frame."""
    frame = mlflow_score.decode({"data": [[1, 2]]}, None)
    assert frame.to_numpy().tolist() == [[1, 2]]


def test_a_list_is_an_array() -> None:
    """Of the signature's type when there is one, of JSON's without."""
    assert mlflow_score.decode([[1, 2]], tensors(x="float32")).dtype == np.float32
    assert mlflow_score.decode([1, 2], None).dtype == np.int64
    assert mlflow_score.decode(["a"], tensors(x="float32")).tolist() == ["a"]
    assert mlflow_score.decode([1.5], tensors(x="int64")).tolist() == [1.5]


def test_a_map_is_named_arrays() -> None:
    """Each has its own type; a key `data` beside others does not make it a frame."""
    found = mlflow_score.decode({"data": [1], "more": [2]}, tensors(data="float32", more="int64"))
    assert {name: str(array.dtype) for name, array in found.items()} == {"data": "float32", "more": "int64"}


def test_anything_else_is_refused() -> None:
    """The message says what input_data has to be."""
    with pytest.raises(ValueError, match="has to be an object or a list, and is 3"):
        mlflow_score.decode(3, None)
    with pytest.raises(ValueError, match='JSON object with the key "input_data"'):
        mlflow_score.run('{"inputs": [1]}')


@pytest.mark.parametrize(
    ("result", "json_value"),
    [
        (np.array([1.5, 2.5]), [1.5, 2.5]),
        (np.float32(1.5), 1.5),
        (pd.Series([1, 2]), [1, 2]),
        (pd.DataFrame({"a": [1], "b": ["x"]}), [{"a": 1, "b": "x"}]),
        ({"x": np.array([[1]]), "y": (np.int64(2), None)}, {"x": [[1]], "y": [2, None]}),
        (b"ab", "YWI="),
        (dt.date(2026, 11, 21), "2026-11-21"),
        (np.array(["2026-11-21"], dtype="datetime64[D]"), ["2026-11-21"]),
        ("text", "text"),
    ],
)
def test_results_are_plain_json(result: object, json_value: object) -> None:
    """Arrays, frames as records, scalars, bytes and dates become what json.dumps knows, without a wrapper."""
    assert mlflow_score.encode(result) == json_value
