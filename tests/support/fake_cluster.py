"""A small Kubernetes API server: discovery, objects, server-side apply with field owners, dry runs, watches, roll-outs.

It holds every object to the schemas, as the real one does. It has no scheduler and no kubelet: a Deployment comes to
the end that the test chooses, and its pods are words.
"""

from __future__ import annotations

import base64
import copy
import threading
import uuid
from contextlib import suppress
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.fake_cluster_http import Refused, handler_of
from tests.support.field_owners import Conflict, apply_fields
from tests.support.kubernetes_schemas import is_custom, mistakes_of_custom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Json = dict[str, Any]
    Key = tuple[str, str, str]

__all__ = ["FakeCluster", "Refused"]

KINDS = {
    ("", "v1"): {
        "configmaps": "ConfigMap",
        "secrets": "Secret",
        "serviceaccounts": "ServiceAccount",
        "services": "Service",
        "pods": "Pod",
    },
    ("apps", "v1"): {"deployments": "Deployment"},
    ("policy", "v1"): {"poddisruptionbudgets": "PodDisruptionBudget"},
    ("autoscaling", "v2"): {"horizontalpodautoscalers": "HorizontalPodAutoscaler"},
    ("gateway.networking.k8s.io", "v1"): {"httproutes": "HTTPRoute", "gateways": "Gateway"},
}
VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


