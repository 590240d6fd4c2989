"""Azure ML: managed and Kubernetes online endpoints, by direct REST."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from devkit.control_plane.client import Client
from devkit.control_plane.errors import (
    ConflictError,
    ExistsError,
    NotFoundError,
    NotReachedError,
    OperationFailedError,
    ServiceError,
)
from devkit.control_plane.patience import Patience
from devkit.endpoints.assets import with_ids
from devkit.endpoints.documents import DocumentError
from devkit.golden.replay import ReplayTarget
from devkit.promote.azure.address import read_settings, refuse_clear_text
from devkit.promote.azure.collected import with_data
from devkit.promote.azure.credential import MANAGEMENT, SCORING, STORAGE, Credential
from devkit.promote.azure.failures import failure_of
from devkit.promote.azure.planning import bodies_of, changes, endpoint_body
from devkit.promote.azure.quota import refusal
from devkit.promote.azure.registering import Registrar, frozen_copies
from devkit.promote.azure.states import absent, base_of, made_by, sendable, state_of
from devkit.promote.azure.uploads import Uploader
from devkit.promote.errors import ForeignChangeError
from devkit.promote.pins import resolved_again
from devkit.promote.targets.base import TargetError
from devkit.runtime.process_environment import conda_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devkit.control_plane.polling import LongRunning, OperationStatus
    from devkit.promote.azure.address import Settings
    from devkit.promote.targets.base import Change, Desired, Observed, Proof, TargetState
    from devkit.runtime.protocol import Progress
    from devkit.spec.documents.online_deployment import OnlineDeployment
    from devkit.workspace import Workspace

    Json = dict[str, Any]

__all__ = ["AzureML", "open_target"]

_WORKING: Final = frozenset({"Creating", "Updating", "Scaling"})
_ENDED_BADLY: Final = frozenset({"Failed", "Canceled"})
_LOOK_EVERY_S: Final = 2.0
_SHOWN: Final = 10
"""How many packages a sentence names."""
_OPERATION: Final = "AzureAsyncOperationUri"


def open_target(address: str, desired: Desired, workspace: Workspace, options: Mapping[str, str]) -> AzureML:
    """The workspace at `SUBSCRIPTION/GROUP/WORKSPACE`.

    The options are `url`, `api-version`, `storage`, `certificates` and `wait`; see `Settings`.

    Raises:
        TargetError: the address or an option cannot be meant.
    """
    del workspace
    return AzureML(read_settings(address, options), desired)


class AzureML:
    """One promotion to a workspace. See `devkit.promote.targets.base.Target`."""

    proof: Proof = "any"

    def __init__(self, settings: Settings, desired: Desired, patience: Patience | None = None) -> None:
        self._settings = settings
        self._desired = desired
        self._patience = patience or Patience()
        self._endpoint, self._deployment = desired.plan.endpoint, desired.plan.deployment
        self._block = cast("OnlineDeployment", desired.deployment.block)
        self._notes: list[str] = []
        self._registered: OnlineDeployment | None = None
        self._begun: LongRunning | None = None
        credential = Credential(MANAGEMENT)
        self._client = Client(
            settings.url,
            credential.token,
            workspace=settings.workspace,
            api_version=settings.api_version,
            certificates=settings.certificates,
            renew=credential.renew,
            patience=self._patience,
        )

    @property
    def name(self) -> str:
        """The workspace's address."""
        there = self._settings.workspace
        return f"azureml:{there.subscription}/{there.group}/{there.name}"

    @property
    def place(self) -> str:
        """The workspace's address: it is whole."""
        return self.name

    @property
    def can_mirror(self) -> bool:
        """Endpoints on Kubernetes cannot."""
        return getattr(self._block, "type", None) != "kubernetes"

    def cautions(self) -> Sequence[str]:
        """What Azure resolves anew, and what it would not tell."""
        environment, receipt = self._desired.plan.environment, self._desired.receipt
        found = list(self._notes)
        if packages := resolved_again(conda_of(self._desired.plan), receipt.packages if receipt else None):
            found.append(
                f"Azure will resolve these packages again: {_some(packages)}. `devkit environment lock` writes a conda "
                "file of those that were validated."
            )
        if environment.image and "@sha256:" not in environment.image:
            known = f"; it was validated as {receipt.image_digest}" if receipt and receipt.image_digest else ""
            found.append(f"Azure will pull {environment.image} again: a tag may name another image by then{known}.")
        if environment.build_context:
            found.append("Azure will build the image again from its Dockerfile.")
        return found

    def preflight(self) -> None:
        """The workspace answers, its region has the machine, and the subscription the quota."""
        with self._told():
            location = self._location()
            size, instances = getattr(self._block, "instance_type", None), int(self._block.instance_count or 1)
            if not size or not self.can_mirror:  # a cluster's instance types are the cluster's own
                return
            try:
                sizes, usages = self._client.list_sizes(location), self._client.list_usages(location)
            except NotReachedError:
                raise
            except ServiceError as error:
                self._notes.append(f"Azure did not tell the quota of {size} ({error.code}): it may refuse later.")
                return
            why = refusal(size, instances, sizes, usages)
            if why is not None:
                raise TargetError(why, code="OutOfQuota")

    def state(self) -> TargetState:
        """The endpoint with its deployments."""
        with self._told():
            try:
                endpoint = self._client.get_endpoint(self._endpoint)
            except NotFoundError:
                return absent()
            return state_of(endpoint, self._client.list_deployments(self._endpoint))

    def plan(self, state: TargetState | None) -> Sequence[Change]:
        """The assets by their hashes, the endpoint and the deployment with every value that is sent."""
        return changes(self._desired, state)

    def ship(self, progress: Progress) -> None:
        """Upload and register; what is there under its hash is reused."""
        with self._told():
            self._register(progress)

    def create(self, progress: Progress) -> None:
        """The endpoint if there is none, then the deployment; it has no traffic until it is given some."""
        with self._told():
            self._create_endpoint(progress)
            current = self._current()
            if current is not None:
                self._refuse_foreign(current)
            if current is not None and current["properties"].get("provisioningState") not in _ENDED_BADLY:
                progress(f"deployment {self._deployment} was begun already")
                return
            block = self._registered or self._register(progress)
            body = bodies_of(block, self._desired.promotion, self._location())
            self._begun = self._begin(body, new=current is None)
            progress(f"deployment {self._deployment} is being made")

    def wait(self, progress: Progress) -> None:
        """Follow the operation to its end; one that an earlier process began is found again."""
        with self._told():
            running = self._begun or self._found_again()
            if running is not None:
                _follow(running, progress, self._settings.wait_s)
            current = self._settled()
            if current is not None:
                self._refuse_foreign(current)
            ended = _state_of(current)
            if ended != "Succeeded":
                raise OperationFailedError(f"Deployment {self._deployment} is {ended or 'gone'}.", code="NotReady")

    def replay_target(self) -> ReplayTarget:
        """The endpoint's scoring address, with the deployment named."""
        with self._told():
            told = self._client.get_endpoint(self._endpoint)["properties"]
            base = base_of(str(told["scoringUri"]), self._desired.plan.routes.scoring.path)
            refuse_clear_text(base, "endpoint's key")
            key = self._key(str(told.get("authMode", "Key")))
            patience_s, certificate = self._desired.replay_timeout_s, self._settings.certificates
            return ReplayTarget(base, key, self._deployment, patience_s, certificate)

    def set_mirror(self, percent: int) -> None:
        """Mirror traffic of the endpoint."""
        self._put_endpoint(mirrorTraffic={self._deployment: percent} if percent else {})

    def set_traffic(self, shares: Mapping[str, int]) -> None:
        """Traffic of the endpoint; shares of 0 are left out, as azure-ai-ml does."""
        self._put_endpoint(traffic={name: share for name, share in shares.items() if share})

    def observe(self) -> Observed | None:
        """Only Azure Monitor tells, minutes later; so golden requests are sent during each hold."""
        return None

    def restore(self, state: TargetState, progress: Progress) -> None:
        """The traffic first, then away with what bears our tag; registered versions stay for the next time."""
        with self._told():
            try:
                endpoint = self._client.get_endpoint(self._endpoint)
            except NotFoundError:
                return
            now = state_of(endpoint, ())
            if self._ours() & {*now.traffic, *now.mirror}:  # shares without ours are somebody else's wish
                self._put_endpoint(traffic=dict(state.traffic), mirrorTraffic=dict(state.mirror))
                progress("traffic is as before")
            self._delete_ours(endpoint, progress)

    def logs(self) -> str:
        """What the container printed; where it never ran, what fetched its model and code did."""
        for container in ("InferenceServer", "StorageInitializer"):
            try:
                text = self._client.get_logs(self._endpoint, self._deployment, container, 200)
            except (ServiceError, KeyError, TargetError):
                continue
            if text.strip():
                return text
        return ""

    def how_to_ask(self) -> Sequence[str]:
        """The scoring address, and az's command for its key or token."""
        with self._told():
            uri = self._client.get_endpoint(self._endpoint)["properties"]["scoringUri"]
        there = self._settings.workspace
        group = f"-g {there.group} -w {there.name} --subscription {there.subscription}"
        return [
            f"clients ask {uri}",
            f"keys: az ml online-endpoint get-credentials -n {self._endpoint} {group}",
        ]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _register(self, progress: Progress) -> OnlineDeployment:
        from urllib3 import PoolManager

        settings = self._settings
        with PoolManager(ca_certs=settings.certificates) as pool:
            registrar = Registrar(
                self._client,
                lambda: Uploader(pool, progress, self._patience.sleep),
                frozen_copies(self._desired.plan),
                (settings.storage, Credential(STORAGE)),
                progress,
            )
            deployment = self._desired.deployment
            block = with_ids(cast("Client", registrar), self._block, deployment.folder)
        self._registered = with_data(self._client, block, (self._endpoint, self._deployment), progress)
        return self._registered

    def _create_endpoint(self, progress: Progress) -> None:
        try:
            endpoint = self._client.get_endpoint(self._endpoint)
        except NotFoundError:
            body = endpoint_body(self._desired, self._settings.workspace, self._location())
            running = self._client.put_endpoint(self._endpoint, body)
            progress(f"endpoint {self._endpoint} is being made")
            _follow(running, progress, self._settings.wait_s)
            return
        operation = (endpoint["properties"].get("properties") or {}).get(_OPERATION)
        if endpoint["properties"].get("provisioningState") in _WORKING and operation:
            _follow(self._client.follow_endpoint(self._endpoint, operation), progress, self._settings.wait_s)

    def _begin(self, body: Json, *, new: bool) -> LongRunning | None:
        """Put the deployment; None where an attempt whose answer was lost has done it.

        Who asks at the same time is kept from replacing it by a condition where the service knows it, else by `wait`.
        """
        try:
            return self._client.put_deployment(self._endpoint, self._deployment, body, only_new=new)
        except (ConflictError, ExistsError):
            current = self._current()
            if current is None:
                raise
            self._refuse_foreign(current)
            return None

    def _refuse_foreign(self, deployment: Json) -> None:
        if made_by(deployment) != self._desired.promotion:
            raise ForeignChangeError(
                f"{self._endpoint} has a deployment {self._deployment} that somebody else made meanwhile. It is left "
                "as it is. Give yours another name: --name."
            )

    def _ours(self) -> set[str]:
        """The deployments that this promotion made."""
        found = self._client.list_deployments(self._endpoint)
        return {each["name"] for each in found if made_by(each) == self._desired.promotion}

    def _found_again(self) -> LongRunning | None:
        """The operation that an earlier process began; the resource tells where its status is."""
        told = (self._current() or {}).get("properties") or {}
        operation = (told.get("properties") or {}).get(_OPERATION)
        if told.get("provisioningState") not in _WORKING or not operation:
            return None
        return self._client.follow_deployment(self._endpoint, self._deployment, str(operation))

    def _settled(self) -> Json | None:
        """The deployment once it no longer changes."""
        deadline = time.monotonic() + self._settings.wait_s
        while True:
            current = self._current()
            if _state_of(current) not in _WORKING or time.monotonic() > deadline:
                return current
            self._patience.sleep(_LOOK_EVERY_S)

    def _current(self) -> Json | None:
        try:
            return self._client.get_deployment(self._endpoint, self._deployment)
        except NotFoundError:
            return None

    def _location(self) -> str:
        return str(self._client.get_workspace()["location"])

    def _key(self, mode: str) -> str:
        if mode.lower() == "key":
            return str(self._client.list_keys(self._endpoint)["primaryKey"])
        if mode.lower() == "amltoken":
            return str(self._client.get_token(self._endpoint)["accessToken"])
        return Credential(SCORING).token()

    def _put_endpoint(self, **properties: Any) -> None:
        with self._told():
            body = sendable(self._client.get_endpoint(self._endpoint), **properties)
            self._client.put_endpoint(self._endpoint, body).wait(timeout_s=self._settings.wait_s)

    def _delete_ours(self, endpoint: Json, progress: Progress) -> None:
        ours = self._desired.promotion
        for name in sorted(self._ours()):
            self._client.delete_deployment(self._endpoint, name).wait(timeout_s=self._settings.wait_s)
            progress(f"deployment {name} deleted")
        if made_by(endpoint) == ours and not self._client.list_deployments(self._endpoint):
            self._client.delete_endpoint(self._endpoint).wait(timeout_s=self._settings.wait_s)
            progress(f"endpoint {self._endpoint} deleted")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Inside, what the service refuses is told with its code, its message, the log and what it means."""
        try:
            yield
        except NotReachedError as error:
            raise TargetError(f"{self._settings.url} does not answer. Look at the network or the proxy.") from error
        except DocumentError as error:
            raise TargetError(str(error)) from error
        except ServiceError as error:
            raise self._finding(error) from error

    def _finding(self, error: ServiceError) -> TargetError:
        failed = isinstance(error, OperationFailedError)
        log = error.log or (self.logs() if failed else "")
        known = failure_of(error.code, error.message, log)
        meant = f" This means that {known.meaning}. What to do: {known.remedy}." if known else ""
        return TargetError(f"{error.code}: {error.message.rstrip('.')}.{meant}", code=error.code, log=log)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _state_of(deployment: Json | None) -> str | None:
    return ((deployment or {}).get("properties") or {}).get("provisioningState")


def _follow(running: LongRunning, progress: Progress, wait_s: float) -> None:
    told: set[str] = set()

    def tell(status: OperationStatus) -> None:
        for line in [each for each in status.progress if each not in told]:
            told.add(line)
            progress(line)

    running.wait(tell, wait_s)
