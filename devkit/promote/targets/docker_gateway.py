"""The gateway of an endpoint on a Docker host: its container, its configuration, and what it tells."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

from devkit.gateway.ask import NEXT, OUTRUN
from devkit.gateway.config import GatewayConfig
from devkit.gateway.files import CONFIG
from devkit.promote.gateway_image import GATEWAY_FOLDER, GATEWAY_UID
from devkit.promote.targets.base import TargetError
from devkit.promote.targets.docker_connection import refused
from devkit.promote.targets.docker_layout import LABEL, first_config, gateway_options
from devkit.promote.targets.docker_remote import archive_of_files, file_in, remove, remove_unused
from devkit.promote.targets.docker_shares import with_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from docker import DockerClient

    from devkit.promote.targets.docker_address import Settings
    from devkit.promote.targets.docker_layout import Names
    from devkit.promote.targets.docker_shares import Changes

__all__ = ["KEYS", "OUTRUN_CODE", "HostGateway"]

KEYS: Final = "keys.json"
OUTRUN_CODE: Final = "RevisionConflict"
"""Of the error when another promotion was faster by a moment."""
_PATIENCE_S: Final = 30.0
_POLL_S: Final = 0.2
_CONFLICT: Final = 409


class HostGateway:
    """Looked up anew at each question: nothing is remembered between two."""

    def __init__(self, client: DockerClient, names: Names, settings: Settings) -> None:
        self._client = client
        self._names = names
        self._settings = settings

    def config(self) -> GatewayConfig | None:
        """The configuration on the host; None where the endpoint is not there, or was left half made."""
        container = self._container()
        text = None if container is None else file_in(container, f"{GATEWAY_FOLDER}/{CONFIG}")
        return None if text is None else GatewayConfig.model_validate_json(text)

    def ensure(self, image: Callable[[], str]) -> None:
        """Make network, volume and container unless they are there; one that this promotion left half made is redone.

        Args:
            image: gives the id of the gateway's image; asked only when there is something to make.

        Raises:
            TargetError: the endpoint's gateway is there, and does not run.
        """
        container = self._container()
        if container is not None and container.status != "running":
            if container.labels.get(LABEL.promotion) != self._names.promotion:
                if container.status == "created":
                    raise self._made_by_another()
                raise TargetError(
                    f"The gateway {self._names.gateway} on the host does not run ({container.status}). Look at its log "
                    f"(docker logs {self._names.gateway}) and start it, or remove it with its volume."
                )
            remove(container)
            container = None
        if container is None:
            self._make(image())
        self._await()

    def apply(self, change: Callable[[GatewayConfig], Changes]) -> None:
        """Put a changed configuration in force; requests in hand end under the old one.

        Args:
            change: what is to change of the configuration that it is given; nothing is done where it is nothing.

        Raises:
            TargetError: the gateway is not there, or refuses it; with the code `OUTRUN_CODE` if somebody else has
                changed it between the reading and the writing.
        """
        config = self._present_config()
        changes = change(config)
        if not changes:
            return
        try:
            following = with_changes(config, changes)
        except ValueError as error:
            raise TargetError(f"The gateway of {self._names.endpoint} cannot do that: {error}") from None
        draft = f"{secrets.token_hex(8)}.{NEXT}"
        self._present().put_archive("/", _archive({draft: following.model_dump_json(indent=1)}))
        self.ask("apply", draft)

    def ask(self, *question: str) -> Any:
        """What the gateway answers to a question of `devkit.gateway.ask`.

        Raises:
            TargetError: it does not run, or refuses.
        """
        container = self._present()
        command = ["/bin/sh", "/opt/devkit-gateway.sh", "-m", "devkit.gateway.ask", GATEWAY_FOLDER, *question]
        code, output = container.exec_run(command)
        text = output.decode(errors="replace").strip()
        if code:
            told = f"The gateway {self._names.gateway} on the host did not do it: {text}"
            raise TargetError(told, code=OUTRUN_CODE if code == OUTRUN else "")
        return json.loads(text)

    def key(self) -> str:
        """The endpoint's primary key, which lies beside the configuration on the host."""
        text = file_in(self._present(), f"{GATEWAY_FOLDER}/{KEYS}")
        if text is None:
            raise TargetError(f"The keys of {self._names.endpoint} are not on the host any more.")
        return str(json.loads(text)["primary"])

    def remove(self) -> None:
        """Remove what this promotion made of it, and nothing that another one made or uses."""
        container = self._container()
        ours = container is not None and container.labels.get(LABEL.promotion) == self._names.promotion
        if ours:
            remove(container)
        for thing in self._volume_and_network():
            labels = thing.attrs.get("Labels") or {}
            mark = LABEL.endpoint if ours else LABEL.promotion  # who has made the gateway has the endpoint
            if labels.get(mark) == getattr(self._names, "endpoint" if ours else "promotion"):
                remove_unused(thing)

    def _volume_and_network(self) -> list[Any]:
        volumes = [each for each in self._client.volumes.list() if each.name == self._names.volume]
        return [*volumes, *self._client.networks.list(names=[f"^{self._names.network}$"])]

    def _make(self, image_id: str) -> None:
        container = self._created(image_id)
        try:
            keys = {name: secrets.token_urlsafe(32) for name in ("primary", "secondary")}
            config = first_config(self._names.endpoint, list(keys.values()))
            files = {KEYS: json.dumps(keys), CONFIG: config.model_dump_json(indent=1)}
            container.put_archive("/", _archive(files))
            container.start()
        except BaseException:
            with contextlib.suppress(TargetError), refused(""):  # what was refused first is what counts
                remove(container)
            raise

    def _created(self, image_id: str) -> Any:
        """The container; of two promotions that make the endpoint at once, one gets the name."""
        from docker.errors import APIError

        names = self._names
        if not self._client.networks.list(names=[f"^{names.network}$"]):
            self._client.networks.create(names.network, labels=names.labels("network"), check_duplicate=True)
        self._client.volumes.create(names.volume, labels=names.labels("gateway"))
        try:
            return self._client.containers.create(image_id, **gateway_options(names, self._settings))
        except APIError as error:
            if error.status_code != _CONFLICT:
                raise
            raise self._made_by_another() from None

    def _made_by_another(self) -> TargetError:
        return TargetError(
            f"Another promotion makes the endpoint {self._names.endpoint} on that host at this moment. Wait for its "
            f"end, and promote again. If it was killed, resume it, or: docker rm -f {self._names.gateway}",
            code="Conflict",
        )

    def _await(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not self._answers():
            container = self._container()
            crashed = container is not None and container.attrs["RestartCount"] > 1
            if crashed or time.monotonic() > deadline:
                log = "" if container is None else container.logs(tail=50).decode(errors="replace")
                raise TargetError(f"The gateway {self._names.gateway} does not answer on the host.", log=log)
            time.sleep(_POLL_S)

    def _answers(self) -> bool:
        from docker.errors import APIError

        try:
            self.ask("state")
        except (TargetError, APIError):  # it has not come that far, or restarts
            return False
        return True

    def _present(self) -> Any:
        container = self._container()
        if container is None or container.status != "running":
            raise TargetError(f"The gateway {self._names.gateway} does not run on the host.")
        return container

    def _present_config(self) -> GatewayConfig:
        config = self.config()
        if config is None:
            raise TargetError(f"The endpoint {self._names.endpoint} is not on the host.")
        return config

    def _container(self) -> Any:
        from docker.errors import NotFound

        try:
            container = self._client.containers.get(self._names.gateway)
        except NotFound:
            return None
        if container.labels.get(LABEL.endpoint) != self._names.endpoint:
            raise TargetError(f"The host has a container {self._names.gateway} that is no gateway of devkit's.")
        return container


def _archive(files: Mapping[str, str]) -> bytes:
    return archive_of_files(files, GATEWAY_FOLDER, owner=GATEWAY_UID, mode=0o600)
