"""The fixture ``devkit_local_endpoint`` for the tests of a deployment.

pytest loads this module in every environment that has the kit, whether its tests use it or not. So it imports nothing
until a test asks for the fixture, and it stands in the package whose name nobody else has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devkit.local import LocalEndpoint

__all__ = ["devkit_local_endpoint"]


@pytest.fixture(scope="session")
def devkit_local_endpoint() -> Iterator[Callable[..., LocalEndpoint]]:
    """Serve deployments until the end of the session: ``devkit_local_endpoint("endpoint.yml", "blue.yml")``.

    It takes what `devkit.local_endpoint` takes and gives the running endpoint. The same call again gives the same one.
    """
    from contextlib import ExitStack

    try:
        from devkit.local import local_endpoint
    except ModuleNotFoundError as missing:
        raise pytest.UsageError(
            f"devkit_local_endpoint needs {missing.name}. Run: pip install 'endpoint-devkit[kit]'"
        ) from missing

    running: dict[str, LocalEndpoint] = {}
    with ExitStack() as stack:

        def serve(*files: object, **choices: object) -> LocalEndpoint:
            asked = repr((files, sorted(choices.items())))
            if asked not in running:
                running[asked] = stack.enter_context(local_endpoint(*files, **choices))  # type: ignore[arg-type]
            return running[asked]

        yield serve
