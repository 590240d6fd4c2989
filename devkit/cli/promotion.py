"""The flags of the commands that validate for real, promote and go back. Only typer is imported here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from devkit.cli.errors import UsageError
from devkit.cli.flags import Settings, Yes  # noqa: TC001  typer reads them

__all__ = ["register"]

_Promotion = Annotated[str | None, typer.Argument(metavar="[PROMOTION]", help="Its id; the newest if not given.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(record)
    app.command()(promote)
    app.command()(rollback)


def record(  # noqa: PLR0913  one parameter a flag
    source: Annotated[
        str | None,
        typer.Argument(help="ENDPOINT[/DEPLOYMENT] of this workspace, or a folder of a data collector's JSONL."),
    ] = None,
    *,
    url: Annotated[str | None, typer.Option("--url", help="Record at a proxy before this server instead.")] = None,
    port: Annotated[int, typer.Option("--port", help="Where the proxy listens; a free port if 0.")] = 0,
    out: Annotated[Path, typer.Option("--out", help="Where golden requests are written.")] = Path("golden"),
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 100,
    redact: Annotated[
        list[str] | None, typer.Option("--redact", metavar="NAME", help="Also redact values of this name (repeatable).")
    ] = None,
) -> None:
    """Write golden requests from requests that took place. Headers are left out, secrets are redacted.

    What exists is not overwritten.
    """
    from devkit.cli import record as command

    recorder = command.Recorder(out, redact or (), limit)
    if (source is None) == (url is None):
        raise UsageError("Give what a data collector wrote, or a server with --url.")
    if url is not None:
        command.from_proxy(url, port, recorder)
    else:
        command.from_logs(str(source), recorder)


def promote(  # noqa: PLR0913  one parameter a flag
    promotion: _Promotion = None,
    *,
    file: Annotated[
        Path | None,
        typer.Option("-f", "--file", help="The deployment's YAML file; the only one in this folder if none."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", help="azureml:SUB/RG/WORKSPACE, kubernetes:[CONTEXT[/NAMESPACE]] or docker:HOST."),
    ] = None,
    name: Annotated[str | None, typer.Option("-n", "--name", help="The deployment's name at the target.")] = None,
    endpoint_name: Annotated[str | None, typer.Option("-e", "--endpoint-name", help="The endpoint's name.")] = None,
    settings: Settings = None,
    target_option: Annotated[
        list[str] | None, typer.Option("--target-option", metavar="NAME=VALUE", help="The target's own (repeatable).")
    ] = None,
    golden: Annotated[
        Path | None, typer.Option("--golden", help="Golden requests; golden/ beside the file if none.")
    ] = None,
    steps: Annotated[str, typer.Option("--steps", help="Percent of the traffic, one after the other.")] = "10,50,100",
    hold: Annotated[str, typer.Option("--hold", help="How long each step is watched, such as 30s or 5m.")] = "30s",
    mirror: Annotated[int, typer.Option("--mirror", min=0, max=50, help="Mirror this percent first.")] = 0,
    max_error_rate: Annotated[
        float, typer.Option("--max-error-rate", min=0, max=100, help="Percent of failed requests that is let pass.")
    ] = 1.0,
    allow_unvalidated: Annotated[
        str | None, typer.Option("--allow-unvalidated", metavar="REASON", help="Without a receipt; it is written down.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only tell what would change, offline.")] = False,
    render: Annotated[
        Path | None, typer.Option("--render", metavar="FOLDER", help="Only write the manifests, for kubernetes:.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a promotion that was interrupted.")] = False,
    yes: Yes = False,
) -> None:
    """Bring a validated deployment to a backend: at 0 % traffic first, then step by step, and back when it fails.

    Exit code 0: it serves. 1: it was refused, or failed and was taken back.
    """
    from devkit.cli import promote as command
    from devkit.cli.deployment_file import the_only_deployment

    if resume:
        return command.go_on(promotion, yes=yes)
    if promotion is not None:
        raise UsageError(f"{promotion!r} is an id: give --resume with it, or the deployment's file with -f.")
    if to is None:
        raise UsageError(
            "Give the target with --to: azureml:SUB/RG/WORKSPACE, kubernetes:[CONTEXT[/NAMESPACE]] or docker:"
        )
    flags = command.Flags(
        file=file or the_only_deployment("-f FILE"),
        to=to,
        name=name,
        endpoint_name=endpoint_name,
        settings=settings or (),
        options=[*(target_option or ()), *([] if render is None else [f"render={render.absolute()}"])],
        golden=golden,
        steps=steps,
        hold=hold,
        mirror=mirror,
        max_error_rate=max_error_rate,
        unvalidated=allow_unvalidated,
    )
    return command.go(flags, plan_only=plan or render is not None, yes=yes)


def rollback(promotion: _Promotion = None, yes: Yes = False) -> None:
    """Take a promotion back: the traffic as it was before, and what the promotion made is deleted, nothing else."""
    from devkit.cli import promote as command

    command.go_back(promotion, yes=yes)
