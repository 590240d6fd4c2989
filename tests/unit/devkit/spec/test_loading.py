"""One good and one bad value for every key, read as azure-ai-ml reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devkit.spec.document import Document
from devkit.spec.documents.online_deployment import ManagedOnlineDeployment
from devkit.spec.kinds import FACTS, Kind
from devkit.spec.loading import load
from devkit.spec.overrides import apply_overrides, named, parse_override
from devkit.spec.places import span_of
from devkit.spec.recognition import recognise
from devkit.spec.schema_problems import Code, Enforcer

if TYPE_CHECKING:
    from devkit.spec.schema_problems import Path

ENDPOINT = Kind.MANAGED_ONLINE_ENDPOINT
K8S_ENDPOINT = Kind.KUBERNETES_ONLINE_ENDPOINT
MANAGED = Kind.MANAGED_ONLINE_DEPLOYMENT
K8S = Kind.KUBERNETES_ONLINE_DEPLOYMENT
BATCH_ENDPOINT = Kind.BATCH_ENDPOINT
BATCH = Kind.MODEL_BATCH_DEPLOYMENT
LEGACY = Kind.LEGACY_BATCH_DEPLOYMENT
PIPELINE = Kind.PIPELINE_BATCH_DEPLOYMENT

BASES: dict[Kind, dict[str, Any]] = {
    ENDPOINT: {"name": "my-endpoint"},
    K8S_ENDPOINT: {"name": "my-endpoint", "compute": "azureml:cluster"},
    MANAGED: {"name": "blue", "endpoint_name": "my-endpoint", "instance_type": "Standard_DS3_v2"},
    K8S: {"name": "blue", "endpoint_name": "my-endpoint", "type": "kubernetes"},
    BATCH_ENDPOINT: {"name": "my-endpoint"},
    BATCH: {"name": "blue", "endpoint_name": "my-endpoint", "type": "model", "compute": "azureml:cluster"},
    LEGACY: {"name": "blue", "endpoint_name": "my-endpoint"},
    PIPELINE: {"name": "blue", "endpoint_name": "my-endpoint", "type": "pipeline"},
    Kind.MODEL: {"name": "my-model"},
    Kind.ENVIRONMENT: {"name": "my-env", "image": "mcr.microsoft.com/azureml/minimal-py312-inference:1"},
    Kind.SERVERLESS_ENDPOINT: {"name": "my-endpoint", "model_id": "azureml://registries/r/models/m"},
    Kind.MODEL_PACKAGE: {"target_environment": "e", "inferencing_server": {"type": "azureml_online"}},
    Kind.DEPLOYMENT_TEMPLATE: {"name": "my-template", "version": "1", "allowed_instance_types": []},
}
ROUTE = {"port": 8501, "path": "/v1"}
ROUTES = {"liveness_route": ROUTE, "readiness_route": ROUTE, "scoring_route": ROUTE}
IMAGE = "mcr.microsoft.com/azureml/minimal-py312-inference:1"


@dataclass(frozen=True)
class Row:
    """A key, a value that is accepted, one that is not, and where and by whom the latter is refused."""

    kind: Kind
    key: str
    good: Any
    bad: Any
    code: Code
    below: Path = ()
    by: Enforcer = Enforcer.LOADER

    @property
    def path(self) -> Path:
        """Where the bad value's problem belongs."""
        return (*self.key.split("."), *self.below)


def _document(kind: Kind, key: str, value: Any) -> dict[str, Any]:
    """The smallest good document of a kind, with one value set."""
    document, _ = apply_overrides(BASES[kind], [])
    *parents, last = key.split(".")
    place = document
    for parent in parents:
        place[parent] = dict(place.get(parent) or {})
        place = place[parent]
    place[last] = value
    return document


TYPE, VALUE, LIMIT, REF, CLASH = Code.WRONG_TYPE, Code.NOT_ALLOWED, Code.LIMIT, Code.BAD_REFERENCE, Code.CONFLICT
UNKNOWN, GONE, NULL = Code.UNKNOWN_KEY, Code.MISSING_KEY, Code.NULL
SERVICE, CLIENT, DOCS = Enforcer.SERVICE, Enforcer.CLIENT, Enforcer.DOCS

