from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from devkit.spec.document import Document
from devkit.spec.kinds import Kind
from lsp.features.completion import complete
from tests.support.open_documents import open_at_cursor

if TYPE_CHECKING:
    from pathlib import Path

    from lsp.features.completion_item import Completion

HEAD = "name: blue\nendpoint_name: house-prices\n"
GPU_IMAGE = "environment:\n  image: nvcr.io/nvidia/tritonserver:24.01-py3\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project: an endpoint, two deployments, code, a model and a conda file."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text("def init(): ...\ndef run(data): ...\n")
    (tmp_path / "src" / "notes.txt").write_text("")
    (tmp_path / "models").mkdir()
    (tmp_path / "conda.yml").write_text("dependencies: [python=3.12]\n")
    (tmp_path / "endpoint.yml").write_text("name: house-prices\nauth_mode: key\n")
    for name in ("green", "red"):
        text = f"name: {name}\nendpoint_name: house-prices\ninstance_type: x\nmodel: azureml:{name}-model:3\n"
        (tmp_path / f"{name}-deployment.yml").write_text(text)
    (tmp_path / "environment.yml").write_text("name: my-env\nversion: 7\nimage: x/y:1\n")
    return tmp_path


def items(folder: Path, marked: str, name: str = "blue-deployment.yml") -> list[Completion]:
    return complete(*open_at_cursor(folder, marked, name))


def labels(folder: Path, marked: str, name: str = "blue-deployment.yml") -> list[str]:
    return [item.label for item in items(folder, marked, name)]


def accepted(folder: Path, marked: str, label: str, name: str = "blue-deployment.yml") -> str:
    """Give the text after the item has been taken, as an editor without snippets writes it."""
    item = next(each for each in items(folder, marked, name) if each.label == label)
    text = marked.replace("|", "", 1)
    text = text[: item.span.start] + item.plain_text + text[item.span.end :]
    if item.indentation is not None:
        span = item.indentation.span
        text = text[: span.start] + item.indentation.text + text[span.end :]
    return text


@pytest.mark.parametrize(
    ("marked", "label", "after"),
    [
        ("na|\nendpoint_name: x\n", "name", "name: \nendpoint_name: x\n"),
        (HEAD + "instance_type:|\n", "Standard_DS3_v2", HEAD + "instance_type: Standard_DS3_v2\n"),
        (HEAD + "instance_type:Stan|\n", "Standard_DS3_v2", HEAD + "instance_type: Standard_DS3_v2\n"),
        (HEAD + "instance_type:\n  St|\n", "Standard_DS3_v2", HEAD + "instance_type:\n  Standard_DS3_v2\n"),
        (HEAD + "  inst|\n", "instance_type", HEAD + "instance_type: \n"),
        (HEAD + "    |\n", "instance_type", HEAD + "instance_type: \n"),
        (HEAD + "code_configuration:\n |", "code", HEAD + "code_configuration:\n  code: "),
        (HEAD + "code_configuration:\n    |", "code", HEAD + "code_configuration:\n  code: "),
        (
            HEAD + "code_configuration:\n  code: src\n     sc|\n",
            "scoring_script",
            HEAD + "code_configuration:\n  code: src\n  scoring_script: \n",
        ),
        (
            HEAD + "code_configuration:\n  |\n  code: src\n",
            "scoring_script",
            HEAD + "code_configuration:\n  scoring_script: \n  code: src\n",
        ),
        (
            HEAD + "code_configuration: {code: src, |",
            "scoring_script",
            HEAD + "code_configuration: {code: src, scoring_script: ",
        ),
        (HEAD + "code_configuration: {co|}\n", "code", HEAD + "code_configuration: {code: }\n"),
        (
            "name: blue\ncode_configuration:\n  code: src\n  scoring_script: 's|\nendpoint_name: x\n",
            "score.py",
            "name: blue\ncode_configuration:\n  code: src\n  scoring_script: 'score.py'\nendpoint_name: x\n",
        ),
        (
            'name: blue\nendpoint_name: "hou|\ninstance_type: x\n',
            "house-prices",
            'name: blue\nendpoint_name: "house-prices"\ninstance_type: x\n',
        ),
        (HEAD + "inst|: Standard_DS3_v2\n", "instance_type", HEAD + "instance_type: Standard_DS3_v2\n"),
    ],
)
def test_half_typed_text(folder: Path, marked: str, label: str, after: str) -> None:
    """An item taken in half-typed text gives the text that was meant, rightly indented."""
    assert accepted(folder, marked, label) == after


VARIABLES = "environment_variables:\n" + "".join(f"  V{number}: value {number}\n" for number in range(200))


