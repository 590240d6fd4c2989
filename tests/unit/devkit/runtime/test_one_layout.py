"""A model lies at the same place below AZUREML_MODEL_DIR in a process and in a container."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

import pytest

from devkit.assets.content import unpack
from devkit.runtime.container import container_plan
from devkit.runtime.placing import place
from devkit.runtime.plan import DeploymentPlan, EnvironmentPlan, Flavour, ModelPlan


def files_below(top: Path) -> set[str]:
    return {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}


def in_process(plan: DeploymentPlan, folder: Path) -> set[str]:
    model_dir = place(plan, folder).model_dir
    assert model_dir is not None
    return files_below(Path(model_dir))


def in_container(plan: DeploymentPlan) -> set[str]:
    """What the mounts of the container come to, below its AZUREML_MODEL_DIR."""
    container = container_plan(plan, Path("kit"))
    model_dir = container.environment["AZUREML_MODEL_DIR"]
    (mount,) = container.mounts
    place = PurePosixPath(mount.target).relative_to(model_dir)
    if mount.source.is_file():
        return {place.as_posix()}
    return {(place / name).as_posix() for name in files_below(mount.source)}


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("file", {"model.pkl"}),
        ("folder", {"model/weights.bin", "model/sub/vocabulary.txt"}),
        ("archive", {"inner/weights.bin"}),
        ("unpacked", {"weights.bin", "sub/vocabulary.txt"}),
    ],
)
@pytest.mark.parametrize("mount_path", [None, "/models"])
def test_one_layout(tmp_path: Path, shape: str, expected: set[str], mount_path: str | None) -> None:
    """File, folder and unpacked archive are found by the same path, whatever runs the script."""
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "weights.bin").touch()
    (folder / "sub" / "vocabulary.txt").touch()
    (tmp_path / "model.pkl").touch()
    sources = {"file": tmp_path / "model.pkl", "folder": folder}
    if shape == "archive":
        (tmp_path / "packed" / "inner").mkdir(parents=True)
        (tmp_path / "packed" / "inner" / "weights.bin").touch()
        sources["archive"] = unpack(Path(shutil.make_archive(str(tmp_path / "a"), "gztar", tmp_path / "packed")))
    if shape == "unpacked":
        sources["unpacked"] = unpack(Path(shutil.make_archive(str(tmp_path / "b"), "zip", folder)))
    model = ModelPlan(sources[shape], "m", "3", unpack=shape in {"archive", "unpacked"})
    environment = EnvironmentPlan("image:1")
    plan = DeploymentPlan(
        "e", "blue", Flavour.SCRIPT, model=model, model_mount_path=mount_path, environment=environment
    )
    assert in_process(plan, tmp_path / "instance") == in_container(plan) == expected