ROWS = [
    # Online endpoint
    Row(ENDPOINT, "name", "my-endpoint", "1st", LIMIT),
    Row(ENDPOINT, "name", "abc", "ab", LIMIT, by=CLIENT),
    Row(ENDPOINT, "name", "a" * 32, "a" * 33, LIMIT, by=CLIENT),
    Row(ENDPOINT, "name", "a-b", "a--b", LIMIT, by=DOCS),
    Row(ENDPOINT, "name", "abc", 123, TYPE),
    Row(ENDPOINT, "description", "text", 1.5, TYPE),
    Row(ENDPOINT, "tags", {"a": 1}, ["a"], TYPE),
    Row(ENDPOINT, "properties", {"a": True}, "a", TYPE),
    Row(ENDPOINT, "auth_mode", "AMLToken", "token", VALUE),
    Row(ENDPOINT, "auth_mode", "aad_token", None, NULL),
    Row(ENDPOINT, "identity.type", "SystemAssigned", "system_assigned,user_assigned", VALUE),
    Row(ENDPOINT, "identity", {"type": "none"}, {}, GONE, ("type",)),
    Row(
        ENDPOINT,
        "identity",
        {"type": "user_assigned", "user_assigned_identities": [{"resource_id": "/subscriptions/s"}]},
        {"type": "user_assigned", "user_assigned_identities": ["/subscriptions/s"]},
        TYPE,
        ("user_assigned_identities", 0),
    ),
    Row(
        ENDPOINT,
        "identity",
        {"type": "user_assigned", "user_assigned_identities": []},
        {"type": "user_assigned", "user_assigned_identities": [{"resource_id": "a"}, {"resource_id": "b"}]},
        LIMIT,
        ("user_assigned_identities",),
    ),
    Row(
        ENDPOINT,
        "identity",
        {"type": "none", "principal_id": "p"},
        {"type": "none", "tenant_id": 5},
        TYPE,
        ("tenant_id",),
    ),
    Row(ENDPOINT, "traffic", {"blue": 90, "green": "10"}, {"blue": 90, "green": 20}, LIMIT),
    Row(ENDPOINT, "traffic", {"blue": 100}, {"blue": "all"}, TYPE, ("blue",)),
    Row(ENDPOINT, "traffic", {"blue": 0}, {"blue": -1}, LIMIT, ("blue",), SERVICE),
    Row(ENDPOINT, "mirror_traffic", {"green": 50}, {"green": 51}, LIMIT, ("green",), SERVICE),
    Row(ENDPOINT, "public_network_access", "Disabled", "private", VALUE),
    Row(ENDPOINT, "location", "westeurope", 5, TYPE),
    Row(ENDPOINT, "kind", "anything", None, UNKNOWN),
    Row(ENDPOINT, "scoring_uri", "https://x", ["https://x"], TYPE),
    Row(K8S_ENDPOINT, "compute", "azureml:cluster", "cluster", REF),
    Row(K8S_ENDPOINT, "traffic", {"blue": 1}, [], TYPE),
    # Online deployment
    Row(MANAGED, "name", "blue", "b_lue", LIMIT, by=CLIENT),
    Row(MANAGED, "endpoint_name", "my-endpoint", {"a": "b"}, TYPE),
    Row(MANAGED, "type", "Managed", "serverless", VALUE),
    Row(MANAGED, "type", "MANAGED", "Kubernetes", VALUE, by=DOCS),
    Row(
        MANAGED,
        "environment",
        {"image": IMAGE, "build": {"path": "d"}},
        {"image": IMAGE, "port": 1},
        UNKNOWN,
        ("port",),
    ),
    Row(MANAGED, "model", "azureml:my-model:1", "my-model:1", REF),
    Row(MANAGED, "model", "azureml:my-model@latest", "./model.pkl", REF),
    Row(MANAGED, "model", "azureml:my-model", "file:model.yml", REF),
    Row(MANAGED, "model", {"path": "../model"}, {"path": 5}, TYPE, ("path",)),
    Row(MANAGED, "model", {"name": "m", "version": 1, "path": "m"}, {"version": 1, "path": "m"}, CLASH, ("version",)),
    Row(MANAGED, "model", {"path": "m", "type": "MLflow_Model"}, {"path": "m", "type": "mlflow"}, VALUE, ("type",)),
    Row(MANAGED, "model", {"path": "m"}, ["m"], TYPE),
    Row(MANAGED, "model_mount_path", "/models", "models", LIMIT, by=SERVICE),
    Row(
        MANAGED,
        "code_configuration",
        {"code": "../code", "scoring_script": "score.py"},
        {"code": {"path": "../code"}, "scoring_script": "score.py"},
        TYPE,
        ("code",),
    ),
    Row(
        MANAGED,
        "code_configuration",
        {"code": "azureml:code:1", "scoring_script": "score.py"},
        {"code": "../code"},
        GONE,
        ("scoring_script",),
        CLIENT,
    ),
    Row(MANAGED, "environment", "azureml:env@latest", "env:1", REF),
    Row(MANAGED, "environment", "file:env.yml", "env.yml", REF),
    Row(MANAGED, "environment", {"image": IMAGE, "conda_file": "c.yml"}, {"image": 1}, TYPE, ("image",)),
    Row(MANAGED, "environment", {"image": IMAGE}, {"channels": []}, CLASH, ("channels",)),
    Row(
        MANAGED,
        "environment",
        {"image": IMAGE, "os_type": "Linux"},
        {"image": IMAGE, "os_type": "bsd"},
        VALUE,
        ("os_type",),
    ),
    Row(
        MANAGED,
        "environment",
        {"image": IMAGE, "inference_config": ROUTES},
        {"image": IMAGE, "inference_config": {"liveness_route": ROUTE, "scoring_route": ROUTE}},
        GONE,
        ("inference_config", "readiness_route"),
    ),
    Row(
        MANAGED,
        "environment",
        {"image": IMAGE, "inference_config": ROUTES},
        {"image": IMAGE, "inference_config": {**ROUTES, "scoring_route": {"port": 80}}},
        GONE,
        ("inference_config", "scoring_route", "path"),
    ),
    Row(MANAGED, "environment", {"build": {"path": "docker"}}, {"build": "docker"}, TYPE, ("build",)),
    Row(MANAGED, "environment_variables", {"A": "1", "B": 2}, ["A=1"], TYPE),
    Row(MANAGED, "instance_type", "Standard_F4s_v2", 4, TYPE),
    Row(MANAGED, "instance_count", "2", "two", TYPE),
    Row(MANAGED, "instance_count", 50, 51, LIMIT, by=SERVICE),
    Row(MANAGED, "instance_count", 1.5, 0, LIMIT, by=SERVICE),
    Row(MANAGED, "app_insights_enabled", "on", "maybe", TYPE),
    Row(MANAGED, "scale_settings", {"type": "Default"}, {"type": "auto"}, VALUE, ("type",)),
    Row(
        MANAGED,
        "scale_settings",
        {"type": "default"},
        {"type": "default", "max_instances": 2},
        CLASH,
        ("max_instances",),
    ),
    Row(MANAGED, "scale_settings", {"type": "default"}, {"type": "target_utilization"}, CLASH, ("type",), CLIENT),
    Row(MANAGED, "scale_settings", {"type": "default"}, {}, GONE, ("type",)),
    Row(MANAGED, "request_settings.request_timeout_ms", 180_000, 180_001, LIMIT, by=SERVICE),
    Row(MANAGED, "request_settings.max_concurrent_requests_per_instance", 1, 0, LIMIT, by=SERVICE),
    Row(MANAGED, "request_settings.max_queue_wait_ms", 0, "soon", TYPE),
    Row(MANAGED, "request_settings", {}, {"timeout": 1}, UNKNOWN, ("timeout",)),
    Row(MANAGED, "liveness_probe.initial_delay", 1, 0, LIMIT, by=SERVICE),
    Row(MANAGED, "liveness_probe.success_threshold", 1, 2, LIMIT, by=SERVICE),
    Row(MANAGED, "liveness_probe", {}, {"path": "/"}, UNKNOWN, ("path",)),
    Row(MANAGED, "readiness_probe.success_threshold", 2, "x", TYPE),
    Row(MANAGED, "readiness_probe.failure_threshold", 1, 0, LIMIT, by=SERVICE),
    Row(MANAGED, "readiness_probe.timeout", 1, 0, LIMIT, by=SERVICE),
    Row(MANAGED, "readiness_probe.period", 5, [5], TYPE),
    Row(MANAGED, "id", "x", 1, TYPE),
    Row(MANAGED, "egress_public_network_access", "disabled", "off", VALUE),
    Row(MANAGED, "private_network_connection", True, "perhaps", TYPE),
    Row(MANAGED, "data_collector", {"collections": {}}, {}, GONE, ("collections",)),
    Row(
        MANAGED,
        "data_collector.collections",
        {"request": {"enabled": "True"}},
        {"request": {"enabled": True}},
        VALUE,
        ("request", "enabled"),
    ),
    Row(
        MANAGED,
        "data_collector.collections",
        {"request": {"enabled": "True", "data": {"version": "1"}}},
        {"request": {"enabled": "True", "data": {"version": 1}}},
        TYPE,
        ("request", "data", "version"),
    ),
    Row(
        MANAGED,
        "data_collector.collections",
        {"request": {"enabled": "false", "data": "azureml:d:1", "client_id": "c"}},
        {"request": {"data": "azureml:d:1"}},
        GONE,
        ("request", "enabled"),
    ),
    Row(
        MANAGED,
        "data_collector",
        {"collections": {}, "sampling_rate": 0.5},
        {"collections": {}, "sampling_rate": 1.5},
        LIMIT,
        ("sampling_rate",),
    ),
    Row(
        MANAGED,
        "data_collector",
        {"collections": {}, "rolling_rate": "Day"},
        {"collections": {}, "rolling_rate": "month"},
        VALUE,
        ("rolling_rate",),
    ),
    Row(
        MANAGED,
        "data_collector",
        {"collections": {}, "request_logging": {"capture_headers": ["a"]}},
        {"collections": {}, "request_logging": {"capture_headers": "a"}},
        TYPE,
        ("request_logging", "capture_headers"),
    ),
    Row(MANAGED, "creation_context", {"created_by": "me"}, None, UNKNOWN),
    Row(K8S, "resources", {"requests": {"cpu": "0.5"}}, {"requests": {"cpu": 0.5}}, TYPE, ("requests", "cpu")),
    Row(
        K8S,
        "resources",
        {"limits": {"nvidia.com/gpu": "1"}},
        {"limits": {"nvidia.com/gpu": 1}},
        TYPE,
        ("limits", "nvidia.com/gpu"),
    ),
    Row(K8S, "resources", {"limits": {"memory": "2Gi"}}, {"limit": {}}, UNKNOWN, ("limit",)),
    Row(K8S, "scale_settings", {"type": "TargetUtilization", "max_instances": 3}, {"type": "none"}, VALUE, ("type",)),
    Row(K8S, "request_settings.request_timeout_ms", 300_000, 300_001, LIMIT, by=SERVICE),
    Row(K8S, "model", "azureml:m:1", "azureml://registries/r/models/m/versions/1", CLASH),
    Row(K8S, "environment", "azureml:e:1", "azureml://registries/r/environments/e/versions/1", CLASH),
    # Batch
    Row(BATCH_ENDPOINT, "defaults", {"deployment_name": "blue"}, {"deployment": "blue"}, UNKNOWN, ("deployment",)),
    Row(BATCH_ENDPOINT, "scoring_uri", "https://x", 5, TYPE),
    Row(BATCH_ENDPOINT, "provisioning_state", "Succeeded", 5, TYPE),
    Row(BATCH_ENDPOINT, "tags", {}, 5, TYPE),
    Row(BATCH_ENDPOINT, "auth_mode", "aad_token", "none", VALUE),
    Row(BATCH, "type", "Model", "script", VALUE),
    Row(BATCH, "compute", "cluster", 5, TYPE),
    Row(BATCH, "resources", {"instance_count": 2}, {"instances": 2}, UNKNOWN, ("instances",)),
    Row(BATCH, "resources.shm_size", "2g", "2GB", LIMIT, by=SERVICE),
    Row(BATCH, "resources.docker_args", ["--a"], [1], TYPE, (0,)),
    Row(BATCH, "resources.locations", ["westeurope"], "westeurope", TYPE),
    Row(BATCH, "settings", {"mini_batch_size": 5}, {"error_threshold": 1}, GONE, ("mini_batch_size",)),
    Row(BATCH, "settings", {"mini_batch_size": 5}, {"mini_batch_size": 0}, LIMIT, ("mini_batch_size",), SERVICE),
    Row(
        BATCH,
        "settings",
        {"mini_batch_size": 5, "output_action": "Append_Row"},
        {"mini_batch_size": 5, "output_action": "append"},
        VALUE,
        ("output_action",),
    ),
    Row(
        BATCH,
        "settings",
        {"mini_batch_size": 5, "output_action": "summary_only"},
        {"mini_batch_size": 5, "output_action": "summary_only", "output_file_name": "x.csv"},
        CLASH,
        ("output_file_name",),
        CLIENT,
    ),
    Row(
        BATCH,
        "settings",
        {"mini_batch_size": 5, "retry_settings": {"max_retries": 3, "timeout": 300}},
        {"mini_batch_size": 5, "retry_settings": {"max_retries": "many"}},
        TYPE,
        ("retry_settings", "max_retries"),
    ),
    Row(
        BATCH,
        "settings",
        {"mini_batch_size": 5, "error_threshold": -1},
        {"mini_batch_size": 5, "error_threshold": -2},
        LIMIT,
        ("error_threshold",),
        SERVICE,
    ),
    Row(
        BATCH,
        "settings",
        {"mini_batch_size": 5, "logging_level": "Info"},
        {"mini_batch_size": 5, "logging_level": "trace"},
        LIMIT,
        ("logging_level",),
        SERVICE,
    ),
    Row(
        BATCH,
        "settings",
        {"mini_batch_size": 5, "max_concurrency_per_instance": 2},
        {"mini_batch_size": 5, "max_concurrency_per_instance": True},
        TYPE,
        ("max_concurrency_per_instance",),
    ),
    Row(LEGACY, "mini_batch_size", 5, "five", TYPE),
    Row(PIPELINE, "job_definition", "azureml:job", "job", REF),
    Row(LEGACY, "compute", "azureml:c", 5, TYPE),
    Row(LEGACY, "output_action", "summary_only", "none", VALUE),
    Row(PIPELINE, "component", "./pipeline.yml", {"type": "pipeline"}, TYPE),
    Row(PIPELINE, "settings", {"default_compute": "c"}, "c", TYPE),
    Row(PIPELINE, "description", "d", ["d"], TYPE),
    # Assets
    Row(Kind.MODEL, "version", 1.0, [1], TYPE),
    Row(Kind.MODEL, "type", "triton_model", "onnx", VALUE),
    Row(Kind.MODEL, "path", "azureml://datastores/d/paths/p", ["p"], TYPE),
    Row(Kind.MODEL, "flavors", {"python_function": {}}, "sklearn", TYPE),
    Row(Kind.MODEL, "allowed_deployment_templates", [{"asset_id": "a"}], [{"id": "a"}], UNKNOWN, (0, "id")),
    Row(Kind.ENVIRONMENT, "conda_file", {"dependencies": []}, None, NULL),
    Row(Kind.ENVIRONMENT, "version", "1", {}, TYPE),
    Row(Kind.ENVIRONMENT, "datastore", "d", 1, TYPE),
    Row(Kind.SERVERLESS_ENDPOINT, "model_id", "azureml://registries/r/models/m", 5, TYPE),
    Row(Kind.SERVERLESS_ENDPOINT, "headers", {"a": "b"}, None, NULL),
    Row(Kind.SERVERLESS_ENDPOINT, "system_data", {}, None, UNKNOWN, by=DOCS),
    Row(Kind.MODEL_PACKAGE, "inferencing_server", {"type": "triton"}, {}, GONE, ("type",)),
    Row(Kind.MODEL_PACKAGE, "target_environment", {"name": "e"}, 5, TYPE),
    Row(
        Kind.DEPLOYMENT_TEMPLATE,
        "accelerator_maps",
        [{"accelerator_type": "H100_80GB", "number_of_accelerators_per_model_instance": 1}],
        [{"accelerator_type": "H100_80GB"}],
        GONE,
        (0, "number_of_accelerators_per_model_instance"),
    ),
    Row(Kind.DEPLOYMENT_TEMPLATE, "liveness_probe.path", "/health", 5, TYPE),
    Row(Kind.DEPLOYMENT_TEMPLATE, "scoring_port", 8080, 0, LIMIT, by=SERVICE),
    Row(Kind.MODEL_PACKAGE, "model_configuration", {"mode": "copy"}, {"mode": "mount"}, VALUE, ("mode",)),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind.value}:{row.key}")
