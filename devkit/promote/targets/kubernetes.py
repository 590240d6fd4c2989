"""``--to kubernetes:[CONTEXT[/NAMESPACE]]``: server-side apply, a roll-out awaited, traffic by a route's weights."""

from __future__ import annotations

import base64
import os
import secrets
import time
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devkit.golden.replay import ReplayTarget
from devkit.promote.kubernetes import observed, sidecar, workload
from devkit.promote.kubernetes.api import KINDS, Api
from devkit.promote.kubernetes.files import render, write
from devkit.promote.kubernetes.images import Images
from devkit.promote.kubernetes.manifests import Secrets, manifests, not_honoured, placed
from devkit.promote.kubernetes.naming import DEPLOYMENT_LABEL, ENDPOINT_LABEL, object_name
from devkit.promote.kubernetes.options import parse_address, parse_options
from devkit.promote.kubernetes.pods import Pods
from devkit.promote.kubernetes.release import ManifestError, release_of
from devkit.promote.kubernetes.routing import http_route
from devkit.promote.targets.base import Change, TargetError
from devkit.runtime.protocol import CannotRunError
from devkit.runtime.secrets import resolve_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.promote.kubernetes.options import Address, Options
    from devkit.promote.kubernetes.release import Cluster, EndpointRelease, Manifest
    from devkit.promote.targets.base import Desired, Observed, Proof, TargetState
    from devkit.runtime.protocol import Progress
    from devkit.workspace import Workspace

__all__ = ["KEY_VARIABLE", "PROMOTION_LABEL", "KubernetesTarget", "open_target"]

PROMOTION_LABEL: Final = "endpoint-devkit/promotion"
"""On whatever a promotion makes: its id. Only that is ever deleted."""
KEY_VARIABLE: Final = "DEVKIT_KUBERNETES_KEY"
"""Without a sidecar: the key that the cluster's own gateway takes, for the golden requests."""

_POLL_S: Final = 1.0
_PATIENCE_S: Final = 60.0


def open_target(address: str, desired: Desired, workspace: Workspace, options: Mapping[str, str]) -> KubernetesTarget:
    """The target at an address; the kubeconfig is read when the cluster is first asked.

    Raises:
        TargetError: the address or an option means nothing.
    """
    place = parse_address(address)
    told = parse_options(options, place.namespace or "default")
    return KubernetesTarget(place, desired, workspace, told, poll_s=_POLL_S)


