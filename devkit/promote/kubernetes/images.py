"""Which images the manifests name: at first as a push will name them, and by digest as soon as there was one.

The deployment's image is the validated one with code and model in it, and the sidecar's is the kit's gateway; the kit
builds both and pushes them to the registry that the user names. An image that the user names is looked into instead.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from devkit.promote.content_image import Content, content_image, content_tag
from devkit.promote.gateway_image import gateway_image, gateway_tag
from devkit.promote.image_proof import proved_image
from devkit.promote.kubernetes.release import BUILT, BUILT_GATEWAY, is_pinned
from devkit.promote.pushing import push
from devkit.promote.targets.base import Change, TargetError
from devkit.runtime.container import container_plan
from devkit.runtime.docker import NO_KIT, DockerRuntime
from devkit.runtime.docker_engine import connect
from devkit.runtime.mlflow_environment import with_model_environment
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient

    from devkit.promote.kubernetes.options import Options
    from devkit.promote.targets.base import Desired
    from devkit.runtime.container import ContainerPlan
    from devkit.runtime.protocol import Progress

__all__ = ["Images"]


class Images:
    """The two images of one promotion."""

    def __init__(self, desired: Desired, options: Options) -> None:
        self._desired = desired
        self._options = options
        self._pinned: str | None = None
        self._settled = False
        self.sidecar = options.cluster.sidecar_image
        """The name of the sidecar's image, by digest once it is known; None for none."""
        if options.builds_sidecar:
            self.sidecar = f"{options.registry}:{BUILT_GATEWAY}{gateway_tag(options.gateway_base or self._base)}"

    @property
    def deployment(self) -> str:
        """The name of the deployment's image, by digest once it is known.

        Raises:
            TargetError: the deployment names no image, or lacks a part.
        """
        if self._pinned is not None:
            return self._pinned
        return self._options.image or f"{self._options.registry}:{BUILT}{content_tag(self._base, self.contents)}"

    @property
    def contents(self) -> list[Content]:
        """What has to lie in the deployment's image."""
        plan, digests = self._desired.plan, self._desired.digests
        parts = {}
        if plan.model is not None:
            parts[plan.model.source] = digests.model
        if plan.code is not None:
            parts[plan.code.folder] = digests.code
        return [Content(each.source, each.target, parts[each.source] or "") for each in self.container.mounts]

    @cached_property
    def container(self) -> ContainerPlan:
        """The container that a pod runs.

        Raises:
            TargetError: the deployment names no image, or lacks a part.
        """
        try:
            return container_plan(replace(with_model_environment(self._desired.plan), dev=False), NO_KIT)
        except CannotRunError as error:
            raise TargetError(str(error), code=error.code) from None

    def settle(self, progress: Progress) -> None:
        """Have both images in their registry, and know their digests. Done again it comes to the same end.

        Raises:
            TargetError: an image cannot be built or pushed, or the user's is another than the validated one.
        """
        if self._settled:
            return
        options = self._options
        if options.image is None or options.builds_sidecar or self._must_compare:
            with _engine() as client:
                self._pinned = self._deployment_image(client, progress)
                if options.builds_sidecar:
                    self.sidecar = self._sidecar_image(client, progress)
        self._settled = True

    def verify(self, progress: Progress) -> None:
        """Look into the image that the user names, before anything is made.

        Raises:
            TargetError: it is another than the validated one, or is not to be had.
        """
        if self._options.image is not None and self._must_compare:
            with _engine() as client:
                self._pinned = self._given_image(client, progress)

    def changes(self) -> list[Change]:
        """What a plan tells of both."""
        options, receipt = self._options, self._desired.receipt
        holds = [f"holds {each.source.name} at {each.target}" for each in self.contents]
        base = (receipt.image_id if receipt is not None else None) or "the environment of the YAML"
        built = [f"built on {base}", *holds, "pushed before anything is applied"]
        given = options.image is not None
        found = [Change("reuse" if given else "create", f"image {self.deployment}", holds if given else built)]
        if options.builds_sidecar:
            told = [f"the kit's gateway, built on {options.gateway_base or 'the same'}"]
            found.append(Change("create", f"image {self.sidecar}", told))
        return found

    @property
    def _base(self) -> str:
        """What stands for the validated image before it is there."""
        receipt = self._desired.receipt
        return (receipt.image_id if receipt is not None else None) or self._desired.digests.environment

    @property
    def _must_compare(self) -> bool:
        image = self._options.image
        return image is not None and (self._desired.receipt is not None or not is_pinned(image))

    def _deployment_image(self, client: DockerClient, progress: Progress) -> str:
        registry = self._options.registry
        if self._options.image is not None:
            return self._given_image(client, progress)
        assert registry is not None  # noqa: S101  the options have one or the other
        validated = self._validated_image(client, progress)
        made = content_image(client, validated, self.contents, self.container, progress)
        return push(client, made, registry, BUILT + content_tag(self._base, self.contents), progress)

    def _given_image(self, client: DockerClient, progress: Progress) -> str:
        receipt = self._desired.receipt
        validated = receipt.image_id if receipt is not None else None
        return proved_image(client, self._options.image or "", validated, self.contents, progress)

    def _sidecar_image(self, client: DockerClient, progress: Progress) -> str:
        given, registry = self._options.gateway_base, self._options.registry
        assert registry is not None  # noqa: S101  the sidecar is built for one
        made = gateway_image(client, given or self._validated_image(client, progress), progress)
        return push(client, made, registry, BUILT_GATEWAY + gateway_tag(given or self._base), progress)

    def _validated_image(self, client: DockerClient, progress: Progress) -> str:
        """The receipt's image; without one, or where it is gone, the image is made, and must be the same."""
        from docker.errors import ImageNotFound

        receipt = self._desired.receipt
        validated = receipt.image_id if receipt is not None else None
        if validated is not None:
            try:
                return str(client.images.get(validated).id)
            except ImageNotFound:
                progress(f"the validated image {validated[:19]} is not on this machine any more: making it again")
        made = DockerRuntime().prepare(replace(self._desired.plan, dev=False), progress).details["image"]
        if validated is not None and made != validated:
            raise TargetError(
                f"The validated image {validated} is not on this machine any more, and making it again gave {made}. "
                "Validate that one: devkit validate --run --runtime docker."
            )
        return made


@contextmanager
def _engine() -> Iterator[DockerClient]:
    """The local engine, whose refusals are the target's."""
    try:
        with closing(connect()) as client:
            yield client
    except CannotRunError as error:
        raise TargetError(str(error), code=error.code, log=error.log) from error
    except OSError as error:
        raise TargetError(f"The image could not be put together: {error}") from error