def test_a_good_value_is_read_without_a_word(row: Row) -> None:
    """A value that azure-ai-ml and the service take gives no problem."""
    assert load(_document(row.kind, row.key, row.good), row.kind).problems == ()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind.value}:{row.key}")
def test_a_bad_value_gives_one_problem_at_its_own_place(row: Row) -> None:
    """A value that somebody refuses gives one problem, which says where, of what kind, and who refuses it."""
    (problem,) = load(_document(row.kind, row.key, row.bad), row.kind).problems
    assert (problem.path, problem.code, problem.enforced_by) == (row.path, row.code, row.by)
    assert problem.message
    assert problem.remedy


@pytest.mark.parametrize("kind", Kind)
def test_an_unknown_key_is_named_with_the_nearest_known_one(kind: Kind) -> None:
    """A slip in a key's name is found at the key, with the key that was meant."""
    known = next(name for name in FACTS[kind].block.model_fields if name not in BASES[kind])
    (problem,) = load({**BASES[kind], known + "s": "x"}, kind).problems
    assert (problem.path, problem.on_key, problem.suggestion) == ((known + "s",), True, known)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (ENDPOINT, "compute"),
        (ENDPOINT, "instance_type"),
        (K8S_ENDPOINT, "public_network_access"),
        (MANAGED, "resources"),
        (MANAGED, "startup_probe"),
        (MANAGED, "package_model"),
        (K8S, "egress_public_network_access"),
        (K8S, "creation_context"),
        (BATCH_ENDPOINT, "traffic"),
        (BATCH, "mini_batch_size"),
        (LEGACY, "settings"),
        (PIPELINE, "model"),
        (Kind.ENVIRONMENT, "properties"),
    ],
)
def test_a_key_of_another_kind_is_unknown(kind: Kind, key: str) -> None:
    """What belongs to another kind of document is refused, as azure-ai-ml refuses it."""
    (problem,) = load({**BASES[kind], key: {}}, kind).problems
    assert (problem.path, problem.code, problem.says) == ((key,), UNKNOWN, "Unknown field.")


