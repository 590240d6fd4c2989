"""What the state holds: one dataclass a table, one field a column; columns of JSON are marked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = [
    "DeploymentRecord",
    "EndpointRecord",
    "InstanceRecord",
    "OperationRecord",
    "State",
    "TokenRecord",
    "VersionRecord",
    "as_json",
]

as_json: dict[str, bool] = {"json": True}
"""Metadata of a field that is kept as JSON."""


class State(str, Enum):
    """`provisioningState`, in the service's words."""

    CREATING = "Creating"
    UPDATING = "Updating"
    DELETING = "Deleting"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"


@dataclass
class EndpointRecord:
    """An endpoint. The keys stand here in clear: the database is readable by its owner alone (mode 0600 in 0700)."""

    name: str
    port: int
    """Of its gateway; kept over restarts."""
    primary_key: str
    secondary_key: str
    created: float
    modified: float
    state: str = State.SUCCEEDED.value
    revision: int = 0
    """Of the gateway's configuration; grows with each writing."""
    body: dict[str, Any] = field(default_factory=dict, metadata=as_json)
    """As it was sent, in the REST shape."""


@dataclass
class DeploymentRecord:
    """A deployment: what is wanted, and what serves until that is reached, or in its stead when it failed."""

    endpoint: str
    name: str
    created: float
    modified: float
    generation: int = 1
    """Grows whenever new instances are needed."""
    state: str = State.CREATING.value
    body: dict[str, Any] = field(default_factory=dict, metadata=as_json)
    serving: dict[str, Any] | None = field(default=None, metadata=as_json)
    """The body of the generation that serves; None before the first was ready."""
    serving_generation: int = 0
    notes: list[str] = field(default_factory=list, metadata=as_json)
    """What the runtime could not honour, each a sentence."""


@dataclass
class InstanceRecord:
    """An instance that was started, and how its runtime finds it again."""

    name: str
    endpoint: str
    deployment: str
    generation: int
    instance: dict[str, Any] = field(default_factory=dict, metadata=as_json)
    ready: bool = False
    """Whether it was in rotation when this was last written."""
    restarts: int = 0


@dataclass
class VersionRecord:
    """One version of a code, model or environment."""

    kind: str
    name: str
    version: str
    created: float
    modified: float
    body: dict[str, Any] = field(default_factory=dict, metadata=as_json)
    content: str | None = None
    """The folder or file below the workspace's assets that holds its content."""
    deleted: bool = False
    """Deleted by force: gone for everybody but the deployments that use it already, whose instances come and go."""


@dataclass
class OperationRecord:
    """A long-running operation."""

    id: str
    kind: str
    endpoint: str
    deployment: str | None
    started: float
    ended: float | None = None
    status: str = "InProgress"
    error: dict[str, Any] | None = field(default=None, metadata=as_json)


@dataclass
class TokenRecord:
    """A token that `aml_token` endpoints handed out: its digest alone."""

    digest: str
    endpoint: str
    expires: float
