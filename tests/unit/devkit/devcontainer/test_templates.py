"""The shipped templates, held to the Dev Container Templates format."""

from __future__ import annotations

import re

import pytest

from devkit.devcontainer.templates import TEMPLATES, read_template
from devkit.editor.jsonc import parse
from tests.support.dev_containers import ROOT, configuration_errors, metadata_errors

FOLDER = ROOT / "devcontainer_templates"
every_template = pytest.mark.parametrize("template_id", TEMPLATES)


def test_every_folder_is_a_known_template() -> None:
    """No template lies in the folder that the kit does not know, and none is missing."""
    assert {each.name for each in FOLDER.iterdir() if each.is_dir()} == set(TEMPLATES)


@every_template
def test_metadata_follows_the_specification(template_id: str) -> None:
    """devcontainer-template.json is valid, and its id is the name of its folder."""
    metadata = read_template(template_id).metadata
    assert metadata_errors(metadata) == []
    assert metadata["id"] == template_id


@pytest.mark.parametrize(
    "change",
    [
        {"id": "Not An Id"},
        {"version": "1.0"},
        {"unknown": 1},
        {"options": {"a b": {"type": "string", "default": ""}}},
        {"options": {"a": {"type": "number", "default": 1}}},
        {"options": {"a": {"type": "string"}}},
        {"options": {"a": {"type": "string", "default": "x", "enum": ["x"], "proposals": ["x"]}}},
        {"platforms": "Python"},
    ],
)
def test_the_schema_refuses_what_the_specification_has_not(change: dict[str, object]) -> None:
    """The schema is no rubber stamp: each mistake is found."""
    assert metadata_errors({"id": "a", "version": "1.0.0", "name": "A"}) == []
    assert metadata_errors({"id": "a", "version": "1.0.0", "name": "A", **change})


@every_template
def test_options_and_places_match(template_id: str) -> None:
    """Every option is used in a file, and every place in a file is an option."""
    template = read_template(template_id)
    assert template.used_options() == set(template.defaults)


@every_template
def test_applied_it_is_a_valid_devcontainer_json(template_id: str) -> None:
    """With its defaults a template gives a configuration that the published schemas accept."""
    files = read_template(template_id).apply({})
    assert not any("templateOption" in text for text in files.values())
    configuration = parse(files[".devcontainer/devcontainer.json"]).value
    assert configuration_errors(configuration) == []


@every_template
def test_what_it_builds_from_is_there(template_id: str) -> None:
    """A Dockerfile that the configuration names beside itself comes with the template."""
    files = read_template(template_id).apply({})
    build = parse(files[".devcontainer/devcontainer.json"]).value.get("build", {})
    if not build.get("dockerfile", "../").startswith("../"):
        assert f".devcontainer/{build['dockerfile']}" in files


@every_template
def test_the_readme_lists_the_options(template_id: str) -> None:
    """A template's README has a row with the default for each option, and for no other."""
    text = (FOLDER / template_id / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| `(.*)` \|$", text, re.MULTILINE))
    assert rows == read_template(template_id).defaults


def test_an_unknown_option_is_refused() -> None:
    """A misspelt option is an error, not a silent default."""
    with pytest.raises(KeyError, match="imgae"):
        read_template("cpu-inference").apply({"imgae": "x"})


def test_the_same_script_template_serves_cpu_and_gpu() -> None:
    """Only the image, the words and the GPU differ between the two families of scoring scripts."""
    cpu, gpu = (
        parse(read_template(each).apply({"image": "one"})[".devcontainer/devcontainer.json"]).value
        for each in ("cpu-inference", "gpu-inference")
    )
    assert gpu == {**cpu, "hostRequirements": {"gpu": True}}