class FakeCluster:
    """The API server and its one controller. `judge` says what is wrong with a built-in object, or None."""

    def __init__(self, judge: Callable[[Json], str | None] | None = None) -> None:
        self.objects: dict[Key, Json] = {}
        self.outcomes: dict[str, str] = {}
        """What becomes of a Deployment, by name: `ready` if not said, `never`, or the reason that its pods wait."""
        self.settle_s = 0.05
        """How long a roll-out takes."""
        self.refusals: list[Refused] = []
        """Given once each, in the place of the next answers."""
        self.commands: Callable[[str, list[str]], tuple[int, str]] = lambda *_: (1, "there is no such command")
        """What a command comes to in a pod's gateway: exit code and output."""
        self.may_run_commands = True
        self.seen: list[tuple[str, str]] = []
        """Method and path of each request."""
        self._judge = judge
        self._owners: dict[Key, dict[tuple[str, ...], set[str]]] = {}
        self._events: list[tuple[str, Json]] = []
        self._changed = threading.Condition(threading.RLock())
        self._version = 100
        self._stopped = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def kubeconfig(self, path: Path, namespace: str = "serving") -> Path:
        """Write a kubeconfig with the context `fake`, and a user: lightkube wants one."""
        context = {"cluster": "fake", "user": "tester", "namespace": namespace}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": self.url}}],
            "contexts": [{"name": "fake", "context": context}],
            "users": [{"name": "tester", "user": {"token": "t"}}],
        }
        path.write_text(yaml.safe_dump(config))
        return path

    def close(self) -> None:
        """End watches and the server."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def names(self, plural: str) -> set[str]:
        """The names of the objects of a kind."""
        with self._changed:
            return {name for kind, _, name in self.objects if kind == plural}

    # --- requests

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Json:
        """One request that is no watch."""
        self.seen.append((method, path))
        if self.refusals:
            raise self.refusals.pop(0)
        found = _discovery(path)
        if found is not None:
            return found
        (group, version), plural, namespace, name = _parts(path)
        key = (plural, namespace, name)
        with self._changed:
            if method == "GET":
                return self._get(key) if name else self._list(group, version, plural, namespace, query)
            if method == "DELETE":
                return self._delete(key)
            if method == "PATCH":
                return self._apply(key, body, query)
            raise Refused(405, "MethodNotAllowed", f"the fake has no {method}")

    def _get(self, key: Key) -> Json:
        if key not in self.objects:
            raise Refused(404, "NotFound", f'{key[0]} "{key[2]}" not found')
        return self.objects[key]

    def _list(self, group: str, version: str, plural: str, namespace: str, query: dict[str, str]) -> Json:
        items = [copy.deepcopy(each) for key, each in sorted(self.objects.items()) if key[:2] == (plural, namespace)]
        return {
            "apiVersion": f"{group}/{version}".lstrip("/"),
            "kind": f"{KINDS[group, version][plural]}List",
            "metadata": {"resourceVersion": str(self._version)},
            "items": [each for each in items if _is_selected(each, query)],
        }

    def _delete(self, key: Key) -> Json:
        gone = self._get(key)
        del self.objects[key]
        self._owners.pop(key, None)
        self._tell("DELETED", gone)
        for name in [each for each in self.objects if each[0] == "pods" and each[2].startswith(f"{key[2]}-pod")]:
            if key[0] == "deployments":
                del self.objects[name]
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}

    def _apply(self, key: Key, body: Any, query: dict[str, str]) -> Json:
        manager = query.get("fieldManager")
        if not manager:
            raise Refused(400, "BadRequest", "fieldManager is required for apply patch")
        self._refuse_wrong(body)
        before, owners = self.objects.get(key), copy.deepcopy(self._owners.get(key, {}))
        try:
            merged = apply_fields(before or {}, owners, body, manager, force=query.get("force") == "true")
        except Conflict as conflict:
            raise Refused(409, "Conflict", str(conflict), conflict.causes) from None
        self._complete(key, merged, before, owners)
        if query.get("dryRun") != "All":
            self._owners[key] = owners
            self._store(key, merged, before)
        return merged

    def _refuse_wrong(self, body: Json) -> None:
        wrong = mistakes_of_custom(body) if is_custom(body) else [self._judge(body) if self._judge else None]
        if any(wrong):
            raise Refused(422, "Invalid", f'{body["kind"]} "{body["metadata"]["name"]}" is invalid: {wrong[0]}')

    def _complete(self, key: Key, merged: Json, before: Json | None, owners: dict[tuple[str, ...], set[str]]) -> None:
        old = (before or {}).get("metadata", {})
        metadata = merged["metadata"]
        metadata.update(name=key[2], namespace=key[1], uid=old.get("uid") or str(uuid.uuid4()))
        metadata["creationTimestamp"] = "2026-11-21T12:00:00Z"
        metadata["resourceVersion"] = old.get("resourceVersion", "")
        changed = merged.get("spec") != (before or {}).get("spec")
        metadata["generation"] = old.get("generation", 0) + int(changed or before is None)
        metadata["managedFields"] = [
            {"manager": each, "operation": "Apply", "apiVersion": merged["apiVersion"], "fieldsType": "FieldsV1"}
            for each in sorted(set().union(*owners.values()))
        ]
        for name, text in merged.pop("stringData", {}).items():
            merged.setdefault("data", {})[name] = base64.b64encode(text.encode()).decode()
        if merged != before:
            metadata["resourceVersion"] = str(self._version + 1)

    def _store(self, key: Key, merged: Json, before: Json | None) -> None:
        if merged == before:
            return
        self._version += 1
        self.objects[key] = merged
        self._tell("ADDED" if before is None else "MODIFIED", merged)
        if key[0] == "deployments" and merged["metadata"]["generation"] != _observed(before):
            timer = threading.Timer(self.settle_s, self._roll_out, [key])
            timer.daemon = True
            timer.start()

    # --- the controller

    def _roll_out(self, key: Key) -> None:
        with self._changed, suppress(KeyError):
            deployment = copy.deepcopy(self.objects[key])
            outcome = self.outcomes.get(key[2], "ready")
            wanted = deployment["spec"].get("replicas", 1)
            ready = wanted if outcome == "ready" else 0
            late = outcome == "never"
            deployment["status"] = {
                "observedGeneration": deployment["metadata"]["generation"],
                "replicas": wanted,
                "updatedReplicas": wanted,
                "readyReplicas": ready,
                "availableReplicas": ready,
                "unavailableReplicas": wanted - ready,
                "conditions": [
                    _condition("Available", holds=outcome == "ready", reason="MinimumReplicasAvailable"),
                    _condition(
                        "Progressing",
                        holds=not late,
                        reason="ProgressDeadlineExceeded" if late else "NewReplicaSetAvailable",
                    ),
                ],
            }
            self._version += 1
            deployment["metadata"]["resourceVersion"] = str(self._version)
            self.objects[key] = deployment
            self._pod(key, deployment, outcome)
            self._tell("MODIFIED", deployment)

    def _pod(self, key: Key, deployment: Json, outcome: str) -> None:
        state: Json = {"running": {}}
        if outcome not in {"ready", "never"}:
            state = {"waiting": {"reason": outcome, "message": f"the fake says {outcome}"}}
        name = f"{key[2]}-pod"
        self.objects["pods", key[1], name] = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "namespace": key[1],
                "labels": deployment["spec"]["template"]["metadata"]["labels"],
            },
            "status": {"containerStatuses": [{"name": "inference", "ready": outcome == "ready", "state": state}]},
        }

    # --- watching

    def watch(self, path: str, query: dict[str, str]) -> Iterator[Json | None]:
        """The events of a watch; None while nothing happens, so that a client that has left is noticed."""
        (group, version), plural, namespace, _ = _parts(path)
        with self._changed:
            position = len(self._events)
            listed = self._list(group, version, plural, namespace, query)
        if query.get("sendInitialEvents") == "true" or query.get("resourceVersion", "0") == "0":
            yield from ({"type": "ADDED", "object": each} for each in listed["items"])
        if query.get("sendInitialEvents") == "true":
            yield {"type": "BOOKMARK", "object": _bookmark(KINDS[group, version][plural], listed)}
        while not self._stopped:
            with self._changed:
                if len(self._events) == position:
                    self._changed.wait(0.5)
                fresh, position = self._events[position:], len(self._events)
            yield from (
                {"type": kind, "object": each}
                for kind, each in fresh
                if each["kind"] == KINDS[group, version][plural] and _is_selected(each, query)
            )
            yield None

    def _tell(self, kind: str, changed: Json) -> None:
        self._events.append((kind, copy.deepcopy(changed)))
        self._changed.notify_all()


def _bookmark(kind: str, listed: Json) -> Json:
    metadata = {**listed["metadata"], "annotations": {"k8s.io/initial-events-end": "true"}}
    return {"apiVersion": listed["apiVersion"], "kind": kind, "metadata": metadata}


def _condition(kind: str, *, holds: bool, reason: str) -> Json:
    return {"type": kind, "status": "True" if holds else "False", "reason": reason, "message": reason}


def _observed(before: Json | None) -> int:
    found: int = (before or {}).get("status", {}).get("observedGeneration", 0)
    return found


def _parts(path: str) -> tuple[tuple[str, str], str, str, str]:
    parts = path.strip("/").split("/")
    group, rest = (("", parts[1]), parts[2:]) if parts[0] == "api" else ((parts[1], parts[2]), parts[3:])
    if group not in KINDS or len(rest) < 3 or rest[0] != "namespaces" or rest[2] not in KINDS[group]:
        raise Refused(404, "NotFound", "the server could not find the requested resource")
    return group, rest[2], rest[1], rest[3] if len(rest) > 3 else ""


def _is_selected(item: Json, query: dict[str, str]) -> bool:
    labels = item["metadata"].get("labels", {})
    wanted = [each.partition("=") for each in query.get("labelSelector", "").split(",") if each]
    name = dict(each.partition("=")[::2] for each in query.get("fieldSelector", "").split(",")).get("metadata.name")
    return all(labels.get(key) == value.lstrip("=") for key, _, value in wanted) and name in {
        None,
        item["metadata"]["name"],
    }


def _discovery(path: str) -> Json | None:
    if path.rstrip("/") == "/version":
        return {"major": "1", "minor": "37", "gitVersion": "v1.37.0", "platform": "linux/amd64"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        groups = [_group(*each) for each in KINDS if each[0]]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    parts = path.strip("/").split("/")
    group = ("", parts[1]) if parts[0] == "api" and len(parts) == 2 else tuple(parts[1:]) if len(parts) == 3 else None
    if group is None or group not in KINDS or parts[0] not in {"api", "apis"}:
        return None
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": "/".join(filter(None, group)),
        "resources": [
            {"name": plural, "singularName": kind.lower(), "namespaced": True, "kind": kind, "verbs": VERBS}
            for plural, kind in KINDS[group].items()
        ],
    }


def _group(name: str, version: str) -> Json:
    known = {"groupVersion": f"{name}/{version}", "version": version}
    return {"name": name, "versions": [known], "preferredVersion": known}
