"""``devkit devcontainer``: a dev container that is the deployment's production container."""

from __future__ import annotations

import difflib
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from devkit.checks.project import open_project
from devkit.checks.render import terminal
from devkit.checks.runner import check as check_documents
from devkit.cli.errors import EXIT_FINDINGS, CommandError, UsageError
from devkit.devcontainer.folder import read_folder, write_folder
from devkit.devcontainer.generator import CONFIGURATION
from devkit.devcontainer.kit import provide_kit, provide_secrets
from devkit.devcontainer.merging import Change, Fate
from devkit.devcontainer.opening import folder_uri
from devkit.devcontainer.planning import CannotPlanError
from devkit.devcontainer.request import Configured, configure, deployments_below, workspace_of
from devkit.devcontainer.update import RECORD, Update, update
from devkit.editor.jsonc import JsoncError
from devkit.runtime.protocol import CannotRunError
from devkit.spec.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devkit.devcontainer.program import DevContainerProgram

__all__ = ["Options", "generate", "open_editor", "parity", "up"]


class Options(NamedTuple):
    """The flags of the command."""

    files: tuple[Path, ...] = ()
    workspace: Path | None = None
    features: tuple[str, ...] = ()
    check: bool = False
    force: bool = False


def generate(options: Options) -> int:
    """Write the dev containers of the deployments; with ``--check`` say what differs, and return 1 if anything does.

    Raises:
        UsageError: a deployment cannot be planned, or a file of a person cannot be read; then nothing is written.
        CommandError: something cannot be written.
    """
    updates = _updates(options)
    for each, found in updates:
        _show(each, found, check=options.check)
    if options.check:
        return 0 if all(found.is_current for _, found in updates) else EXIT_FINDINGS
    for each, found in updates:
        _write(each, found)
    return 0


def up(options: Options, docker: str | None) -> int:
    """Write the dev container of one deployment, start it, and say how it is reached.

    Raises:
        UsageError, CommandError: as for `generate`; the CLI or Docker is missing, or the container does not start.
    """
    from devkit.devcontainer.program import CannotStartError

    each = _the_only(options)
    generate(options)
    try:
        running = _program(each, docker).up(_say)
    except CannotStartError as error:
        raise CommandError(str(error)) from None
    _say(f"{each.wanted.configuration['name']} is up: container {running.container[:12]}, user {running.user}")
    _say(f"serve in it with: {_serve_command(each)}")
    for inside, outside in _published(each):
        _say(f"port {inside} is http://{outside} here")
    return 0


def parity(options: Options, docker: str | None) -> int:
    """Say where the running dev container differs from the deployment, and this machine from it.

    Returns:
        1 where production would behave otherwise, else 0.

    Raises:
        UsageError, CommandError: as for `generate`; or the container is not up.
    """
    from devkit.devcontainer.parity.report import report
    from devkit.devcontainer.program import CannotStartError

    each = _the_only(options)
    try:
        differences, text = report(each, _program(each, docker))
    except CannotStartError as error:
        raise CommandError(f"{error}\nStart the container with: devkit devcontainer up -f {each.path.name}") from None
    _say(text)
    return EXIT_FINDINGS if any(one.severity == "error" for one in differences) else 0


def open_editor(options: Options) -> int:
    """Write the dev container, and open the folder in it with VS Code.

    Raises:
        CommandError: VS Code's command is not here.
    """
    each = _the_only(options)
    generate(options)
    code = shutil.which("code")
    if code is None:
        raise CommandError(
            f"VS Code's command `code` is not on the PATH. Open {each.workspace} in VS Code and choose 'Reopen in "
            "Container'."
        )
    uri = folder_uri(each.workspace, each.configuration, f"/workspaces/{each.workspace.name}")
    return subprocess.run([code, "--folder-uri", uri], check=False).returncode  # noqa: S603  VS Code, of the user's PATH


def _the_only(options: Options) -> Configured:
    workspace, files = _asked(options)
    chosen = files or deployments_below(workspace)
    if len(chosen) > 1:
        names = ", ".join(str(path.relative_to(workspace)) for path in chosen)
        raise UsageError(f"There are several deployments ({names}). Choose one with -f.")
    return _configured(chosen, workspace, options)[0]


