"""From the folder that a command is typed in to a client of its control plane, and what goes wrong on the way."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.cli.errors import EXIT_FINDINGS, CommandError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.cli.progress import Progress
    from devkit.control_plane.client import Client
    from devkit.control_plane.errors import ServiceError
    from devkit.control_plane.polling import LongRunning, OperationStatus
    from devkit.endpoints.errors import FindingsError
    from devkit.spec.overrides import Override

__all__ = ["connected", "finish", "generic_updates", "overrides", "reported"]


@contextmanager
def connected() -> Iterator[Client]:
    """A client of the control plane of the workspace around the current folder; it is started when none runs."""
    from devkit.control_plane import daemon
    from devkit.workspace import find_workspace

    with reported():
        client = daemon.client(find_workspace(Path.cwd()))
        try:
            yield client
        finally:
            client.close()


@contextmanager
def reported() -> Iterator[None]:
    """Turn what the control plane and the documents refuse into the end of a command."""
    from devkit.control_plane.errors import ServiceError
    from devkit.endpoints.errors import DocumentError, FindingsError

    try:
        yield
    except ServiceError as error:
        raise _failed(error) from error
    except FindingsError as error:
        _show(error)
        raise _ended("nothing was sent: mend what is listed above first.", EXIT_FINDINGS) from error
    except DocumentError as error:
        raise UsageError(str(error)) from error


def _failed(error: ServiceError) -> CommandError:
    from devkit.endpoints.tracebacks import last_traceback

    shown = last_traceback(error.log) or error.log.rstrip()
    return _ended("\n".join(filter(None, [f"({error.code}) {error}", shown])), error.exit_code)


def _ended(message: str, exit_code: int) -> CommandError:
    error = CommandError(message)
    error.exit_code = exit_code
    return error


def _show(error: FindingsError) -> None:
    import sys

    from devkit.checks.render import terminal

    sources = {finding.path: finding.path.read_text(encoding="utf-8").splitlines() for finding in error.findings}
    print(terminal.plain(terminal.render(error.findings, Path.cwd(), sources)), file=sys.stderr)


def overrides(
    settings: list[str] | None, name: str | None = None, endpoint_name: str | None = None, **values: Any
) -> list[Override]:
    """What ``-n``, ``-e``, ``--set`` and other flags set on top of a file; a flag not given sets nothing.

    Raises:
        UsageError: a ``--set`` has no ``=``.
    """
    from devkit.spec.overrides import Override, named, parse_override

    given = [Override(key, value) for key, value in values.items() if value is not None]
    try:
        return [*named(name, endpoint_name), *given, *map(parse_override, settings or ())]
    except ValueError as error:
        raise UsageError(str(error)) from None


def generic_updates(
    settings: list[str] | None, additions: list[str] | None, removals: list[str] | None, *, force_string: bool
) -> list[Override]:
    """What az's generic update flags change: what is set first, then what is added, then what is removed.

    Raises:
        UsageError: one of them cannot be read.
    """
    from devkit.cli.az_arguments import words_of
    from devkit.spec.overrides import parse_addition, parse_override, parse_removal

    try:
        return [
            *(parse_override(each, force_string=force_string) for each in settings or ()),
            *(parse_addition(words_of(each), force_string=force_string) for each in additions or ()),
            *(parse_removal(words_of(each)) for each in removals or ()),
        ]
    except ValueError as error:
        raise UsageError(str(error)) from None


def finish(operation: LongRunning, title: str, *, no_wait: bool = False) -> dict[str, Any]:
    """Wait for the operation, telling what goes on; with `no_wait` give the resource as it is now."""
    from devkit.cli.progress import note, telling

    if no_wait:
        return operation.resource
    try:
        with telling(title) as progress:
            return operation.wait(_lines(progress))
    except KeyboardInterrupt:
        note(f"{title}: that goes on without you; devkit online-deployment watch shows how far it is.")
        raise


def _lines(progress: Progress) -> Any:
    told = 0

    def show(status: OperationStatus) -> None:
        nonlocal told
        for line in status.progress[told:]:
            progress(line)
        told = max(told, len(status.progress))

    return show
