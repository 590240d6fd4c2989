"""Create and change deployments: from a file, with what it consists of registered first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from devkit.control_plane.errors import NotFoundError
from devkit.endpoints.assets import with_ids
from devkit.spec import rest

if TYPE_CHECKING:
    from devkit.control_plane.client import Client
    from devkit.control_plane.polling import LongRunning
    from devkit.endpoints.documents import Document
    from devkit.spec.documents.online_deployment import OnlineDeployment

    Json = dict[str, Any]

__all__ = ["LocalChoices", "deployment_exists", "kept_choices", "put_deployment"]


@dataclass(frozen=True)
class LocalChoices:
    """What Azure has no word for; it travels in the deployment's properties."""

    runtime: str | None = None
    """``process`` or ``docker``; the control plane chooses if None."""
    dev: bool = False
    """Live update and a debugger inside the instances, on the folder that is edited."""
    python: str | None = None
    """The interpreter of a process instance, or how it is chosen: see `devkit.runtime.process_environment`."""
    gpu: bool = False
    """Hand the machine's GPUs to the instances."""

    @property
    def properties(self) -> dict[str, str]:
        """As the control plane reads them."""
        given = {
            "devkit.runtime": self.runtime,
            "devkit.dev": "true" if self.dev else None,
            "devkit.python": None if self.python is None else _interpreter(self.python),
            "devkit.gpu": "true" if self.gpu else None,
        }
        return {key: value for key, value in given.items() if value is not None}


def _interpreter(python: str) -> str:
    """A path as it is here, for the control plane has another working directory; a command or a word as it stands."""
    return str(Path(python).absolute()) if Path(python).name != python else python


def deployment_exists(client: Client, endpoint: str, name: str) -> bool:
    """Whether the control plane has it."""
    try:
        client.get_deployment(endpoint, name)
    except NotFoundError:
        return False
    return True


def put_deployment(client: Client, document: Document, choices: LocalChoices, *, only_new: bool = False) -> LongRunning:
    """Register what the deployment consists of, and begin to create or replace it, or with `only_new` create alone.

    Raises:
        ExistsError: it is there already, and should be new.
        DocumentError: it refers to what is not here.
        ServiceError: the control plane refuses it.
    """
    wanted = cast("OnlineDeployment", document.block)
    properties = {**(wanted.properties or {}), **choices.properties}
    block = with_ids(client, wanted, document.folder).model_copy(update={"properties": properties})
    return client.put_deployment(
        str(block.endpoint_name), document.name, rest.deployment_body(block), only_new=only_new
    )


def kept_choices(current: Json, wanted: LocalChoices, *, dev: bool | None = None) -> LocalChoices:
    """The choices of an update: what it does not name stays as the deployment has it."""
    known = current["properties"].get("properties") or {}
    return LocalChoices(
        runtime=wanted.runtime or known.get("devkit.runtime"),
        dev=known.get("devkit.dev") == "true" if dev is None else dev,
        python=wanted.python or known.get("devkit.python"),
        gpu=wanted.gpu or known.get("devkit.gpu") == "true",
    )
