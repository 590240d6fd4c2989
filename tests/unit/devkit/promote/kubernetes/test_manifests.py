"""What an endpoint comes to in a cluster."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from devkit.gateway.config import GatewayConfig
from devkit.promote.kubernetes.manifests import Secrets, manifests, not_honoured
from devkit.promote.kubernetes.naming import object_name
from devkit.promote.kubernetes.release import Cluster, GatewayReference, ManifestError
from devkit.promote.kubernetes.routing import duration
from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment
from tests.support.kubernetes_schemas import broken_rules, is_custom, mistakes_of_custom
from tests.support.releases import EXAMPLES, GOLDEN, ROOT, WITH_SIDECAR, WITHOUT_SIDECAR, endpoint_of, rendered

if TYPE_CHECKING:
    from devkit.promote.kubernetes.release import EndpointRelease, Manifest

CLUSTERS = [WITH_SIDECAR, WITHOUT_SIDECAR]


def example(name: str, **changes: Any) -> EndpointRelease:
    return replace(endpoint_of(ROOT / "examples" / name), **changes)


def with_document(release: EndpointRelease, **keys: Any) -> EndpointRelease:
    """The release with other keys in its Kubernetes deployment's document."""
    first = release.deployments[0]
    document = KubernetesOnlineDeployment.model_validate(
        {"name": "blue", "endpoint_name": release.name, "instance_type": "defaultinstancetype", **keys}
    )
    return replace(release, deployments=(replace(first, document=document),))


def one(found: list[Manifest], kind: str) -> Manifest:
    (manifest,) = (each for each in found if each["kind"] == kind)
    return manifest


def inference(found: list[Manifest]) -> Any:
    return one(found, "Deployment")["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples(name: str) -> None:
    """Each example's files are the golden ones; `python -m tests.support.releases` renews them."""
    golden = {path.name: path.read_text(encoding="utf-8") for path in (GOLDEN / name).iterdir()}
    assert rendered(name) == golden


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_routes_are_as_the_gateway_api_wants_them(name: str, cluster: Cluster) -> None:
    """Every custom object is right by its schema and its rules, and objects refer to objects that are there."""
    found = manifests(example(name, mirror={}), cluster)
    assert [mistakes_of_custom(each) for each in found if is_custom(each)] == [[]]
    assert broken_rules(found) == []


def test_shares_and_mirror() -> None:
    """Traffic becomes weights, the mirror a filter with its percentage; whoever names a deployment comes first."""
    release = example("blue-green", traffic={"blue": 100}, mirror={"green": 10})
    route = one(manifests(release, WITH_SIDECAR), "HTTPRoute")
    assert mistakes_of_custom(route) == []
    *asked_for, shares = route["spec"]["rules"]
    assert [rule["matches"][0]["headers"][0]["value"] for rule in asked_for] == ["blue", "green"]
    assert [(each["name"], each["weight"]) for each in shares["backendRefs"]] == [("house-prices-blue", 100)]
    (mirror,) = shares["filters"]
    assert mirror["requestMirror"]["percent"] == 10
    assert mirror["requestMirror"]["backendRef"]["name"] == "house-prices-green"


def test_no_traffic_is_no_rule() -> None:
    """A deployment without traffic is reached by the header alone."""
    route = one(manifests(example("sklearn"), WITH_SIDECAR), "HTTPRoute")
    assert [bool(rule["matches"][0].get("headers")) for rule in route["spec"]["rules"]] == [True]


def test_too_many_deployments_for_a_route() -> None:
    """A route has 16 rules; an endpoint with more deployments is refused, not cut."""
    release = example("sklearn")
    with pytest.raises(ManifestError, match="16 deployments, and an HTTPRoute takes 1 to 15"):
        manifests(replace(release, deployments=release.deployments * 16), WITH_SIDECAR)


def test_the_route_waits_longer_than_the_sidecar() -> None:
    """With a sidecar its own answer to a slow request is seen; without one the route ends the request itself."""
    timeouts = [
        one(manifests(example("kubernetes"), each), "HTTPRoute")["spec"]["rules"][0]["timeouts"]["request"]
        for each in CLUSTERS
    ]
    assert timeouts == ["11s500ms", "10s500ms"]


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (5, "5s"), (0.5, "500ms"), (1.0001, "1s1ms"), (300, "300s")])
def test_durations(seconds: float, text: str) -> None:
    """Times are written without fractions, and rounded up."""
    assert duration(seconds) == text


