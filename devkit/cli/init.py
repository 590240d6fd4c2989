"""``devkit init``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer

from devkit.cli.errors import CommandError, UsageError
from devkit.scaffold.files import Answers, deployment_files

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["init"]

_NAME = re.compile(r"[a-zA-Z](?:-?[a-zA-Z0-9])*")
_SHORTEST, _LONGEST = 3, 32


def init(folder: Path, endpoint: str | None, deployment: str, instance_type: str, *, ask: bool) -> int:
    """Write a new deployment into `folder` and say what to type next.

    Raises:
        UsageError: a name is one that Azure refuses.
        CommandError: a file is in the way, or cannot be written; nothing is written then.
    """
    answers = _answers(folder, endpoint, deployment, instance_type, ask=ask)
    files = {folder / path: text for path, text in deployment_files(answers).items()}
    taken = [path for path in files if path.exists()]
    if taken:
        listed = ", ".join(str(path) for path in taken)
        raise CommandError(f"nothing was written, for these files exist: {listed}. Choose another folder.")
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise CommandError(
            f"cannot write {error.filename}: {error.strerror}. Choose a folder you may write to."
        ) from error
    _say_what_next(folder, files)
    return 0


def _answers(folder: Path, endpoint: str | None, deployment: str, instance_type: str, *, ask: bool) -> Answers:
    proposal = _name_from(folder)
    if ask and endpoint is None:
        endpoint = typer.prompt("Endpoint name", default=proposal)
        deployment = typer.prompt("Deployment name", default=deployment)
        instance_type = typer.prompt("Instance type", default=instance_type)
    answers = Answers(endpoint or proposal, deployment, instance_type)
    for what, name in (("endpoint", answers.endpoint), ("deployment", answers.deployment)):
        if not (_NAME.fullmatch(name) and _SHORTEST <= len(name) <= _LONGEST):
            raise UsageError(
                f"{name!r} cannot be the name of the {what}: Azure takes {_SHORTEST} to {_LONGEST} letters, digits and "
                "single dashes, a letter first."
            )
    return answers


def _name_from(folder: Path) -> str:
    """A name that Azure accepts, made from the folder's."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    name = name if name[:1].isalpha() else f"e-{name}"
    return name[: _LONGEST - len("-endpoint")].strip("-") + "-endpoint"


def _say_what_next(folder: Path, files: dict[Path, str]) -> None:
    for path in files:
        typer.echo(f"wrote {path}")
    where = "" if folder.resolve() == folder.cwd() else f" {folder}"
    deployment = folder / "deployment.yml"
    typer.echo(
        f"\nNext:\n  devkit validate{where}\n  devkit serve {deployment} --dev\n"
        f"  curl http://127.0.0.1:5001/score -d @{folder / 'sample-request.json'}"
    )
