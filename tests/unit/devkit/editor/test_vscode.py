"""What is written for the Python extension."""

from __future__ import annotations

import json
from pathlib import Path

from devkit.editor.vscode import Deployment, launch_configurations, tasks
from devkit.runtime.container import container_plan
from devkit.runtime.plan import CodePlan, DeploymentPlan, EnvironmentPlan, Flavour


def test_every_task_that_a_configuration_starts_is_there() -> None:
    """A preLaunchTask names a task of tasks.json, and both use one debug port."""
    deployments = [Deployment("blue.yml", "src"), Deployment("more/green.yml")]
    by_label = {task["label"]: task for task in tasks(deployments)}
    attaching = [each for each in launch_configurations(deployments) if "preLaunchTask" in each]
    assert [each["preLaunchTask"] for each in attaching] == list(by_label)
    for each in attaching:
        assert str(each["connect"]["port"]) in by_label[each["preLaunchTask"]]["args"]


def test_the_extension_knows_a_ready_server_by_the_same_lines() -> None:
    """The extension's problem matcher is the one that is written for the Python extension."""
    manifest = json.loads((Path(__file__).parents[4] / "editors" / "vscode" / "package.json").read_text())
    (matcher,) = manifest["contributes"]["problemMatchers"]
    (task,) = tasks([Deployment("blue.yml")])
    assert {key: matcher[key] for key in task["problemMatcher"]} == task["problemMatcher"]


def test_names_are_unique() -> None:
    """Names are what a merge tells entries apart by."""
    names = [each["name"] for each in launch_configurations([Deployment("a.yml", "src"), Deployment("b.yml", "src")])]
    assert len(set(names)) == len(names)


def test_a_container_s_folder_is_mapped_as_it_is_mounted(tmp_path: Path) -> None:
    """The code of a container is where the runtime mounts it; code outside of the folder has no such configuration."""
    code = CodePlan(tmp_path / "more" / "src", "src", "score.py")
    image = EnvironmentPlan("image:1")
    plan = DeploymentPlan("shop", "blue", Flavour.SCRIPT, code=code, environment=image, dev=True)
    ((local, remote),) = container_plan(plan, tmp_path).path_mappings
    deployments = [Deployment("more/blue.yml", "more/src"), Deployment("outside.yml")]
    (mapped,) = [each for each in launch_configurations(deployments) if "pathMappings" in each]
    (mapping,) = mapped["pathMappings"]
    assert mapping["localRoot"].replace("${workspaceFolder}", tmp_path.as_posix()) == local.as_posix()
    assert mapping["remoteRoot"] == remote