@pytest.mark.parametrize("kind", [kind for kind in Kind if "name" in BASES[kind]])
def test_a_missing_name_can_come_from_the_command_line(kind: Kind) -> None:
    """A name that the file lacks is a problem of its own kind, and none when a flag gives it."""
    nameless = {key: value for key, value in BASES[kind].items() if key != "name"}
    (problem,) = load(nameless, kind).problems
    assert (problem.code, problem.path) == (Code.MISSING_NAME, ("name",))
    assert load(nameless, kind, named("my-name")).problems == ()


@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_a_document_that_is_no_mapping_is_one_problem(value: Any) -> None:
    """An empty document, a list and a scalar are refused as a whole."""
    loaded = load(value, MANAGED)
    assert [problem.code for problem in loaded.problems] == [Code.NOT_A_MAPPING]
    assert loaded.block is None


def test_all_problems_come_at_once_and_the_rest_is_read() -> None:
    """One bad value hides neither another one nor the good ones."""
    loaded = load(
        {**BASES[MANAGED], "model": "m:1", "instance_count": "x", "liveness_probe": {"period": 7, "a": 1}}, MANAGED
    )
    assert [problem.path for problem in loaded.problems] == [("model",), ("instance_count",), ("liveness_probe", "a")]
    assert isinstance(loaded.block, ManagedOnlineDeployment)
    assert loaded.block.model is None
    assert loaded.block.liveness_probe is not None
    assert loaded.block.liveness_probe.period == 7


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("traffic", {1: 50}, ("traffic", 1)),
        ("identity", {"type": "none", True: 1}, ("identity", True)),
        (
            "identity",
            {"type": "none", "user_assigned_identities": [{1: "a"}]},
            ("identity", "user_assigned_identities", 0, 1),
        ),
        (None, 1, (None,)),
        (2.5, 1, (2.5,)),
    ],
)
def test_a_key_that_is_no_string_is_found(key: Any, value: Any, path: Path) -> None:
    """YAML's `on:`, `1:` and `~:` are no strings; the problem's path has the key as it was read."""
    (problem,) = load({**BASES[ENDPOINT], key: value}, ENDPOINT).problems
    assert problem.path == path
    assert problem.on_key


