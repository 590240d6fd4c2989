from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.projects import DEPLOYMENT, Place, found, places

if TYPE_CHECKING:
    from pathlib import Path

GPU_SIZE = "Standard_NC4as_T4_v3"


def deployment(size: str = "Standard_DS3_v2", more: str = "", count: int = 1) -> dict[str, str]:
    text = DEPLOYMENT.replace("Standard_DS3_v2", size).replace("instance_count: 1", f"instance_count: {count}")
    return {"d.yml": text + more}


def image(name: str) -> str:
    return f"environment:\n  image: {name}\n"


def test_a_misspelt_size_is_found_with_the_nearest(tmp_path: Path) -> None:
    """The finding covers the size, and the nearest one is told; letter case does not matter."""
    assert places(tmp_path, deployment("Standard_DS3v2"), "unknown-size") == [Place("d.yml", 4, 16, "Standard_DS3v2")]
    (finding,) = found(tmp_path, deployment("Standard_DS3v2"), "unknown-size")
    assert finding.remedy == "Did you mean Standard_DS3_v2?"
    assert found(tmp_path, deployment("STANDARD_ds3_V2"), "unknown-size") == []


@pytest.mark.parametrize(
    ("size", "name", "rule"),
    [
        ("Standard_DS3_v2", "nvcr.io/nvidia/tritonserver:1", "gpu-image-cpu-size"),
        ("Standard_DS3_v2", "a.azurecr.io/x-cuda12:1", "gpu-image-cpu-size"),
        (GPU_SIZE, "mcr.microsoft.com/azureml/minimal-py312-inference:1", "cpu-image-gpu-size"),
        (GPU_SIZE, "a.azurecr.io/x-cpu:1", "cpu-image-gpu-size"),
    ],
)
def test_an_image_and_a_size_that_do_not_fit_are_told(tmp_path: Path, size: str, name: str, rule: str) -> None:
    """Known images go by the list, others by the words of their name."""
    assert len(found(tmp_path, deployment(size, image(name)), rule)) == 1


@pytest.mark.parametrize("rule", ["gpu-image-cpu-size", "cpu-image-gpu-size"])
@pytest.mark.parametrize("size", ["Standard_DS3_v2", GPU_SIZE])
def test_an_image_that_tells_nothing_is_not_judged(tmp_path: Path, size: str, rule: str) -> None:
    """A name without cpu, gpu or cuda in it says nothing of what is inside."""
    assert found(tmp_path, deployment(size, image("a.azurecr.io/team:1")), rule) == []


@pytest.mark.parametrize(
    ("size", "count", "cores"),
    [("Standard_DS3_v2", 10, 48), ("Standard_NC24ads_A100_v4", 1, 24), ("Standard_DS3_v2", 1, None)],
)
def test_quota_counts_the_reserve(tmp_path: Path, size: str, count: int, cores: int | None) -> None:
    """Ten DS3_v2 need 48 vCPU (Azure's own example); exempt sizes need no reserve; a few cores are not worth a word."""
    findings = found(tmp_path, deployment(size, count=count), "quota")
    assert [f"quota for {cores} vCPU" in finding.message for finding in findings] == ([True] if cores else [])


def test_a_model_larger_than_the_machine_is_told(tmp_path: Path) -> None:
    """Files count by their length, times the workers that each load them."""
    (tmp_path / "model").mkdir()
    with (tmp_path / "model" / "weights.bin").open("wb") as file:
        file.truncate(6 * 2**30)
    files = deployment(more='model:\n  path: model\nenvironment_variables:\n  WORKER_COUNT: "2"\n')
    assert len(found(tmp_path, files, "model-and-memory")) == 1
    files["d.yml"] = files["d.yml"].replace('"2"', '"1"')
    assert found(tmp_path, files, "model-and-memory") == []


@pytest.mark.parametrize(("size", "wrong"), [("Standard_DS1_v2", 1), ("standard_ds2_v2", 1), ("Standard_DS3_v2", 0)])
def test_the_sizes_that_azure_warns_of_are_told(tmp_path: Path, size: str, wrong: int) -> None:
    """azure-ai-ml warns of these two."""
    assert len(found(tmp_path, deployment(size), "small-size")) == wrong
