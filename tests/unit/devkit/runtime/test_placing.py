from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.runtime.placing import place
from devkit.runtime.plan import CodePlan, DeploymentPlan, Flavour, ModelPlan

if TYPE_CHECKING:
    from pathlib import Path


def make_code(folder: Path) -> CodePlan:
    (folder / "src" / "inner").mkdir(parents=True)
    (folder / "src" / "inner" / "score.py").write_text("# the script\n")
    return CodePlan(folder / "src", "src", "inner/score.py")


def test_code_and_model_lie_as_in_the_container(tmp_path: Path) -> None:
    """Below the instance's folder both have the container's names; what the script writes is gone at the next start."""
    code = make_code(tmp_path)
    model = tmp_path / "model.pkl"
    model.write_text("weights")
    plan = DeploymentPlan("e", "blue", Flavour.SCRIPT, code=code, model=ModelPlan(model, "iris", "3"))
    places = place(plan, tmp_path / "instance")
    app = tmp_path / "instance" / "azureml-app"
    assert places.code == str(app / "src")
    assert places.model_dir == str(app / "azureml-models" / "iris" / "3")
    assert (app / "azureml-models" / "iris" / "3" / "model.pkl").read_text() == "weights"
    (app / "src" / "inner" / "score.py").write_text("# changed by itself\n")
    assert (code.folder / "inner" / "score.py").read_text() == "# the script\n"
    (app / "src" / "more.txt").touch()
    assert place(plan, tmp_path / "instance") == places
    assert (app / "src" / "inner" / "score.py").read_text() == "# the script\n"
    assert not (app / "src" / "more.txt").exists()


def test_a_folder_keeps_its_own_name(tmp_path: Path) -> None:
    """A model that is a folder stands as a folder of its name below AZUREML_MODEL_DIR."""
    model = tmp_path / "weights"
    model.mkdir()
    (model / "part").write_text("1")
    plan = DeploymentPlan("e", "blue", Flavour.SCRIPT, model=ModelPlan(model, "m", "1"))
    place(plan, tmp_path / "instance")
    assert (tmp_path / "instance/azureml-app/azureml-models/m/1/weights/part").read_text() == "1"


def test_what_an_archive_held_lies_in_the_model_directory_itself(tmp_path: Path) -> None:
    """With azureml.unpack there is no folder between AZUREML_MODEL_DIR and the members."""
    unpacked = tmp_path / "model.tar.unpacked"
    unpacked.mkdir()
    (unpacked / "part").write_text("1")
    plan = DeploymentPlan("e", "blue", Flavour.SCRIPT, model=ModelPlan(unpacked, "m", "1", unpack=True))
    places = place(plan, tmp_path / "instance")
    assert places.model_dir == str(tmp_path / "instance/azureml-app/azureml-models/m/1")
    assert (tmp_path / "instance/azureml-app/azureml-models/m/1/part").read_text() == "1"


def test_the_storage_initializer_tells_what_it_did(tmp_path: Path) -> None:
    """Its log names source, place, digest, number of files, bytes and time of everything that was placed."""
    stored = tmp_path / ("0a" * 32)
    plan = DeploymentPlan("e", "blue", Flavour.SCRIPT, code=make_code(stored))
    place(plan, tmp_path / "instance")
    log = (tmp_path / "instance" / "storage-initializer.log").read_text()
    assert f"code: {stored / 'src'} at azureml-app" in log
    assert f"(1 files, 13 bytes, sha256 {stored.name}, 0." in log


def test_development_runs_on_the_folder_that_is_edited(tmp_path: Path) -> None:
    """Under dev nothing is copied: a saved change is what the instance sees."""
    code = make_code(tmp_path)
    places = place(DeploymentPlan("e", "blue", Flavour.SCRIPT, code=code, dev=True), tmp_path / "instance")
    assert places.code == str(code.folder)