def test_a_name_that_is_no_string_is_taken_where_azure_ai_ml_takes_it() -> None:
    """Tags may have any names; the model has them as strings."""
    loaded = load({**BASES[ENDPOINT], "tags": {1: {2: "a"}}}, ENDPOINT)
    assert loaded.problems == ()
    assert loaded.block is not None
    assert loaded.block.model_dump()["tags"] == {"1": {"2": "a"}}


def test_a_part_that_cannot_be_read_leaves_the_rest_of_a_mapping() -> None:
    """The sum of the traffic is no problem of its own while one share cannot be read."""
    loaded = load({**BASES[ENDPOINT], "traffic": {"blue": None, "green": 101}}, ENDPOINT)
    assert [each.path for each in loaded.problems] == [("traffic", "blue"), ("traffic", "green")]


def test_a_reference_without_its_prefix_is_mended() -> None:
    """The most common mistake is known by name and comes with the text that mends it."""
    (problem,) = load({**BASES[MANAGED], "model": "my-model:1"}, MANAGED).problems
    assert problem.suggestion == "azureml:my-model:1"
    assert "azureml:" in problem.message


def test_set_changes_one_value_and_leaves_the_document_alone() -> None:
    """`--set` works on a copy, makes the mappings on its way and reads indices."""
    document = {"a": {"b": 1}}
    overrides = [parse_override("a.c.d=2"), parse_override("e[1]=x"), parse_override('f={"g": 3}')]
    assert apply_overrides(document, overrides) == (
        {"a": {"b": 1, "c": {"d": "2"}}, "e": [None, "x"], "f": {"g": 3}},
        [],
    )
    assert document == {"a": {"b": 1}}