def _asked(options: Options) -> tuple[Path, list[Path]]:
    missing = next((path for path in options.files if not path.is_file()), None)
    if missing is not None:
        raise UsageError(f"{missing} does not exist. Give the YAML file of a deployment.")
    if options.workspace is not None and not options.workspace.is_dir():
        raise UsageError(f"{options.workspace} is no folder. Give the one that you open in the editor.")
    return workspace_of(options.files, options.workspace), [path.resolve() for path in options.files]


def _configured(files: Sequence[Path], workspace: Path, options: Options) -> list[Configured]:
    _refuse_broken(files or deployments_below(workspace))
    try:
        return configure(files, workspace, options.features)
    except CannotPlanError as error:
        raise UsageError(f"{error}\nNothing was written.") from None


def _refuse_broken(files: Sequence[Path]) -> None:
    """A deployment that Azure would refuse gets no container: its mistakes are told instead."""
    project, checked = open_project(files)
    errors = [each for each in check_documents(project, checked) if each.severity is Severity.ERROR]
    if errors:
        sources = {path: (project.files.read(path) or "").splitlines() for path in {each.path for each in errors}}
        found = terminal.plain(terminal.render(errors, Path.cwd(), sources))
        raise UsageError(f"the deployment has mistakes, and nothing was written.\n{found}")


def _updates(options: Options) -> list[tuple[Configured, Update]]:
    workspace, files = _asked(options)
    return [(each, _update(each, force=options.force)) for each in _configured(files, workspace, options)]


def _update(each: Configured, *, force: bool) -> Update:
    try:
        found = read_folder(each.folder, [CONFIGURATION, RECORD, *each.wanted.files])
        return update(found, each.wanted, force=force)
    except JsoncError as error:
        raise UsageError(f"{each.configuration}:{error}. Mend it first; nothing was changed.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"cannot read {each.folder}: {error}. Nothing was changed.") from error


def _write(each: Configured, found: Update) -> None:
    try:
        provide_kit(each.workspace)
        provide_secrets(each.workspace, each.build.secrets if each.container.build is not None else {})
        if found.written:
            write_folder(each.folder, found.written)
    except OSError as error:
        raise CommandError(
            f"cannot write {error.filename or each.folder}: {error.strerror}. Nothing of the dev container was changed."
        ) from error


def _show(each: Configured, found: Update, *, check: bool) -> None:
    for name, text in found.written.items():
        if name != RECORD:
            for line in _diff(each.folder / name, found.before[name] or "", text):
                _say(line)
    for change in found.changes:
        if change.fate is Fate.KEPT:
            _say(_kept(change))
    for note in each.wanted.notes:
        _say(f"note: {note}")
    if found.is_current:
        _say(f"{each.configuration}: as the deployment asks for")
    elif check:
        changed = ", ".join(dict.fromkeys(change.key for change in found.changes))
        _say(f"{each.configuration}: differs from {each.path.name} in {changed}. Run: devkit devcontainer")


def _diff(path: Path, before: str, after: str) -> Iterator[str]:
    return difflib.unified_diff(before.splitlines(), after.splitlines(), str(path), str(path), lineterm="")


def _kept(change: Change) -> str:
    wanted = "nothing" if change.wanted is None else repr(change.wanted)
    return f"{change.key} is yours and was left as it is; the deployment asks for {wanted} (--force takes that)"


def _program(each: Configured, docker: str | None) -> DevContainerProgram:
    """The dev container CLI, with the docker command as told or the one that builds best."""
    from devkit.devcontainer.program import CannotStartError, DevContainerProgram, find_program
    from devkit.runtime.image_build import find_build_command

    try:
        program, command = find_program(), find_build_command()
    except (CannotStartError, CannotRunError) as error:
        raise CommandError(str(error)) from None
    found = docker or command.path
    return DevContainerProgram(program, each.workspace, each.configuration, found, buildkit=command.buildkit)


def _serve_command(each: Configured) -> str:
    where = f"--workspace-folder {each.workspace} --config {each.configuration}"
    return f"devcontainer exec {where} {each.wanted.serve_command}"


def _published(each: Configured) -> Iterator[tuple[str, str]]:
    for published in each.wanted.configuration.get("appPort", []):
        outside, _, inside = str(published).rpartition(":")
        yield inside, outside


def _say(line: str) -> None:
    print(line, flush=True)
