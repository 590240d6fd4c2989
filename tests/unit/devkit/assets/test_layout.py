"""Where a model lies in an instance."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.assets.layout import lay_out, misplaced, wants_unpacking
from devkit.runtime.plan import ModelPlan


@pytest.mark.parametrize(
    ("model", "root", "model_dir", "path"),
    [
        (
            ModelPlan(Path("/s/model.pkl"), "m", "3"),
            None,
            "/var/azureml-app/azureml-models/m/3",
            "/var/azureml-app/azureml-models/m/3/model.pkl",
        ),
        (
            ModelPlan(Path("/s/model"), "m", "3"),
            None,
            "/var/azureml-app/azureml-models/m/3",
            "/var/azureml-app/azureml-models/m/3/model",
        ),
        (ModelPlan(Path("/s/model"), "m", "3"), "/models", "/models/m/3", "/models/m/3/model"),
        (ModelPlan(Path("/s/model"), "m", "3"), "/models/", "/models/m/3", "/models/m/3/model"),
        (ModelPlan(Path("/s/model"), "m", "3"), "/", "/m/3", "/m/3/model"),
        (ModelPlan(Path("/s/m.tgz.unpacked"), "m", "3", unpack=True), "/i/models", "/i/models/m/3", "/i/models/m/3"),
    ],
)
def test_layout(model: ModelPlan, root: str | None, model_dir: str, path: str) -> None:
    """File, folder and unpacked archive lie where the managed service puts them, below any root."""
    layout = lay_out(model, root)
    assert (layout.model_dir, layout.path) == (model_dir, path)


@pytest.mark.parametrize(
    ("tags", "wanted"),
    [
        ({"azureml.unpack": "true"}, True),
        ({"azureml.unpack": "True"}, True),
        ({"azureml.unpack": "no"}, False),
        ({}, False),
    ],
)
def test_unpacking_is_asked_for_by_tag_or_property(tags: dict[str, object], *, wanted: bool) -> None:
    """`azureml.unpack` counts in tags and in properties alike."""
    assert wants_unpacking(tags, None) is wanted
    assert wants_unpacking(None, tags) is wanted


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (["MLmodel", "model.pkl"], None),
        (["saved/MLmodel", "saved/model.pkl"], "saved"),
        (["model.pkl"], "no file MLmodel"),
        ([], "no file MLmodel"),
    ],
)
def test_an_mlflow_model_has_its_file_at_the_top(files: list[str], told: str | None) -> None:
    """A folder too high or without MLmodel is told with what to do."""
    found = misplaced("mlflow_model", files)
    assert (found is None) if told is None else (found is not None and told in found[0])


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (["net/1/model.onnx", "net/config.pbtxt"], None),
        (["1/model.onnx", "config.pbtxt"], "is the model itself"),
        (["model.onnx"], "no file of it lies in"),
        (["net/v1/model.onnx"], "no file of it lies in"),
    ],
)
def test_a_triton_model_is_a_repository(files: list[str], told: str | None) -> None:
    """A folder that is no model repository is told with what to do."""
    found = misplaced("triton_model", files)
    assert (found is None) if told is None else (found is not None and told in found[0])