@pytest.mark.parametrize(
    "marked",
    [
        HEAD + "inst|\n",
        HEAD + "instance_type: |\n",
        HEAD + "code_configuration:\n  scoring_script: 's|\n",
        HEAD + "code_configuration: {co|\n",
        HEAD + "environment_variables:\n  |\n  V3: x\n",
    ],
)
def test_long_texts(folder: Path, marked: str) -> None:
    """What is left unread of a long text changes no item: neither a wide map below nor the documents around."""
    other = f"---\n{HEAD}{VARIABLES}"
    for text in (marked + VARIABLES, VARIABLES + marked, f"{HEAD}{other * 3}---\n{marked}{VARIABLES}{other}"):
        opened, offset = open_at_cursor(folder, text, "blue-deployment.yml")
        near, whole = (replace(opened, document=Document(opened.document.text)) for _ in range(2))
        assert whole.document.tolerant
        found = complete(near, offset)
        assert found
        assert found == complete(whole, offset)
        assert "tolerant" not in vars(near.document)


def test_nothing_in_a_comment(folder: Path) -> None:
    """Inside a comment nothing is offered."""
    assert items(folder, HEAD + "# inst|\n") == []


def test_nothing_in_a_foreign_file(folder: Path) -> None:
    """A file of another tool gets nothing at all."""
    assert items(folder, "apiVersion: v1\nna|\n") == []
    assert items(folder, "na|\n", "notes.txt") == []


def test_no_key_twice(folder: Path) -> None:
    """A key that is there already is not offered again."""
    found = labels(folder, HEAD + "|\ninstance_count: 1\n")
    assert "instance_type" in found
    assert not {"name", "endpoint_name", "instance_count"} & set(found)


def test_required_keys_come_first(folder: Path) -> None:
    """The required keys lead the list, the deprecated ones end it."""
    assert labels(folder, "instance_count: 1\n|\n")[:3] == ["name", "endpoint_name", "instance_type"]
    assert labels(folder, HEAD + "request_settings:\n  |")[-1] == "max_queue_wait_ms"


def test_ranks_sort_as_text(folder: Path) -> None:
    """An editor that sorts by sort_text shows the list in its own order."""
    for marked in (HEAD + "|", HEAD + "instance_type: |", "|"):
        found = [item.sort_text for item in items(folder, marked)]
        assert found == sorted(found)


def test_keys_below_a_key(folder: Path) -> None:
    """Below a key only its own keys are offered."""
    assert labels(folder, HEAD + "liveness_probe:\n  period: 10\n  |") == [
        "initial_delay",
        "timeout",
        "success_threshold",
        "failure_threshold",
    ]


def test_values_of_an_enumeration(folder: Path) -> None:
    """An enumeration offers its values and says which is the default."""
    found = items(folder, "name: house-prices\nauth_mode: |\n", "endpoint.yml")
    assert [item.label for item in found] == ["key", "aml_token", "aad_token"]
    assert [item.label_detail for item in found] == ["default", "", ""]


def test_booleans(folder: Path) -> None:
    """A boolean offers true and false; an enumeration of these strings gets its quotes."""
    assert accepted(folder, HEAD + "app_insights_enabled: |", "true").endswith("app_insights_enabled: true")
    inside = HEAD + "data_collector:\n  collections:\n    request:\n      enabled: |"
    assert accepted(folder, inside, "true").endswith("enabled: 'true'")


def test_sizes_tell_their_facts(folder: Path) -> None:
    """A machine size shows vCPU, memory and GPUs, and small ones come first."""
    found = {item.label: item for item in items(folder, HEAD + "instance_type: |")}
    assert found["Standard_DS3_v2"].label_detail == "4 vCPU · 14 GiB"
    assert found["Standard_NC4as_T4_v3"].label_detail == "4 vCPU · 28 GiB · 1 x NVIDIA T4 16 GiB"
    order = list(found)
    assert order.index("Standard_DS2_v2") < order.index("Standard_DS3_v2") < order.index("Standard_NC4as_T4_v3")
    assert "| vCPU | 4 |" in found["Standard_DS3_v2"].documentation


def test_a_gpu_image_filters_the_sizes(folder: Path) -> None:
    """Beside an image that needs a GPU only sizes with one are offered."""
    found = items(folder, HEAD + GPU_IMAGE + "instance_type: |")
    assert found
    assert all(" x " in item.label_detail for item in found)


