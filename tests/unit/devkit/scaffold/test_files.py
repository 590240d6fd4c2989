from __future__ import annotations

import json

import yaml

from devkit.scaffold.files import Answers, deployment_files


def test_the_answers_reach_every_file_that_names_them() -> None:
    """Endpoint, deployment and size stand where they belong, and every YAML and JSON file parses."""
    files = {str(path): text for path, text in deployment_files(Answers("shop", "green", "Standard_F4s_v2")).items()}
    deployment = yaml.safe_load(files["deployment.yml"])
    assert (deployment["name"], deployment["endpoint_name"], deployment["instance_type"]) == (
        "green",
        "shop",
        "Standard_F4s_v2",
    )
    assert yaml.safe_load(files["endpoint.yml"])["name"] == "shop"
    assert json.loads(files["sample-request.json"])["data"]
    assert deployment["model"]["path"] in files
    assert f"src/{deployment['code_configuration']['scoring_script']}" in files
    assert deployment["environment"]["conda_file"] in files
