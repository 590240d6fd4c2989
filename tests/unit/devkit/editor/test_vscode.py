"""What is written for the Python extension."""

from __future__ import annotations

from devkit.editor.vscode import launch_configurations, tasks


def test_every_task_that_a_configuration_starts_is_there() -> None:
    """A preLaunchTask names a task of tasks.json, and both use one debug port."""
    deployments = ["blue.yml", "more/green.yml"]
    by_label = {task["label"]: task for task in tasks(deployments)}
    attaching = [each for each in launch_configurations(deployments) if "preLaunchTask" in each]
    assert [each["preLaunchTask"] for each in attaching] == list(by_label)
    for each in attaching:
        assert str(each["connect"]["port"]) in by_label[each["preLaunchTask"]]["args"]


def test_names_are_unique() -> None:
    """Names are what a merge tells entries apart by."""
    names = [each["name"] for each in launch_configurations(["a.yml", "b.yml"])]
    assert len(set(names)) == len(names)
