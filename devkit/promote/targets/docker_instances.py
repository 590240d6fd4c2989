"""The containers of a deployment on a Docker host, and the volumes that a promotion has made there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from devkit.promote.gateway_image import python_of
from devkit.promote.targets.base import TargetError
from devkit.promote.targets.docker_layout import LABEL, health_check, instance_options, mark_of, planned
from devkit.promote.targets.docker_remote import archive_of_files, remove, remove_unused
from devkit.runtime.secrets import resolve_secrets

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient

    from devkit.promote.targets.base import Desired
    from devkit.promote.targets.docker_layout import Names
    from devkit.runtime.protocol import Progress

__all__ = ["HostInstances"]

_LOG_LINES: Final = 200


class HostInstances:
    """Found by their labels at each question.

    Args:
        client: the host's engine.
        desired: what is promoted.
        names: what it is called.
        state_folder: of the workspace, for the values of secret references.
    """

    def __init__(self, client: DockerClient, desired: Desired, names: Names, state_folder: Path) -> None:
        self._client = client
        self._desired = desired
        self._names = names
        self._state_folder = state_folder

    def ids(self) -> list[str]:
        """Of the endpoint's gateway and of every instance, sorted; what carries files for a moment is left out."""
        found = self._labelled(LABEL.endpoint, self._names.endpoint)
        return sorted(str(each.id) for each in found if each.labels.get(LABEL.role) != "carrier")

    def refuse_taken_name(self) -> None:
        """A deployment is never changed in its place: what serves stays as it is until the new one has proved itself.

        Raises:
            TargetError: another promotion's deployment has the name.
        """
        names = self._names
        others = sorted(
            str(each.name)
            for each in self._labelled(LABEL.endpoint, names.endpoint)
            if each.labels.get(LABEL.deployment) == names.deployment
            and each.labels.get(LABEL.promotion) != names.promotion
        )
        if others:
            raise TargetError(
                f"The deployment {names.deployment} is on the host already ({', '.join(others)}). Promote under "
                f"another name (--name), or, when it has no traffic, remove it there: docker rm -f {' '.join(others)}",
                code="Conflict",
            )

    def ensure(self, image_id: str) -> None:
        """Create and start what is not there; what cannot be started is not left behind, and what runs left alone."""
        image, cpus = self._client.images.get(image_id), int(self._client.info()["NCPU"])
        health = (
            {"healthcheck": health_check(self._desired)}
            if python_of(self._client, image_id, self._names.labels("carrier"))
            else {}
        )
        for number in range(self._desired.plan.instance_count):
            name = self._names.instance(number)
            if not self._runs(name):
                options = instance_options(self._desired, self._names, number, image.attrs, cpus)
                environment = resolve_secrets(planned(self._desired, name).environment, self._state_folder)
                self._start(image_id, {**options, **health, "environment": environment})

    def refuse_ended(self) -> None:
        """See that the engine has given none of them up.

        Raises:
            TargetError: it has, after its restarts; with the log.
        """
        for number in range(self._desired.plan.instance_count):
            container = self._client.containers.get(self._names.instance(number))
            if container.status in {"exited", "dead"}:
                state = container.attrs["State"]
                raise TargetError(
                    f"The instance {container.name} ended with exit code {state['ExitCode']}"
                    f"{', out of memory' if state.get('OOMKilled') else ''}, after "
                    f"{container.attrs['RestartCount']} restarts.",
                    code="ContainerCrashed",
                    log=self.logs(),
                )

    def logs(self) -> str:
        """The last lines of each."""
        found = [each for each in self._made() if each.labels.get(LABEL.role) == "instance"]
        return "".join(each.logs(tail=_LOG_LINES).decode(errors="replace") for each in found)

    def remove(self, progress: Progress) -> None:
        """Remove what this promotion has made, the gateway aside: containers, and volumes that nobody else uses."""
        for container in self._made():
            if container.labels.get(LABEL.role) != "gateway":
                progress(f"Removing the container {container.name}.")
                remove(container)
        labels = [f"{LABEL.promotion}={self._names.promotion}", f"{LABEL.role}=content"]
        found = {str(each.name): each for each in self._client.volumes.list(filters={"label": labels})}
        for name, volume in found.items():
            mark = found.get(mark_of(name))
            if mark is not None and remove_unused(volume):  # an empty mark without its volume means nothing
                remove_unused(mark)

    def _runs(self, name: str) -> bool:
        """Whether it runs; what does not is removed."""
        from docker.errors import NotFound

        try:
            container = self._client.containers.get(name)
        except NotFound:
            return False
        if container.status in {"running", "restarting"}:
            return True
        remove(container)
        return False

    def _start(self, image_id: str, options: dict[str, Any]) -> None:
        created = self._client.containers.create(image_id, **options)
        try:
            placed = {each.target.lstrip("/"): each.text for each in planned(self._desired, options["name"]).files}
            if placed:
                created.put_archive("/", archive_of_files(placed, ""))
            created.start()
        except BaseException:
            remove(created)
            raise

    def _made(self) -> list[Any]:
        return self._labelled(LABEL.promotion, self._names.promotion)

    def _labelled(self, label: str, value: str) -> list[Any]:
        return self._client.containers.list(all=True, filters={"label": f"{label}={value}"}, ignore_removed=True)
