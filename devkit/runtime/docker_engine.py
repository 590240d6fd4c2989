"""The Docker engine that the docker command would use, and what it says when it refuses."""

from __future__ import annotations

import os
import re
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from docker import DockerClient

__all__ = ["connect", "engine_address", "explained", "image_of", "registry_digest", "require_listener"]

NOT_READY: Final = "ResourceNotReady"
_TIMEOUT_S: Final = 60
_NO_GPU: Final = ("could not select device driver", "Unknown runtime specified nvidia", "failed to discover GPU")
_NO_REGISTRY: Final = re.compile(
    r"dial tcp|no such host|lookup .* on |timeout|connection refused|TLS|x509", re.IGNORECASE
)


def engine_address(environ: Mapping[str, str] | None = None) -> tuple[str, Any]:
    """Where the docker command's engine listens, and its TLS configuration.

    As for the command, DOCKER_HOST wins over DOCKER_CONTEXT, and that over the context that `docker context use` chose.
    """
    from docker.context import ContextAPI
    from docker.utils import kwargs_from_env

    environ = os.environ if environ is None else environ
    if environ.get("DOCKER_HOST"):
        given = kwargs_from_env(environment=dict(environ))
        return str(given.get("base_url")), given.get("tls")
    context = ContextAPI.get_context(environ.get("DOCKER_CONTEXT") or None)
    if context is None:
        raise CannotRunError(
            f"There is no Docker context {environ.get('DOCKER_CONTEXT')!r}. See: docker context ls", code=NOT_READY
        )
    return str(context.Host), context.TLSConfig


def connect(environ: Mapping[str, str] | None = None) -> DockerClient:
    """A client of the engine, which has answered.

    Raises:
        CannotRunError: with code ResourceNotReady; it does not answer, or refuses to.
    """
    import docker
    from docker.errors import DockerException

    address, tls = engine_address(environ)
    require_listener(address)
    try:
        client = docker.DockerClient(base_url=address, tls=tls, timeout=_TIMEOUT_S)
        client.ping()
    except (DockerException, OSError) as error:
        raise _silent(address, error) from error
    return client


def require_listener(address: str) -> None:
    """See that somebody listens at a socket of this machine; the SDK would leave its own open when nobody does.

    Raises:
        CannotRunError: with code ResourceNotReady; nobody does.
    """
    try:
        _knock(address)
    except OSError as error:
        raise _silent(address, error) from error


def _knock(address: str) -> None:
    if address.startswith("unix://") and sys.platform != "win32":
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_TIMEOUT_S)
            connection.connect(address.removeprefix("unix://"))


@contextmanager
def explained(what: str, *, code: str = "InternalServerError") -> Iterator[None]:
    """Turn what the engine refuses into an error for a reader; `what` is what was to be done.

    Raises:
        CannotRunError: in the place of every error of the SDK.
    """
    import requests
    from docker.errors import APIError, DockerException

    try:
        yield
    except APIError as error:
        told = str(error.explanation or error)
        if any(each in told for each in _NO_GPU):
            raise CannotRunError(
                f"{what}: it asks for a GPU, and this Docker engine has none to give ({told}). Install the NVIDIA "
                "container toolkit, or choose an instance type without a GPU.",
                code="BadArgument",
            ) from error
        raise CannotRunError(f"{what}: the Docker engine refused: {told}", code=code) from error
    except (DockerException, requests.RequestException, OSError) as error:
        raise _silent(engine_address()[0], error) from error


def image_of(client: DockerClient, name: str, progress: Any) -> Any:
    """The image of that name: the local one, else it is pulled.

    Raises:
        CannotRunError: it is neither here nor to be had from its registry.
    """
    from docker.errors import APIError, ImageNotFound

    with explained(f"The image {name} could not be looked up"):
        try:
            return client.images.get(name)
        except ImageNotFound:
            progress(f"The image {name} is not on this machine: pulling it.")
        try:
            return client.images.pull(*_repository_and_tag(name))
        except APIError as error:
            told = str(error.explanation or error)
            raise CannotRunError(_missing(name, told), code="ImageBuildFailure") from error


def registry_digest(name: str) -> str | None:
    """An image that is here as `REPOSITORY@sha256:…`, by which its registry gives exactly this one again.

    Returns:
        None where the engine knows no such digest: it was built or loaded here, and not pushed.
    """
    from docker.errors import ImageNotFound

    if "@sha256:" in name:
        return name
    client = connect()
    try:
        with explained(f"The image {name} could not be looked up"):
            known = client.images.get(name).attrs.get("RepoDigests") or ()
    except CannotRunError as error:
        if isinstance(error.__cause__, ImageNotFound):
            return None
        raise
    finally:
        client.close()
    return _of_its_registry(name, known)


def _of_its_registry(name: str, known: Sequence[str]) -> str | None:
    """Of an image's digests the one of the repository that the name is of: an image may be pushed to several."""
    repository, _ = _repository_and_tag(name)
    return next((each for each in known if each.split("@")[0] == repository), None)


def _repository_and_tag(name: str) -> tuple[str, str | None]:
    from docker.utils import parse_repository_tag

    repository, tag = parse_repository_tag(name)
    return repository, tag or "latest"


def _missing(name: str, told: str) -> str:
    unreachable = _NO_REGISTRY.search(told) is not None
    why = "its registry cannot be reached" if unreachable else "its registry does not give it"
    what = (
        "Connect to the network once and pull it"
        if unreachable
        else "Check the name, and `docker login` if it is private"
    )
    return f"The image {name} is not on this machine, and {why} ({told}). {what}, or load it with: docker load"


def _silent(address: str, error: BaseException) -> CannotRunError:
    reason = error.__cause__ or error.__context__ or error
    return CannotRunError(
        f"Docker does not answer at {address} ({_innermost(reason)}). Start Docker (Docker Desktop, or: sudo systemctl "
        "start docker), choose another engine with `docker context use`, or run the deployment without Docker.",
        code=NOT_READY,
    )


def _innermost(error: BaseException) -> str:
    """Libraries wrap what the system said three times over."""
    while isinstance(inner := error.__cause__ or error.__context__, BaseException):
        error = inner
    return getattr(error, "strerror", None) or str(error)
