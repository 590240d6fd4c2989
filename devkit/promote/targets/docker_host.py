"""Any Docker engine as a target: the deployment's containers behind a gateway of the kit's, on that host.

The image is the one that the receipt names, by its id. Code and model go into read-only volumes named by their content.
What a promotion makes bears its id as a label; whatever does not is never touched.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import time
from functools import cached_property
from typing import TYPE_CHECKING, Final

from devkit.golden.replay import ReplayTarget
from devkit.promote.counts import observed_of
from devkit.promote.gateway_image import GATEWAY_FOLDER, gateway_image
from devkit.promote.targets.base import Change, TargetError, TargetState
from devkit.promote.targets.docker_address import address_of, settings_of
from devkit.promote.targets.docker_connection import connected, refused
from devkit.promote.targets.docker_gateway import KEYS, OUTRUN_CODE, HostGateway
from devkit.promote.targets.docker_instances import HostInstances
from devkit.promote.targets.docker_layout import RESTARTS, Names, awaited, backend_of, contents_of, planned
from devkit.promote.targets.docker_remote import gpu_refusal
from devkit.promote.targets.docker_shares import declared, given_back, others_of
from devkit.promote.targets.docker_shipping import ship_content, ship_image
from devkit.promote.targets.docker_tunnel import Tunnel
from devkit.promote.traffic import shares_text
from devkit.runtime.container_options import beyond
from devkit.runtime.docker import DockerRuntime
from devkit.runtime.docker_engine import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from docker import DockerClient

    from devkit.gateway.config import GatewayConfig
    from devkit.promote.targets.base import Desired, Observed, Proof
    from devkit.promote.targets.docker_address import Address, Settings
    from devkit.promote.targets.docker_shares import Changes
    from devkit.runtime.protocol import Progress
    from devkit.workspace import Workspace

__all__ = ["DockerHost", "open_target"]

_POLL_S: Final = 0.5
_ATTEMPTS: Final = 5
_OK: Final = range(200, 300)


def open_target(address: str, desired: Desired, workspace: Workspace, options: Mapping[str, str]) -> DockerHost:
    """The target of ``docker:ADDRESS``.

    Raises:
        TargetError: the address or an option means nothing, or the endpoint wants what the gateway cannot do there.
    """
    mode = getattr(getattr(desired.endpoint, "block", None), "auth_mode", None) or "key"
    if mode != "key":
        raise TargetError(f"auth_mode is {mode}: on a Docker host the gateway knows keys alone. Use auth_mode: key.")
    found = address_of(address, options)
    return DockerHost(found, settings_of(found, desired.plan.endpoint, options), desired, workspace)


class DockerHost:
    """One engine, for one promotion; see `devkit.promote.targets.base.Target`."""

    proof: Proof = "docker"
    can_mirror = True

    def __init__(self, address: Address, settings: Settings, desired: Desired, workspace: Workspace) -> None:
        self._address = address
        self._settings = settings
        self._desired = desired
        self._workspace = workspace
        self._names = Names(desired.plan.endpoint, desired.plan.deployment, desired.promotion)
        self._tunnel: Tunnel | None = None
        self._image_id = desired.receipt.image_id if desired.receipt is not None else None

    @property
    def name(self) -> str:
        """The engine's address."""
        return f"docker:{self._address.url}"

    @property
    def place(self) -> str:
        """The engine's address: an empty one and the name of a context are resolved."""
        return self.name

    def cautions(self) -> Sequence[str]:
        """Only the way to the gateway: the image is the receipt's own."""
        if self._settings.bind in {"127.0.0.1", "::1"}:
            return ()
        return (f"The gateway speaks plain HTTP at {self._settings.url}: keys and data can be read on the way there.",)

    def preflight(self) -> None:
        """Ask for the name, the memory, the GPU, and the image."""
        names = self._names
        with refused("The host was asked whether it can take the deployment"):
            self._instances.refuse_taken_name()
            info = self._remote.info()
            limits = self._desired.plan.resources
            wanted = (limits.memory_bytes or 0) * self._desired.plan.instance_count
            if wanted > int(info["MemTotal"]):
                raise TargetError(
                    f"{names.deployment} takes {wanted >> 20} MiB of memory in {self._desired.plan.instance_count} "
                    f"instances, and the host has {int(info['MemTotal']) >> 20} MiB. Choose a smaller instance_type."
                )
            if limits.gpus and (told := gpu_refusal(self._remote)) is not None:
                raise TargetError(
                    f"The instance type has {limits.gpus} GPUs, and the host's engine gives none to a container "
                    f"({told}). Install the NVIDIA container toolkit there, or choose an instance type without a GPU.",
                    code="GpuNotAvailable",
                )

    def state(self) -> TargetState:
        """What the gateway's configuration says, and which containers there are."""
        with refused("The host's state could not be read"):
            config = self._gateway.config()
            ids = self._instances.ids()
        told = None if config is None else config.model_dump(mode="json", exclude={"revision"})
        fingerprint = hashlib.sha256(json.dumps([told, ids], sort_keys=True).encode()).hexdigest()
        if config is None:
            return TargetState(fingerprint)
        shares = [{name: share for name, share in each.items() if share} for each in (config.traffic, config.mirror)]
        return TargetState(fingerprint, True, tuple(sorted(config.backends)), *shares)

    def plan(self, state: TargetState | None) -> Sequence[Change]:
        """Endpoint, image, volumes, deployment."""
        exists = state is not None and state.exists
        plan, settings = self._desired.plan, self._settings
        changes = [
            Change("keep", f"endpoint {plan.endpoint}")
            if exists
            else Change("create", f"endpoint {plan.endpoint}", (f"gateway: {settings.url}", "keys: two new ones")),
            Change("create", f"image {self._image_id or '(still to be built)'}", ("reused where the host has it",)),
        ]
        changes += [
            Change("create", f"volume {each.volume}", (f"at {each.target}",)) for each in contents_of(self._desired)
        ]
        limits = plan.resources
        details = [
            f"instances: {plan.instance_count}",
            f"memory: {'no limit' if limits.memory_bytes is None else f'{limits.memory_bytes >> 20} MiB'}",
            f"CPUs: {'no limit' if limits.cpus is None else f'{limits.cpus:g}'}",
            *([f"GPUs: {limits.gpus}"] if limits.gpus else []),
            f"restarts after a failure: at most {RESTARTS}",
            "traffic: 0 %",
        ]
        return [*changes, Change("create", f"deployment {plan.deployment}", tuple(details))]

    def ship(self, progress: Progress) -> None:
        """Image, the gateway's image, code and model."""
        with refused("The image could not be brought to the host"):
            image_id, registry = self._validated_image(progress), self._settings.registry
            ship_image(self._local, self._remote, image_id, registry, progress)
            if self._gateway.config() is None:
                ship_image(self._local, self._remote, self._gateway_image(image_id, progress), registry, progress)
        with refused("Code and model could not be brought to the host"):
            for content in contents_of(self._desired):
                ship_content(self._remote, content, image_id, self._names, progress)

    def create(self, progress: Progress) -> None:
        """The endpoint unless it is there, and the instances, which the gateway then knows at 0 %."""
        plan = self._desired.plan
        with refused(f"The deployment {plan.deployment} could not be made"):
            self._instances.refuse_taken_name()
            image_id = self._validated_image(progress)
            if self._gateway.config() is None:
                progress(f"Making the endpoint {plan.endpoint}: its gateway is to be asked at {self._settings.url}.")
            self._gateway.ensure(lambda: self._gateway_image(image_id, progress))
            for line in beyond(planned(self._desired, ""), self._remote.info()):
                progress(line)
            self._instances.ensure(image_id)
            self._declare()

    def wait(self, progress: Progress) -> None:
        """Ask each instance's readiness route from the gateway's place until all answer well."""
        plan = self._desired.plan
        route = plan.routes.readiness
        urls, patience_s = awaited(self._desired, self._names)
        deadline = time.monotonic() + patience_s
        instances = "1 instance" if plan.instance_count == 1 else f"{plan.instance_count} instances"
        progress(f"Waiting for {instances} of {plan.deployment}.")
        while True:
            with refused(f"The instances of {plan.deployment} could not be asked"):
                self._instances.refuse_ended()
                told = self._gateway.ask("probe", *urls)
            if all(status in _OK for status in told):
                return
            if time.monotonic() > deadline:
                raise TargetError(
                    f"The deployment {plan.deployment} was not ready in time: {route.path} answered {told}.",
                    code="ResourceNotReady",
                    log=self.logs(),
                )
            time.sleep(_POLL_S)

    def replay_target(self) -> ReplayTarget:
        """The gateway, by the deployment's name; over ssh through a tunnel."""
        url = self._settings.url
        if self._address.by_ssh and self._settings.bind == "127.0.0.1":
            self._tunnel = self._tunnel or Tunnel(self._address.url, self._settings.port)
            url = self._tunnel.url
        with refused("The endpoint's key could not be read"):
            key = self._gateway.key()
        return ReplayTarget(url, key, self._names.deployment, self._desired.replay_timeout_s)

    def set_mirror(self, percent: int) -> None:
        """By the gateway."""
        with refused("The mirror could not be set"):
            self._gateway.apply(lambda _: {"mirror": {self._names.deployment: percent} if percent else {}})

    def set_traffic(self, shares: Mapping[str, int]) -> None:
        """By the gateway. The mirror ends where its deployment gets live traffic."""
        with refused("The traffic could not be set"):
            self._gateway.apply(
                lambda config: {
                    "traffic": dict(shares),
                    "mirror": {each: n for each, n in config.mirror.items() if not shares.get(each)},
                }
            )

    def observe(self) -> Observed | None:
        """What the gateway counted; a model's own error is one, too."""
        with refused("The gateway could not be asked for its counts"):
            return observed_of(self._gateway.ask("state"), self._names.deployment)

    def restore(self, state: TargetState, progress: Progress) -> None:
        """Traffic back, then remove what bears the promotion's id. The images stay: others may use them."""
        with refused("The host could not be brought back to its state before"):
            others = others_of(self._gateway.config(), self._names)
            if state.exists or others:
                self._give_back(state, progress)
            self._instances.remove(progress)
            if state.exists:
                return
            if others:
                progress(f"The endpoint {self._names.endpoint} stays, for {', '.join(others)}.")
                return
            progress(f"Removing the endpoint {self._names.endpoint}.")
            self._gateway.remove()

    def _give_back(self, state: TargetState, progress: Progress) -> None:
        def back(config: GatewayConfig) -> Changes:
            changes = given_back(config, self._names, state)
            if changes:
                progress(f"Giving the traffic back: {shares_text(changes['traffic'])}.")
            return changes

        if self._gateway.config() is not None:
            self._again_if_outrun(back)

    def _again_if_outrun(self, change: Callable[[GatewayConfig], Changes], left: int = _ATTEMPTS) -> None:
        """For changes that hold whatever others have changed: made of the newest configuration."""
        try:
            self._gateway.apply(change)
        except TargetError as error:
            if error.code != OUTRUN_CODE or not left:
                raise
            self._again_if_outrun(change, left - 1)

    def logs(self) -> str:
        """Of every instance."""
        with refused("The log could not be read"):
            return self._instances.logs()

    def how_to_ask(self) -> Sequence[str]:
        """The gateway's address, and the command that shows the keys."""
        route = self._desired.plan.routes.scoring.path
        files = f"{self._names.gateway} cat {GATEWAY_FOLDER}/{KEYS}"
        return [
            f"clients ask {self._settings.url}{route}" + (" on that host" if self._address.by_ssh else ""),
            f"keys: {shlex.join(self._address.command)} exec {files}",
        ]

    def close(self) -> None:
        """End the tunnel and the connection."""
        if self._tunnel is not None:
            self._tunnel.close()
        if "_remote" in self.__dict__:
            self._remote.close()
        if "_local" in self.__dict__:
            self._local.close()

    @cached_property
    def _remote(self) -> DockerClient:
        return connected(self._address)

    @cached_property
    def _local(self) -> DockerClient:
        """The engine on which was validated, and on which is built."""
        return connect()

    @cached_property
    def _gateway(self) -> HostGateway:
        return HostGateway(self._remote, self._names, self._settings)

    @cached_property
    def _instances(self) -> HostInstances:
        return HostInstances(self._remote, self._desired, self._names, self._workspace.folder)

    def _validated_image(self, progress: Progress) -> str:
        """The receipt's image; without one, or where it is gone here, the image is made, and must be the same."""
        validated = self._image_id
        if validated is not None and any(_has(client, validated) for client in (self._local, self._remote)):
            return validated
        made = DockerRuntime().prepare(self._desired.plan, progress).details["image"]
        if validated is not None and made != validated:
            raise TargetError(
                f"The validated image {validated} is not on this machine any more, and building it again gave {made}. "
                "Validate that one: devkit validate --run --runtime docker."
            )
        self._image_id = made
        return made

    def _gateway_image(self, image_id: str, progress: Progress) -> str:
        return gateway_image(self._local, self._settings.gateway_base or image_id, progress)

    def _declare(self) -> None:
        """Let the gateway know the deployment, unless it does."""
        backend = backend_of(self._desired, self._names)
        self._again_if_outrun(
            lambda config: (
                {} if config.backends.get(self._names.deployment) == backend else declared(config, self._names, backend)
            )
        )


def _has(client: DockerClient, image_id: str) -> bool:
    from docker.errors import ImageNotFound

    try:
        client.images.get(image_id)
    except ImageNotFound:
        return False
    return True