def test_set_through_a_reference_is_refused_as_az_does() -> None:
    """A property of something given by reference cannot be set."""
    document = {**BASES[MANAGED], "model": "azureml:m:1"}
    (problem,) = load(document, MANAGED, [parse_override("model.path=x")]).problems
    assert problem.code is Code.OVERRIDE
    assert problem.says == "Cannot use '--set' on properties defined by reference strings: --set model.path"


@pytest.mark.parametrize("text", ["", "a", "=1", "a={"])
def test_a_malformed_set_is_an_error_with_its_text(text: str) -> None:
    """What is no `property=value` is a usage error."""
    with pytest.raises(ValueError, match="--set"):
        parse_override(text)


@pytest.mark.parametrize(
    ("key", "lines", "expected"),
    [
        ("unknown", ["name: blue", "trafic: {}"], (1, 0)),
        ("wrong type", ["name: blue", "instance_count: two"], (1, 16)),
        ("nested", ["liveness_probe:", "  path: /"], (1, 2)),
        ("missing inside", ["data_collector:", "  sampling_rate: 1"], (0, 0)),
        ("null", ["name: blue", "tags:"], (1, 0)),
        (
            "list item",
            ["data_collector:", "  collections: {}", "  request_logging:", "    capture_headers:", "      - 5"],
            (4, 8),
        ),
    ],
)
def test_a_problem_points_into_the_text(key: str, lines: list[str], expected: tuple[int, int]) -> None:
    """Problems are shown at the key or value they are about; a missing key at the block that lacks it."""
    document = Document("\n".join([*lines, "endpoint_name: my-endpoint", "instance_type: Standard_DS3_v2", ""]))
    problems = [each for each in load(document.root.value, MANAGED).problems if each.code is not Code.MISSING_NAME]
    start = document.range(span_of(document, problems[0])).start
    assert (start.line, start.character) == expected, key


