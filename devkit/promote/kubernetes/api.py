"""The API server, as far as a promotion needs it: objects as plain mappings, and errors that say what to do.

lightkube (extra ``[kubernetes]``) is imported here only, when a cluster is opened.
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from devkit.promote.kubernetes.naming import MANAGER
from devkit.promote.targets.base import TargetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lightkube import Client

    from devkit.promote.kubernetes.release import Manifest

__all__ = ["KINDS", "Api"]

KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "HTTPRoute": ("gateway.networking.k8s.io", "v1", "httproutes"),
    "HorizontalPodAutoscaler": ("autoscaling", "v2", "horizontalpodautoscalers"),
    "PodDisruptionBudget": ("policy", "v1", "poddisruptionbudgets"),
    "Service": ("", "v1", "services"),
    "Deployment": ("apps", "v1", "deployments"),
    "ConfigMap": ("", "v1", "configmaps"),
    "Secret": ("", "v1", "secrets"),
    "ServiceAccount": ("", "v1", "serviceaccounts"),
}
"""What a promotion makes, in the order in which it is deleted: what leads to the pods first."""
_READ: Final = {"Gateway": ("gateway.networking.k8s.io", "v1", "gateways"), "Pod": ("", "v1", "pods")}

_NOT_FOUND: Final = "NotFound"
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_TRIES: Final = 4
_LONGEST_PAUSE_S: Final = 30.0
_EXEC_S: Final = 10.0
_CONFLICT: Final = 409
_REMEDIES: Final = {
    401: "Log in to the cluster again.",
    403: "Ask for the right, or promote with an account that has it: get, list, create, patch and delete are needed.",
    404: "Look whether the namespace exists, and the Gateway API is installed: `kubectl get crd httproutes."
    "gateway.networking.k8s.io`.",
    422: "The cluster's version may be older than 1.30, or a policy of it refuses the object.",
    429: "The cluster is busy. Resume the promotion later.",
}


class Api:
    """One namespace of a cluster.

    Raises:
        TargetError: lightkube is not installed, or there is no such context in the kubeconfig.
    """

    def __init__(self, context: str | None, namespace: str) -> None:
        self._client = _client_of(context)
        self.namespace = namespace

    @property
    def place(self) -> str:
        """``CONTEXT/NAMESPACE at SERVER``, as the kubeconfig was when this was opened."""
        config = self._client.config
        return f"{config.context_name}/{self.namespace} at {config.cluster.server}"

    def get(self, kind: str, name: str, namespace: str | None = None) -> Manifest | None:
        """An object, or None where there is none."""
        place = namespace or self.namespace
        try:
            return dict(_asked(f"get {kind} {name}", lambda: self._client.get(_class_of(kind), name, namespace=place)))
        except TargetError as error:
            if error.code == _NOT_FOUND:
                return None
            raise

    def find(self, kind: str, labels: Mapping[str, str]) -> list[Manifest]:
        """The objects with all of the labels, by name."""
        client = self._client
        wanted: dict[str, Any] = dict(labels)
        found = _asked(
            f"list {kind}", lambda: list(client.list(_class_of(kind), namespace=self.namespace, labels=wanted))
        )
        return sorted((dict(each) for each in found), key=lambda each: str(each["metadata"]["name"]))

    def apply(self, manifest: Manifest, *, dry_run: bool = False) -> None:
        """Create the object or bring it to this, by server-side apply.

        Raises:
            TargetError: somebody else owns a field that would change (code ``Conflict``), or the server refuses it.
        """
        kind, name = str(manifest["kind"]), str(manifest["metadata"]["name"])
        wanted = _class_of(kind)(manifest)
        _asked(
            f"apply {kind} {name}",
            lambda: self._client.apply(wanted, name, namespace=self.namespace, field_manager=MANAGER, dry_run=dry_run),
        )

    def delete(self, kind: str, name: str) -> None:
        """Delete the object and what belongs to it; one that is gone already is no mistake."""
        try:
            _asked(
                f"delete {kind} {name}",
                lambda: self._client.delete(_class_of(kind), name, namespace=self.namespace),
            )
        except TargetError as error:
            if error.code != _NOT_FOUND:
                raise

    def log(self, pod: str, container: str, lines: int) -> str:
        """The last lines of a container; empty where it has printed nothing yet, or is not to be had."""
        import httpx2

        try:
            found = self._client.log(pod, container=container, tail_lines=lines, namespace=self.namespace)
            return "\n".join(line.rstrip("\n") for line in found)
        except httpx2.HTTPError:
            return ""

    def run(self, pod: str, container: str, command: Sequence[str]) -> str:
        """What a command prints in a container.

        Raises:
            TargetError: it failed, the container does not run, or we may not.
        """
        import httpx2
        from httpx2.websockets import HTTPXWSException, WebSocketUpgradeError
        from lightkube import ApiError

        action = f"ask {container} in {pod}"
        try:
            done = self._client.exec(
                pod,
                namespace=self.namespace,
                container=container,
                command=list(command),
                stdout=True,
                stderr=True,
                timeout=_EXEC_S,
            )
        except WebSocketUpgradeError as error:
            status = error.response.status_code
            raise TargetError(f"The cluster answered {status} to: {action}.", code=str(status)) from error
        except (ApiError, httpx2.HTTPError, HTTPXWSException) as error:
            raise TargetError(f"The cluster did not {action}: {error}") from error
        if done.exit_code:
            raise TargetError(f"{container} in {pod} did not do it: {str(done.stderr or done.stdout).strip()}")
        return str(done.stdout)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _client_of(context: str | None) -> Client:
    try:
        from lightkube import Client, KubeConfig
        from lightkube.core.exceptions import ConfigError
    except ImportError:
        raise TargetError(
            "lightkube is not installed, which talks to clusters. Install it: "
            "pip install 'endpoint-devkit[kubernetes]'."
        ) from None
    try:
        config = KubeConfig.from_env()
        return Client(config=config.get(context or None), field_manager=MANAGER)
    except ConfigError as error:
        known = "" if context is None else " `kubectl config get-contexts` lists what there is."
        raise TargetError(f"The kubeconfig has no such cluster: {error}.{known}") from None


@cache
def _class_of(kind: str) -> Any:
    """The kind as lightkube wants it, its objects plain mappings.

    Not by `create_namespaced_resource`, which refuses kinds that lightkube has typed classes of: those read quantities
    and unknown keys in their own way, and we compare what the server says.
    """
    from lightkube.generic_resource import GenericNamespacedResource, create_api_info

    group, version, plural = {**KINDS, **_READ}[kind]
    return type(kind, (GenericNamespacedResource,), {"_api_info": create_api_info(group, version, kind, plural)})


def _asked(action: str, ask: Callable[[], Any]) -> Any:
    """What the server answers. All that is asked can be asked again: a busy server is, after the time that it says."""
    import httpx2
    from lightkube import ApiError

    for tried in range(_TRIES):
        try:
            return ask()
        except ApiError as error:  # noqa: PERF203  a try for each time that it is asked
            code = error.status.code or 0
            if code not in _BUSY or tried == _TRIES - 1:
                raise TargetError(_told(action, error, code), code=str(error.status.reason or code)) from error
            time.sleep(_pause_s(error.response.headers.get("Retry-After"), tried))
        except httpx2.HTTPStatusError as error:
            raise TargetError(f"The cluster answered {error.response.status_code} to: {action}.") from error
        except httpx2.HTTPError as error:
            raise TargetError(f"The cluster cannot be reached to {action}: {error}.", code="Unreachable") from error
    raise AssertionError  # the last try has raised


def _pause_s(retry_after: str | None, tried: int) -> float:
    try:
        return min(_LONGEST_PAUSE_S, float(retry_after or 2**tried / 2))
    except ValueError:  # a date, which no API server sends
        return 1.0


def _told(action: str, error: Any, code: int) -> str:
    said = str(error.status.message or error).rstrip(".")
    if code == _CONFLICT:
        return (
            f"The cluster refused to {action}: {said}. Somebody else manages these fields; nothing of theirs is taken "
            "over. Have them give the fields up, or use another endpoint's name."
        )
    return f"The cluster refused to {action}: {said}. {_REMEDIES.get(code, '')}".rstrip()
