"""A pod on the Docker engine: the containers of a Deployment, with one network and what their volumes hold."""

from __future__ import annotations

import base64
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from docker import DockerClient

__all__ = ["Pod", "running_pod"]


@dataclass
class Pod:
    """Its containers run."""

    containers: dict[str, Any]
    url: str
    """Where the sidecar listens."""


@contextmanager
def running_pod(
    client: DockerClient, deployment: Mapping[str, Any], data: Mapping[str, Mapping[str, str]], folder: Path
) -> Iterator[Pod]:
    """Start the containers as the kubelet does, as far as an engine can.

    Args:
        client: the engine.
        deployment: the object.
        data: what each volume holds, by the volume's name.
        folder: where the volumes' files are written.
    """
    for volume, files in data.items():
        (folder / volume).mkdir()
        for name, text in files.items():
            (folder / volume / name).write_text(text, encoding="utf-8")
    first, second = deployment["spec"]["template"]["spec"]["containers"]
    port = second["ports"][0]["containerPort"]
    with ExitStack() as stack:
        scoring = _start(stack, client, first, folder, ports={f"{port}/tcp": ("127.0.0.1", None)})
        sidecar = _start(stack, client, second, folder, network_mode=f"container:{scoring.id}")
        scoring.reload()
        (published,) = scoring.ports[f"{port}/tcp"]
        containers = {first["name"]: scoring, second["name"]: sidecar}
        yield Pod(containers, f"http://127.0.0.1:{published['HostPort']}")


def _start(stack: ExitStack, client: DockerClient, wanted: Mapping[str, Any], folder: Path, **options: Any) -> Any:
    made = client.containers.create(
        wanted["image"],
        entrypoint=wanted.get("command"),
        command=wanted.get("args"),
        environment={each["name"]: each["value"] for each in wanted.get("env", ()) if "value" in each},
        labels={"devkit-test": "pod"},
        **_security(wanted.get("securityContext", {})),
        **_volumes(wanted, folder),
        **options,
    )
    stack.callback(made.remove, force=True, v=True)
    made.start()
    return made


def _security(context: Mapping[str, Any]) -> dict[str, Any]:
    if not context:
        return {}
    return {
        "user": str(context["runAsUser"]),
        "read_only": context["readOnlyRootFilesystem"],
        "cap_drop": context["capabilities"]["drop"],
        "security_opt": ["no-new-privileges"],
    }


def _volumes(wanted: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Files from the folder where there are some; an emptyDir is in memory."""
    mounts = wanted.get("volumeMounts", ())
    held = {each["name"]: each["mountPath"] for each in mounts if (folder / each["name"]).exists()}
    return {
        "volumes": {str(folder / name): {"bind": path, "mode": "ro"} for name, path in held.items()},
        "tmpfs": {each["mountPath"]: "mode=1777" for each in mounts if each["name"] not in held},
    }


def texts_of(secret: Mapping[str, Any]) -> dict[str, str]:
    """What a Secret holds."""
    return {name: base64.b64decode(text).decode() for name, text in secret["data"].items()}