@pytest.mark.parametrize("kind", Kind)
def test_a_document_is_recognised_by_its_schema(kind: Kind) -> None:
    """Each kind's own `$schema` leads back to it, with the keys that its family decides by."""
    schema = f"https://azuremlschemas.azureedge.net/latest/{FACTS[kind].schema_name}.schema.json"
    assert recognise({"$schema": schema, **BASES[kind]}) is kind


@pytest.mark.parametrize(
    ("value", "file_name", "kind"),
    [
        ({"name": "b", "instance_type": "x"}, "x.yml", MANAGED),
        ({"name": "b", "type": "kubernetes", "code_configuration": {}}, "x.yml", K8S),
        ({"name": "e", "auth_mode": "key"}, "x.yml", ENDPOINT),
        ({"name": "e", "compute": "azureml:c", "auth_mode": "key"}, "x.yml", K8S_ENDPOINT),
        ({"name": "b", "endpoint_name": "e", "model": "azureml:m:1"}, "x.yml", MANAGED),
        ({"name": "b", "endpoint_name": "e", "compute": "azureml:c"}, "x.yml", LEGACY),
        ({"name": "e"}, "endpoint.yml", ENDPOINT),
        ({"name": "e"}, "sub\\batch-endpoint.yml", BATCH_ENDPOINT),
        ({"name": "b", "mini_batch_size": 3}, "x.yml", LEGACY),
        ({"name": "e", "image": "i"}, "x.yml", Kind.ENVIRONMENT),
        ({"name": "m", "path": "p", "type": "mlflow_model"}, "x.yml", Kind.MODEL),
        ({"name": "x", "channels": [], "dependencies": []}, "environment.yml", None),
        ({"apiVersion": "v1", "kind": "Deployment"}, "deployment.yml", None),
        ({"$schema": "https://azuremlschemas.azureedge.net/latest/commandJob.schema.json"}, "deployment.yml", None),
        ({"$schema": "http://azureml/sdk-2-0/OnlineDeployment.json"}, "x.yml", MANAGED),
        ([1], "deployment.yml", None),
    ],
)
def test_a_document_is_recognised_by_its_keys_and_its_file(value: Any, file_name: str, kind: Kind | None) -> None:
    """Without a `$schema` the keys decide, then the file's name; other services' documents are left alone."""
    assert recognise(value, file_name) is kind