class KubernetesTarget:
    """A namespace of a cluster, opened for one promotion.

    What is to run is made when it is first needed: who only goes back has no files any more.
    """

    proof: Proof = "docker"
    can_mirror = True

    def __init__(
        self, address: Address, desired: Desired, workspace: Workspace, options: Options, *, poll_s: float = _POLL_S
    ) -> None:
        self._address = address
        self._desired = desired
        self._workspace = workspace
        self._options = options
        self._poll_s = poll_s
        self._opened: Api | None = None
        self._known_url = options.url

    @property
    def name(self) -> str:
        """The address."""
        return f"kubernetes:{self._address}"

    @property
    def place(self) -> str:
        """The context, the namespace and the API server that are used from now on, whatever becomes of the kubeconfig.

        Raises:
            TargetError: lightkube is not installed, or there is no such context.
        """
        return f"kubernetes:{self._api.place}"

    @property
    def _api(self) -> Api:
        if self._opened is None:
            self._opened = Api(self._address.context, self._options.cluster.namespace)
        return self._opened

    @cached_property
    def _pods(self) -> Pods:
        return Pods(self._api, self._endpoint, self._name)

    @property
    def _endpoint(self) -> str:
        return self._desired.plan.endpoint

    @property
    def _name(self) -> str:
        return self._desired.plan.deployment

    @cached_property
    def _images(self) -> Images:
        return Images(self._desired, self._options)

    @property
    def _cluster(self) -> Cluster:
        return replace(self._options.cluster, sidecar_image=self._images.sidecar)

    @property
    def _has_sidecar(self) -> bool:
        return self._options.builds_sidecar or self._options.cluster.sidecar_image is not None

    @property
    def _release(self) -> EndpointRelease:
        """What is to run, with the images as they are known by now."""
        return release_of(self._desired, self._images.container, self._images.deployment)

    def _manifests(self, secrets: Secrets | None = None) -> list[Manifest]:
        try:
            return manifests(self._release, self._cluster, secrets)
        except ManifestError as error:
            raise TargetError(str(error)) from None

    def cautions(self) -> Sequence[str]:
        """What the cluster will not do as Azure does, what the receipt cannot know of the image, and a way in clear.

        Where the Gateway is reached is known by the option, or once `preflight` has asked for it.
        """
        given = self._options.image
        told = f"{given} was built by you: what it adds to the validated image, but code and model, is not validated."
        plain = observed.plain_http_caution(self._known_url)
        return [*([told] if given else []), *not_honoured(self._release, self._cluster), *plain]

    def preflight(self) -> None:
        """Look into a given image, and have the server judge every object: rights, versions, owners of fields."""
        self._images.verify(lambda _: None)
        for each in self._manifests():
            if each["kind"] != "HTTPRoute" or self._api.get("HTTPRoute", each["metadata"]["name"]) is None:
                self._api.apply(self._marked(each), dry_run=True)
        reference = self._options.cluster.gateway
        gateway = self._api.get("Gateway", reference.name, reference.namespace)
        if gateway is None:
            raise TargetError(
                f"There is no Gateway {reference.name} in {reference.namespace or self._api.namespace} for the "
                "route to hang on. Name one: --target-option gateway=NAMESPACE/NAME."
            )
        self._known_url = self._options.url or observed.gateway_url(gateway, self._options.cluster.hostname)

    def state(self) -> TargetState:
        """The endpoint's route, Services and Deployments."""
        return observed.state_of(self._route(), self._services(), self._list("Deployment"))

    def plan(self, state: TargetState | None) -> Sequence[Change]:
        """The objects, which the option ``render`` also writes into a folder."""
        if self._options.push:
            self._images.settle(lambda _: None)
        planned = self._manifests()
        self._render(planned)
        exists = state is not None and state.exists
        return [*self._images.changes(), *(_change(each, exists=exists) for each in planned)]

    def _render(self, planned: Sequence[Manifest]) -> None:
        if self._options.render is not None:
            write(render(planned), Path(self._options.render))

    def ship(self, progress: Progress) -> None:
        """Build and push the images; what was rendered then names them by digest."""
        self._images.settle(progress)
        self._render(self._manifests())
        progress(f"the nodes pull {self._images.deployment}")

    def create(self, progress: Progress) -> None:
        """Apply the deployment's objects, what the endpoint lacks, and a route that gives the deployment no traffic."""
        self._images.settle(progress)
        for each in self._wanted():
            if each["kind"] == "HTTPRoute" or not self._is_there_by_another(each):
                self._api.apply(each if each["kind"] == "HTTPRoute" else self._marked(each))
                progress(f"{each['kind'].lower()}/{each['metadata']['name']} applied")

    def wait(self, progress: Progress) -> None:
        """Look until the roll-out is complete, or the cluster gives it up."""
        name = object_name(self._endpoint, self._name)
        planned = next(each for each in self._manifests() if each["kind"] == "Deployment")
        deadline = time.monotonic() + planned["spec"]["progressDeadlineSeconds"] + _PATIENCE_S
        told = ""
        while True:
            found = self._api.get("Deployment", name)
            if found is None:
                raise TargetError(f"The Deployment {name} was deleted by somebody else.", code="Deleted")
            if observed.is_rolled_out(found):
                progress(f"deployment/{name} rolled out")
                self._tell_blindness(progress)
                return
            self._refuse_hopeless(found, name, late=time.monotonic() > deadline)
            status = found.get("status") or {}
            line = f"{status.get('availableReplicas', 0)} of {found['spec'].get('replicas', 1)} pods are ready"
            if line != told:
                progress(told := line)
            time.sleep(self._poll_s)

    def replay_target(self) -> ReplayTarget:
        """The Gateway, with the header that names the deployment."""
        return ReplayTarget(self._url(), self._key(), self._name, self._desired.replay_timeout_s)

    def set_mirror(self, percent: int) -> None:
        """Copy this share of what the others answer to the new deployment."""
        self._apply_route(self.state().traffic, {self._name: percent} if percent else {})

    def set_traffic(self, shares: Mapping[str, int]) -> None:
        """Change the weights of the route, at once for all."""
        self._apply_route(shares, {})

    def observe(self) -> Observed | None:
        """What the sidecars of all pods counted; None where there is nobody to ask."""
        if not self._has_sidecar:
            return None
        return self._pods.counts()

    def restore(self, state: TargetState, progress: Progress) -> None:
        """Put the route back where the deployment has a share, and delete what bears the promotion's id."""
        ours = self._name
        stays = [each for each in observed.backends_of(self._services()) if each.deployment != ours]
        if self._route() is not None and stays:
            traffic, mirror = observed.given_back(self.state(), state, ours)
            self._api.apply(self._marked_as_it_is(http_route(self._endpoint, stays, self._cluster, traffic, mirror)))
            progress(f"traffic: {dict(traffic) or 'none'}")
        for kind in KINDS:
            for each in self._api.find(kind, {PROMOTION_LABEL: self._desired.promotion}):
                if DEPLOYMENT_LABEL in each["metadata"]["labels"] or not stays:
                    self._api.delete(kind, each["metadata"]["name"])
                    progress(f"{kind.lower()}/{each['metadata']['name']} deleted")

    def logs(self) -> str:
        """The last lines of the first pod."""
        return self._pods.log()

    def how_to_ask(self) -> Sequence[str]:
        """The Gateway, and where the sidecar's keys are."""
        route = self._desired.plan.routes.scoring.path
        lines = [f"clients ask {self._url()}{route}"]
        if self._has_sidecar:
            context = f"--context {self._address.context} " if self._address.context else ""
            secret = f"secret {sidecar.keys_name(self._endpoint)} -n {self._options.cluster.namespace}"
            lines.append(f"keys: kubectl {context}get {secret} -o jsonpath={{.data.primaryKey}} | base64 -d")
        return lines

    def close(self) -> None:
        """Give the connections back."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _wanted(self) -> list[Manifest]:
        """Every object, with the values of Secrets, and the route as the others' traffic needs it."""
        release, cluster = self._release.deployments[0], self._cluster
        name, state = self._name, self.state()
        values = self._secret_values()
        found = [
            each for each in self._manifests(Secrets(self._new_keys(), {name: values})) if each["kind"] != "HTTPRoute"
        ]
        others = [each for each in observed.backends_of(self._services()) if each.deployment != name]
        backends = [*others, release.backend]
        route = http_route(self._endpoint, backends, cluster, state.traffic, state.mirror)
        return [*found, self._marked_as_it_is(route)]

    def _secret_values(self) -> Mapping[str, str]:
        try:
            return resolve_secrets(workload.secret_variables(self._release.deployments[0]), self._workspace.folder)
        except CannotRunError as error:
            raise TargetError(str(error), code=error.code) from None

    def _new_keys(self) -> tuple[str, str] | None:
        """Two keys for an endpoint that has none."""
        if not self._has_sidecar or self._stored_key() is not None:
            return None
        return secrets.token_urlsafe(32), secrets.token_urlsafe(32)

    def _stored_key(self) -> str | None:
        found = self._api.get("Secret", sidecar.keys_name(self._endpoint))
        encoded = (found or {}).get("data", {}).get("primaryKey")
        return None if encoded is None else base64.b64decode(encoded).decode()

    def _is_there_by_another(self, wanted: Manifest) -> bool:
        """Whether an object that deployments share is there, made by an earlier promotion or by hand."""
        if DEPLOYMENT_LABEL in wanted["metadata"]["labels"]:
            return False
        there = self._api.get(wanted["kind"], wanted["metadata"]["name"])
        return there is not None and not self._is_ours(there)

    def _is_ours(self, there: Manifest) -> bool:
        labels = there["metadata"].get("labels") or {}
        return labels.get(PROMOTION_LABEL) == self._desired.promotion

    def _marked(self, manifest: Manifest) -> Manifest:
        """The object with the promotion's id."""
        metadata = manifest["metadata"]
        labels = {**metadata["labels"], PROMOTION_LABEL: self._desired.promotion}
        return {**manifest, "metadata": {**metadata, "labels": labels}}

    def _marked_as_it_is(self, route: Manifest) -> Manifest:
        """The route in its place, with the id of the promotion that made it: ours only where there was none."""
        route = placed(route, self._options.cluster)
        there = self._route()
        if there is None:
            return self._marked(route)
        maker = (there["metadata"].get("labels") or {}).get(PROMOTION_LABEL)
        labels = {**route["metadata"]["labels"], **({PROMOTION_LABEL: maker} if maker else {})}
        return {**route, "metadata": {**route["metadata"], "labels": labels}}

    def _apply_route(self, traffic: Mapping[str, int], mirror: Mapping[str, int]) -> None:
        backends = observed.backends_of(self._services())
        self._api.apply(self._marked_as_it_is(http_route(self._endpoint, backends, self._cluster, traffic, mirror)))

    def _route(self) -> Manifest | None:
        return self._api.get("HTTPRoute", object_name(self._endpoint))

    def _services(self) -> list[Manifest]:
        return self._list("Service")

    def _list(self, kind: str) -> list[Manifest]:
        return self._api.find(kind, {ENDPOINT_LABEL: self._endpoint})

    def _refuse_hopeless(self, found: Manifest, name: str, *, late: bool) -> None:
        reason = self._pods.hopeless()
        if reason is not None:
            raise TargetError(f"The Deployment {name} will not start: {reason}.", code="PodFailed", log=self.logs())
        if late or observed.missed_deadline(found):
            raise TargetError(
                f"The Deployment {name} did not become ready in time. Look at its log, and whether the readiness probe "
                f"grants enough time: kubectl describe pods -l {DEPLOYMENT_LABEL}={self._name}.",
                code="ProgressDeadlineExceeded",
                log=self.logs(),
            )

    def _tell_blindness(self, progress: Progress) -> None:
        if self.observe() is None:
            progress(
                "nobody tells what the pods answer (no sidecar, or no way to pods/exec): golden requests are sent and "
                "counted instead"
            )

    def _url(self) -> str:
        if self._options.url is not None:
            return self._options.url
        reference = self._options.cluster.gateway
        gateway = self._api.get("Gateway", reference.name, reference.namespace)
        url = observed.gateway_url(gateway, self._options.cluster.hostname)
        if url is None:
            raise TargetError(
                f"The Gateway {reference.name} tells no address. Say where it is reached: --target-option url=http://…"
            )
        return url

    def _key(self) -> str | None:
        if not self._has_sidecar:
            return os.environ.get(KEY_VARIABLE)
        return self._stored_key()


def _change(manifest: Manifest, *, exists: bool) -> Change:
    kind, name = str(manifest["kind"]), str(manifest["metadata"]["name"])
    if not exists or DEPLOYMENT_LABEL in manifest["metadata"]["labels"]:
        return Change("create", f"{kind} {name}")
    return Change("change" if kind == "HTTPRoute" else "keep", f"{kind} {name}")