def test_paths_start_at_their_base(folder: Path) -> None:
    """A scoring script is looked for in the code folder, everything else beside the document."""
    assert labels(folder, HEAD + "code_configuration:\n  code: src\n  scoring_script: |") == ["score.py"]
    assert labels(folder, HEAD + "code_configuration:\n  code: |") == ["models", "src"]
    assert labels(folder, HEAD + "environment:\n  conda_file: |") == ["conda.yml", "models/", "src/"]
    assert labels(folder, HEAD + "model:\n  path: src/|") == ["src/notes.txt", "src/score.py"]


def test_names_of_the_project(folder: Path) -> None:
    """Endpoints, deployments and assets of the project's other documents are offered where they are meant."""
    assert labels(folder, "name: blue\nendpoint_name: |\ninstance_type: x\n") == ["house-prices"]
    assert labels(folder, "name: |\nauth_mode: key\n", "endpoint.yml") == ["house-prices"]
    assert labels(folder, "name: house-prices\ntraffic:\n  |", "endpoint.yml") == ["green", "red"]
    assert labels(folder, HEAD + "environment: |")[:3] == ["azureml:my-env:7", "azureml:", "file:environment.yml"]


def test_the_rest_of_the_traffic(folder: Path) -> None:
    """A traffic share offers what is left of 100 percent."""
    assert labels(folder, "name: house-prices\ntraffic:\n  green: 30\n  red: |", "endpoint.yml") == ["70"]
    after = accepted(folder, "name: house-prices\ntraffic:\n  green: 30\n  |", "red", "endpoint.yml")
    assert after.endswith("red: 70")


@pytest.mark.parametrize("typed", ["azureml:", "azureml:gr", "azureml:green-model:", "azureml:green-model:3"])
def test_azureml_is_part_of_the_prefix(folder: Path, typed: str) -> None:
    """After `azureml:` the whole scalar is compared and replaced."""
    item = next(each for each in items(folder, HEAD + f"model: {typed}|") if each.label == "azureml:green-model:3")
    assert item.filter_text.startswith(typed)
    assert accepted(folder, HEAD + f"model: {typed}|\n", item.label) == HEAD + "model: azureml:green-model:3\n"


def test_variables_of_the_server(folder: Path) -> None:
    """The server's variables are offered with their defaults in quotes, those that Azure sets are not."""
    marked = HEAD + "environment_variables:\n  |"
    assert accepted(folder, marked, "WORKER_COUNT").endswith('  WORKER_COUNT: "1"')
    assert not {"AZUREML_MODEL_DIR", "SERVER_PORT"} & set(labels(folder, marked))


def test_an_empty_file(folder: Path) -> None:
    """An empty file offers whole documents, the one its name asks for first, and every `$schema` line."""
    found = items(folder, "|", "new.yml")
    assert {item.label_detail for item in found if item.kind.name == "BLOCK"} == {"whole document"}
    assert sum(item.label == "$schema" for item in found) == len(Kind)
    assert labels(folder, "|", "green-endpoint.yml")[0] == "managed online endpoint"
    assert "endpoint_name: house-prices" in items(folder, "|")[0].plain_text


def test_schema_urls(folder: Path) -> None:
    """Behind `$schema:` the address of each kind's schema is offered."""
    assert len(items(folder, "$schema: |\n", "new.yml")) == len(Kind)


def test_blocks_are_indented_where_they_stand(folder: Path) -> None:
    """A block's snippet carries the indentation of the place it is taken at."""
    after = accepted(folder, HEAD + "environment:\n  inf|", "inference_config: …")
    assert after.splitlines()[3:6] == ["  inference_config:", "    liveness_route:", "      port: 8501"]


def test_a_reference_may_begin_a_block(folder: Path) -> None:
    """Behind a key whose value may be a mapping its lines are offered."""
    after = accepted(folder, HEAD + "environment: |\n", "image and conda file")
    assert after.splitlines()[3].startswith("  image: ")


def test_a_block_begins_behind_its_colon(folder: Path) -> None:
    """Behind the colon of a key with keys below it its lines are offered, begun on a line of their own."""
    after = accepted(folder, HEAD + "code_configuration:|\n", "code and script")
    assert after == HEAD + "code_configuration:\n  code: src\n  scoring_script: score.py\n"


def test_a_file_for_the_environment(folder: Path) -> None:
    """After `file:` environments and folders are offered, and no other document, each once."""
    found = labels(folder, HEAD + "environment: file:|")
    assert found == [
        "azureml:my-env:7",
        "azureml:",
        "file:environment.yml",
        "file:conda.yml",
        "file:models/",
        "file:src/",
    ]


def test_no_key_where_a_list_stands(folder: Path) -> None:
    """Among the items of a list no key of the mapping around it is offered."""
    assert items(folder, HEAD + "data_collector:\n  request_logging:\n    capture_headers:\n      - a\n      |") == []
