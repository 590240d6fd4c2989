"""Endpoints: create, update, delete, traffic, keys and tokens, with the service's rules."""

from __future__ import annotations

import copy
import secrets
import shutil
import time
from typing import TYPE_CHECKING, Any

from devkit.control_plane import rules
from devkit.control_plane.errors import BadArgumentError, NotFoundError, ServiceError
from devkit.control_plane.records import EndpointRecord, OperationRecord, State, TokenRecord
from devkit.runtime.ports import PortChooser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.control_plane.jobs import Jobs
    from devkit.control_plane.store import Store
    from devkit.control_plane.supervisor import Supervisor
    from devkit.runtime.protocol import Progress
    from devkit.workspace import Workspace

    Json = dict[str, Any]

__all__ = ["EndpointOperations"]

_KEY_BYTES = 32
_CANCEL_SECONDS = 15.0
_TOKEN_SECONDS = 12 * 3600
_REFRESH_SECONDS = 6 * 3600
"""A token should be fetched anew after half its life, as `refreshAfterTimeUtc` of the service tells."""


class EndpointOperations:
    """What can be done with endpoints. Bodies are in the REST shape."""

    def __init__(self, workspace: Workspace, store: Store, jobs: Jobs, supervisor: Supervisor) -> None:
        self._workspace = workspace
        self._store = store
        self._jobs = jobs
        self._supervisor = supervisor
        self._ports = PortChooser()
        jobs.register("endpoint-put", self._apply)
        jobs.register("endpoint-delete", self._remove)

    def get(self, name: str) -> EndpointRecord:
        """The endpoint.

        Raises:
            NotFoundError: there is none of that name.
        """
        record = self._store.endpoints.get(name.lower())
        if record is None:
            raise NotFoundError(f"There is no online endpoint '{name}' in this workspace.")
        return record

    def all(self) -> list[EndpointRecord]:
        """Every endpoint, by name."""
        return self._store.endpoints.all()

    def put(self, name: str, body: Json) -> tuple[EndpointRecord, OperationRecord, bool]:
        """Create or replace an endpoint; tell the operation, and whether it is new.

        Raises:
            BadArgumentError: a rule of the service is broken; nothing was changed.
            ConflictError: something goes on with the endpoint, or traffic goes to what is not ready.
        """
        rules.check_name("endpoint", name)
        name = name.lower()
        body = self._checked(name, body)
        now = time.time()
        with self._jobs.beginning("endpoint-put", name) as operation, self._store.transaction():
            known = self._store.endpoints.get(name)
            record = known or EndpointRecord(name, self._ports.choose(), _key(), _key(), created=now, modified=now)
            record.body, record.modified = body, now
            record.state = (State.UPDATING if known else State.CREATING).value
            self._store.endpoints.put(record)
        return record, operation, known is None

    def patch(self, name: str, body: Json) -> tuple[EndpointRecord, OperationRecord, bool]:
        """Change what `body` names and keep the rest.

        Raises:
            NotFoundError: there is no such endpoint.
            BadArgumentError, ConflictError: as of `put`.
        """
        return self.put(name, merged(self.get(name).body, body))

    def delete(self, name: str) -> OperationRecord | None:
        """Delete an endpoint with its deployments; None where there is none, which is well, as in the service.

        Raises:
            ConflictError: something goes on with it or with one of its deployments.
        """
        record = self._store.endpoints.get(name.lower())
        if record is None:
            return None
        for deployment in self._store.deployments.all(endpoint=record.name):
            self._supervisor.cancel(record.name, deployment.name)
            self._jobs.await_free(record.name, deployment.name, _CANCEL_SECONDS)
        with self._jobs.beginning("endpoint-delete", record.name) as operation:
            record = self.get(name)
            record.state = State.DELETING.value
            self._store.endpoints.put(record)
        return operation

    def keys(self, name: str) -> Json:
        """Both keys.

        Raises:
            NotFoundError: there is no such endpoint.
            BadArgumentError: it does not let in by keys.
        """
        record = self.get(name)
        mode = auth_mode(record)
        if mode != "Key":
            raise BadArgumentError(f"Endpoint '{record.name}' has authMode {mode}; only with Key it has keys.")
        return {"primaryKey": record.primary_key, "secondaryKey": record.secondary_key}

    def regenerate_key(self, name: str, which: str, value: str | None = None) -> None:
        """Replace one key; the other stays valid, and the old one is refused once this returns.

        Raises:
            NotFoundError: there is no such endpoint.
            BadArgumentError: `which` is neither Primary nor Secondary, or the endpoint has no keys.
        """
        self.keys(name)
        with self._store.transaction():
            record = self.get(name)
            if which.lower() == "primary":
                record.primary_key = value or _key()
            elif which.lower() == "secondary":
                record.secondary_key = value or _key()
            else:
                raise BadArgumentError(f"keyType is '{which}'; it must be Primary or Secondary.")
            self._store.endpoints.put(record)
        self._supervisor.gateways.publish(record.name)

    def token(self, name: str) -> Json:
        """A new token, valid for twelve hours.

        Raises:
            NotFoundError: there is no such endpoint.
            BadArgumentError: it does not let in by tokens.
        """
        record = self.get(name)
        mode = auth_mode(record)
        if mode == "Key":
            raise BadArgumentError(f"Endpoint '{record.name}' has authMode Key; ask for its keys, not for a token.")
        from devkit.gateway.config import digest_of_key  # late: it brings pydantic

        token, now = _key(), time.time()
        for old in self._store.tokens.all(endpoint=record.name):
            if old.expires < now:
                self._store.tokens.delete(digest=old.digest)
        self._store.tokens.put(TokenRecord(digest_of_key(token), record.name, now + _TOKEN_SECONDS))
        self._supervisor.gateways.publish(record.name)
        return {
            "accessToken": token,
            "expiryTimeUtc": int(now + _TOKEN_SECONDS),
            "refreshAfterTimeUtc": int(now + _REFRESH_SECONDS),
            "tokenType": "Bearer",
        }

    def _checked(self, name: str, body: Json) -> Json:
        body = copy.deepcopy(body)
        properties = body.setdefault("properties", {}) or {}
        properties["authMode"] = rules.check_auth_mode(properties.get("authMode"))
        known = {record.name for record in self._store.deployments.all(endpoint=name)}
        ready = self._supervisor.ready(name)
        traffic = rules.shares(properties.get("traffic"), "Traffic")
        mirror = rules.shares(properties.get("mirrorTraffic"), "Mirror traffic")
        rules.check_traffic(traffic, ready, known)
        rules.check_mirror(mirror, traffic, ready, known)
        properties["traffic"], properties["mirrorTraffic"] = traffic, mirror
        properties.pop("keys", None)  # write-only in the service; ours are made here
        return body

    def _apply(self, operation: OperationRecord, tell: Progress) -> None:
        tell(f"Telling the gateway of '{operation.endpoint}'")
        try:
            self._supervisor.gateways.publish(operation.endpoint)
        except ServiceError:
            self._settle(operation.endpoint, State.FAILED)
            raise
        self._settle(operation.endpoint, State.SUCCEEDED)

    def _settle(self, name: str, state: State) -> None:
        with self._store.transaction():
            record = self.get(name)
            record.state = state.value
            self._store.endpoints.put(record)

    def _remove(self, operation: OperationRecord, tell: Progress) -> None:
        name = operation.endpoint
        self._supervisor.gateways.stop(name)
        for deployment in self._store.deployments.all(endpoint=name):
            tell(f"Ending the instances of '{deployment.name}'")
            self._supervisor.remove(name, deployment.name, publish=False)
        with self._store.transaction():
            self._store.deployments.delete(endpoint=name)
            self._store.endpoints.delete(name=name)
        self._supervisor.gateways.stop(name)  # again: until the record went, a gateway that ended was started anew
        shutil.rmtree(self._workspace.gateway(name), ignore_errors=True)


def auth_mode(record: EndpointRecord) -> str:
    """How an endpoint lets in, in the service's spelling."""
    return rules.check_auth_mode((record.body.get("properties") or {}).get("authMode"))


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> Json:
    """A body with what another names changed: mappings merge, all else is replaced, and null takes away."""
    result = dict(copy.deepcopy(old))
    for key, value in new.items():
        before = result.get(key)
        if isinstance(value, dict) and isinstance(before, dict) and key not in {"traffic", "mirrorTraffic"}:
            result[key] = merged(before, value)
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = copy.deepcopy(value)
    return result


def _key() -> str:
    return secrets.token_urlsafe(_KEY_BYTES)