def test_an_autoscaler_owns_the_number_of_pods() -> None:
    """target_utilization becomes an autoscaler, and the Deployment then has no replicas to fight over."""
    settings = {
        "type": "target_utilization",
        "min_instances": 2,
        "max_instances": 6,
        "target_utilization_percentage": 60,
    }
    found = manifests(with_document(example("kubernetes"), scale_settings=settings), WITH_SIDECAR)
    assert "replicas" not in one(found, "Deployment")["spec"]
    spec = one(found, "HorizontalPodAutoscaler")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 6)
    assert spec["metrics"][0]["containerResource"]["target"]["averageUtilization"] == 60
    assert spec["scaleTargetRef"]["name"] == one(found, "Deployment")["metadata"]["name"]


def test_a_fixed_number_has_no_autoscaler() -> None:
    """Otherwise instance_count is the number of pods."""
    found = manifests(example("kubernetes"), WITH_SIDECAR)
    assert one(found, "Deployment")["spec"]["replicas"] == 2
    assert "HorizontalPodAutoscaler" not in {each["kind"] for each in found}


def test_a_gpu_size_asks_for_its_nodes() -> None:
    """A managed GPU size becomes the GPU as a text, nodes of that size, and a toleration of their taint."""
    found = manifests(example("triton"), WITH_SIDECAR)
    pod = one(found, "Deployment")["spec"]["template"]["spec"]
    assert inference(found)["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert pod["nodeSelector"] == {"node.kubernetes.io/instance-type": "Standard_NC4as_T4_v3"}
    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in pod["tolerations"]


def test_a_cpu_size_runs_on_any_node() -> None:
    """A managed CPU size is a limit only: it names no nodes."""
    pod = one(manifests(example("sklearn"), WITH_SIDECAR), "Deployment")["spec"]["template"]["spec"]
    assert "nodeSelector" not in pod
    assert "tolerations" not in pod
    assert pod["containers"][0]["resources"] == {
        "requests": {"cpu": "2000m", "memory": "7168Mi"},
        "limits": {"cpu": "4", "memory": "14336Mi"},
    }


def test_gpus_of_a_kubernetes_deployment() -> None:
    """`nvidia.com/gpu` under limits is asked for and limited alike, as Kubernetes wants it."""
    release = with_document(example("kubernetes"), resources={"limits": {"nvidia.com/gpu": "2", "memory": "8Gi"}})
    resources = inference(manifests(release, WITH_SIDECAR))["resources"]
    assert resources["limits"] == {"cpu": "2", "memory": "8Gi", "nvidia.com/gpu": "2"}
    assert resources["requests"]["nvidia.com/gpu"] == "2"


def test_probes_are_whole_seconds() -> None:
    """A probe's times are rounded up, and one that must succeed often to be alive succeeds once."""
    release = example("kubernetes")
    first = release.deployments[0]
    odd = replace(first.plan.liveness, timeout_s=0.5, period_s=2.5, success_threshold=3)
    changed = replace(first, plan=replace(first.plan, liveness=odd))
    changed_release = replace(release, deployments=(changed,))
    probe = inference(manifests(changed_release, WITH_SIDECAR))["livenessProbe"]
    assert (probe["timeoutSeconds"], probe["periodSeconds"], probe["successThreshold"]) == (1, 3, 1)
    assert any("success_threshold" in each for each in not_honoured(changed_release, WITH_SIDECAR))


def test_secret_references_become_references_to_a_secret() -> None:
    """A variable that refers to a secret is read from the deployment's Secret; other texts are taken literally."""
    release = example("sklearn")
    first = release.deployments[0]
    text = "${{azureml://connections/db/credentials/password}}"
    container = replace(first.container, environment={"PASSWORD": text, "SHELL_TEXT": "$(date)"})
    changed = replace(release, deployments=(replace(first, container=container),))
    secrets = Secrets(variables={"blue": {"PASSWORD": "swordfish"}})
    found = manifests(changed, WITHOUT_SIDECAR, secrets)
    env = {each["name"]: each for each in inference(found)["env"]}
    assert env["SHELL_TEXT"]["value"] == "$$(date)"
    assert env["PASSWORD"]["valueFrom"]["secretKeyRef"] == {"name": "diabetes-blue-secrets", "key": "PASSWORD"}
    assert one(found, "Secret")["stringData"] == {"PASSWORD": "swordfish"}


def test_the_keys_lie_in_a_secret_alone() -> None:
    """Keys are in the Secret that the sidecar mounts, and nowhere else."""
    found = manifests(example("sklearn"), WITH_SIDECAR, Secrets(keys=("first-key", "second-key")))
    secret = one(found, "Secret")
    assert secret["stringData"] == {"primaryKey": "first-key", "secondaryKey": "second-key"}
    assert "first-key" not in json.dumps([each for each in found if each is not secret])
    volumes = one(found, "Deployment")["spec"]["template"]["spec"]["volumes"]
    assert {"name": "keys", "secret": {"secretName": secret["metadata"]["name"]}} in volumes


def test_the_sidecar_knows_the_deployments_limits() -> None:
    """The sidecar is told the route and the limits of the one deployment that it stands before."""
    text = one(manifests(example("multi-model"), WITH_SIDECAR), "ConfigMap")["data"]["gateway.json"]
    config = GatewayConfig.model_validate_json(text)
    backend = config.backends["blue"]
    assert (backend.scoring_path, backend.timeout_s, backend.max_concurrent_per_instance) == ("/score", 5, 2)
    assert [(each.host, each.port) for each in backend.targets] == [("127.0.0.1", 5001)]


def test_a_changed_configuration_is_a_new_roll_out() -> None:
    """A ConfigMap alone restarts nothing: its digest stands on the pods."""
    release = example("sklearn")
    first = release.deployments[0]
    slower = replace(first, plan=replace(first.plan, requests=replace(first.plan.requests, timeout_s=9)))
    texts = [
        one(manifests(each, WITH_SIDECAR), "Deployment")["spec"]["template"]["metadata"]["annotations"]
        for each in (release, replace(release, deployments=(slower,)))
    ]
    assert texts[0]["endpoint-devkit/config"] != texts[1]["endpoint-devkit/config"]


def test_a_container_of_ones_own_is_unchanged() -> None:
    """Without a sidecar a container with its own server has its image, routes and variables, and nothing besides."""
    found = manifests(example("custom-container"), WITHOUT_SIDECAR)
    (container,) = one(found, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert "command" not in container
    assert "args" not in container
    assert "securityContext" not in container
    assert container["readinessProbe"]["httpGet"] == {"path": "/health", "port": 8501, "scheme": "HTTP"}
    assert one(found, "Service")["spec"]["ports"][0]["targetPort"] == "scoring"


def test_an_image_by_its_tag_is_refused() -> None:
    """What may change under its tag is not what was validated."""
    release = example("sklearn")
    first = replace(release.deployments[0], image="registry.example/team/blue:latest")
    with pytest.raises(ManifestError, match=r"Name it by its digest: NAME@sha256:"):
        manifests(replace(release, deployments=(first,)), WITHOUT_SIDECAR)


@pytest.mark.parametrize(
    ("changes", "image", "words"),
    [
        (
            {"auth_mode": "aad_token"},
            WITH_SIDECAR.sidecar_image,
            r"whose tokens only Azure hands out.* --target-option no-sidecar=yes\.",
        ),
        ({}, "gateway:1", "The sidecar's image gateway:1 may change"),
    ],
)
def test_what_the_sidecar_cannot_do(changes: dict[str, Any], image: str, words: str) -> None:
    """A login that only Azure can check is refused, and a sidecar that is not pinned."""
    with pytest.raises(ManifestError, match=words):
        manifests(example("sklearn", **changes), replace(WITH_SIDECAR, sidecar_image=image))


def test_what_a_cluster_does_not_do() -> None:
    """The keys of the documents that have no counterpart are told, each with its name."""
    release = example("sklearn")
    first = replace(release.deployments[0], plan=replace(release.deployments[0].plan, app_insights=True))
    told = not_honoured(replace(release, deployments=(first,)), WITHOUT_SIDECAR)
    assert [each.split(" ")[0] for each in told] == ["Without", "blue:"]
    assert "app_insights_enabled" in told[1]


@pytest.mark.parametrize(
    ("parts", "name"),
    [(("shop", "blue"), "shop-blue"), (("shop", "secrets"), "shop-secrets")],
)
def test_plain_names(parts: tuple[str, ...], name: str) -> None:
    """Names that fit are used as they are."""
    assert object_name(*parts) == name


def test_odd_names_stay_different() -> None:
    """Names that differ in letters that a cluster does not take do not become one, and fit in a label."""
    names = {object_name("Shop", "blue"), object_name("shop", "blue"), object_name("e" * 32, "d" * 32)}
    assert len(names) == 3
    assert all(len(each) <= 63 and each == each.lower() for each in names)


@pytest.mark.parametrize(
    ("text", "reference"),
    [("public", GatewayReference("public")), ("edge/public", GatewayReference("public", "edge"))],
)
def test_references_to_a_gateway(text: str, reference: GatewayReference) -> None:
    """A Gateway is named with or without its namespace."""
    assert GatewayReference.parse(text) == reference


@pytest.mark.parametrize(
    ("key", "value"), [("retriez", {}), ("timeouts", {"request": "0.5s"}), ("filters", [{"type": "RequestMirror"}])]
)
def test_the_judge_of_routes_refuses(key: str, value: object) -> None:
    """The schema and the rules do refuse: an unknown key, a time with a fraction, a filter without its content."""
    route = one(manifests(example("sklearn"), WITH_SIDECAR), "HTTPRoute")
    route["spec"]["rules"][0][key] = value
    assert mistakes_of_custom(route) != []