def test_an_environment_has_an_image_or_a_build() -> None:
    """Both at once and neither are refused before anything is sent."""
    both = load({**BASES[Kind.ENVIRONMENT], "build": {"path": "docker"}}, Kind.ENVIRONMENT)
    neither = load({"name": "my-env"}, Kind.ENVIRONMENT)
    assert [(each.path, each.enforced_by) for each in both.problems] == [(("build",), CLIENT)]
    assert [(each.path, each.enforced_by) for each in neither.problems] == [(("image",), CLIENT)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind.value}:{row.key}")
def test_a_bad_value_is_shown_where_it_is_written(row: Row) -> None:
    """Of every bad value the text marks the value, or the key, or the key of the block that lacks one."""
    document = Document(yaml.safe_dump(_document(row.kind, row.key, row.bad), default_flow_style=True))
    (problem,) = load(document.root.value, row.kind).problems
    marked = yaml.safe_load(document.slice(span_of(document, problem)))
    if problem.code is GONE and isinstance(row.path[-2], str):
        assert marked == row.path[-2]
    elif problem.on_key:
        assert marked == row.path[-1]
    else:
        assert marked == _at(document.root.value, row.path[:-1] if problem.code is GONE else row.path)


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def test_the_identity_of_a_batch_endpoint_is_refused() -> None:
    """azure-ai-ml crashes on it, so it cannot be deployed."""
    (problem,) = load({**BASES[BATCH_ENDPOINT], "identity": {"type": "system_assigned"}}, BATCH_ENDPOINT).problems
    assert (problem.path, problem.code, problem.enforced_by) == (("identity",), CLASH, Enforcer.LOADER)
