"""What an API server would refuse: by Kubernetes' own schemas, the Gateway API's, and the rules that no schema has."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.promote.kubernetes.release import Manifest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".venvs" / "kubectl" / ("Scripts" if os.name == "nt" else "bin")
"""Where `make kubectl` installs kubectl and kubernetes-validate."""
PYTHON = TOOLS / ("python.exe" if os.name == "nt" else "python")
KUBECTL = TOOLS / ("kubectl.exe" if os.name == "nt" else "kubectl")

_CRDS = ROOT / "tests" / "data" / "kubernetes-crds"
_PINNED = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


class Schemas:
    """kubernetes-validate in its own environment, asked over a pipe."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("kubernetes_oracle.py")
        self._process = subprocess.Popen([PYTHON, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def mistake_of(self, manifest: Manifest) -> str | None:
        """What is wrong with an object of a built-in kind."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(manifest) + "\n")
        self._process.stdin.flush()
        answer: str | None = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=20)


def is_custom(manifest: Manifest) -> bool:
    """Whether a CustomResourceDefinition makes the kind, so that Kubernetes' own schemas do not know it."""
    return "gateway.networking.k8s.io/" in manifest["apiVersion"]


def mistakes_of_custom(manifest: Manifest) -> list[str]:
    """What is wrong with an HTTPRoute or a Gateway: by its schema, and by the rules in CEL that we could break."""
    found = [
        f"{'.'.join(map(str, error.path))}: {error.message}" for error in _validator(manifest).iter_errors(manifest)
    ]
    return found or [*_broken_rules(manifest)]


def broken_rules(manifests: list[Manifest]) -> list[str]:
    """What an API server checks in code: references between the objects, names, and the constraints of a container."""
    names = {(each["kind"], each["metadata"]["name"]) for each in manifests}
    found = [f"{name} is no DNS label" for _, name in sorted(names) if not _NAME.fullmatch(name) or len(name) > 63]
    for each in manifests:
        if each["kind"] == "Deployment":
            found += _broken_in_pod(each["spec"]["template"]["spec"], names)
            if each["spec"]["selector"]["matchLabels"].items() - each["spec"]["template"]["metadata"]["labels"].items():
                found.append("the selector does not match the pods")
        if each["kind"] == "HTTPRoute":
            found += [f"there is no Service {name}" for name in _services(each) if ("Service", name) not in names]
    return found


def _broken_in_pod(pod: dict[str, Any], names: set[tuple[str, str]]) -> Iterator[str]:
    volumes = {each["name"] for each in pod.get("volumes", ())}
    ports = [port["name"] for each in pod["containers"] for port in each.get("ports", ())]
    if len(ports) != len(set(ports)) or any(len(each) > 15 for each in ports):
        yield f"port names: {ports}"
    if ("ServiceAccount", pod["serviceAccountName"]) not in names:
        yield "there is no such ServiceAccount"
    for volume in pod.get("volumes", ()):
        if "configMap" in volume and ("ConfigMap", volume["configMap"]["name"]) not in names:
            yield f"there is no ConfigMap {volume['configMap']['name']}"
    for container in pod["containers"]:
        yield from _broken_in_container(container, volumes)


def _broken_in_container(container: dict[str, Any], volumes: set[str]) -> Iterator[str]:
    if not _PINNED.fullmatch(container["image"]):
        yield f"{container['image']} is not pinned"
    for mount in container.get("volumeMounts", ()):
        if mount["name"] not in volumes:
            yield f"there is no volume {mount['name']}"
    limits, requests = container["resources"]["limits"], container["resources"]["requests"]
    if not all(isinstance(each, str) for each in (*limits.values(), *requests.values())):
        yield "a quantity is no string"
    if limits.get("nvidia.com/gpu") != requests.get("nvidia.com/gpu"):
        yield "GPUs are asked for and limited differently"
    if container.get("livenessProbe", {}).get("successThreshold", 1) != 1:
        yield "a liveness probe must succeed once"


def _broken_rules(route: Manifest) -> Iterator[str]:
    rules = route["spec"].get("rules", [])
    if sum(len(rule.get("matches", ())) for rule in rules) >= 128:
        yield "more than 128 matches"
    for rule in rules:
        references = [*rule.get("backendRefs", ())]
        for given in rule.get("filters", ()):
            mirror = given.get("requestMirror", {})
            if ("requestMirror" in given) != (given["type"] == "RequestMirror"):
                yield "a filter's type and its key differ"
            if "percent" in mirror and "fraction" in mirror:
                yield "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter"
            references += [mirror["backendRef"]] if mirror else []
        if any(each.get("kind", "Service") == "Service" and "port" not in each for each in references):
            yield "Must have port for Service reference"


def _services(route: Manifest) -> list[str]:
    return [each["name"] for rule in route["spec"]["rules"] for each in rule["backendRefs"]]


def _validator(manifest: Manifest) -> Draft202012Validator:
    return _validators()[manifest["kind"]]


@cache
def _validators() -> dict[str, Draft202012Validator]:
    loaded = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(_CRDS.glob("*.json"))]
    return {each["kind"]: Draft202012Validator(_read_as_json_schema(each["schema"])) for each in loaded}


def _read_as_json_schema(schema: Any) -> Any:
    """A structural schema as JSON Schema: unknown keys refused, and numbers taken where texts are too."""
    if isinstance(schema, list):
        return [_read_as_json_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    read = {key: _read_as_json_schema(value) for key, value in schema.items() if not key.startswith("x-kubernetes")}
    if schema.get("x-kubernetes-int-or-string"):
        read["type"] = ["integer", "string"]
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        known = set(schema["properties"])
        if "spec" not in known and "additionalProperties" not in schema:
            read["additionalProperties"] = False
    return read
