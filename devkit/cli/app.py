"""The commands of ``devkit`` and their flags. Only typer is imported here; the rest waits until a command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from devkit import __version__
from devkit.cli import environment, model, online_deployment, online_endpoint, promotion
from devkit.cli.az_arguments import in_single_values
from devkit.cli.flags import NoWait  # noqa: TC001  typer reads it at run time
from devkit.cli.verbs import verb

__all__ = ["app", "run"]

app = typer.Typer(
    name="devkit",
    help="Serve, debug and check Azure ML online deployments on this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
schema_app = typer.Typer(help="JSON Schemas of the YAML documents, for any editor.", no_args_is_help=True)
app.add_typer(schema_app, name="schema")
devcontainer_app = typer.Typer(invoke_without_command=True)
app.add_typer(devcontainer_app, name="devcontainer")
app.add_typer(online_endpoint.app, name="online-endpoint")
app.add_typer(online_deployment.app, name="online-deployment")
app.add_typer(model.app, name="model")
app.add_typer(environment.app, name="environment")


def run(arguments: list[str]) -> int:
    """Parse `arguments`, run the command, and return its exit code."""
    result = app(args=in_single_values(arguments), prog_name="devkit", standalone_mode=True)
    return int(result or 0)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"devkit {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Serve, debug and check Azure ML online deployments on this machine."""


@app.command()
def validate(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders; the current folder if none.")] = None,
    kind: Annotated[str | None, typer.Option(help="Take the documents for this kind, whatever they look like.")] = None,
    name: Annotated[str | None, typer.Option("-n", "--name", help="A name that the file leaves out.")] = None,
    endpoint_name: Annotated[
        str | None, typer.Option("-e", "--endpoint-name", help="An endpoint name that the file leaves out.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY.KEY=VALUE", help="Change a value, as az does.")
    ] = None,
    output: Annotated[str, typer.Option("--format", help="terminal, json, sarif or github.")] = "terminal",
    fail_on: Annotated[
        str, typer.Option(help="Lowest severity for exit code 1: error, warning, hint, never.")
    ] = "error",
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended safely, then check again.")] = False,
    init_seconds: Annotated[
        float | None, typer.Option(help="What init() takes, to compare with the probes; the server says it at start.")
    ] = None,
    select: Annotated[list[str] | None, typer.Option(help="Only these rules (repeatable).")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Not these rules (repeatable).")] = None,
    run: Annotated[
        bool, typer.Option("--run", help="Then serve it, ask it the golden requests, and write a receipt.")
    ] = False,
    runtime: Annotated[str, typer.Option(help="With --run: process, or docker for the production image.")] = "process",
    golden: Annotated[
        Path | None, typer.Option(help="With --run: the golden requests; golden/ beside the file if none.")
    ] = None,
    no_network: Annotated[
        bool, typer.Option("--no-network", help="With --run --runtime docker: it reaches no other machine.")
    ] = False,
    live_updates: Annotated[
        int, typer.Option("--live-updates", help="With --run: then so many live updates; does memory grow?")
    ] = 0,
) -> None:
    """Find what azure-ai-ml, the service or the container would refuse, offline and without a login.

    Exit code 0: nothing at or above --fail-on. 1: findings. 2: wrong usage.
    """
    from devkit.cli import validate as command

    options = command.Options(
        paths=tuple(paths or ()),
        kind=kind,
        name=name,
        endpoint_name=endpoint_name,
        settings=tuple(settings or ()),
        output=output,
        fail_on=fail_on,
        fix=fix,
        init_seconds=init_seconds,
        select=frozenset(code.upper() for code in select or ()),
        ignore=frozenset(code.upper() for code in ignore or ()),
    )
    code = command.validate(options)
    if run and code == 0:
        from devkit.cli import validate_run

        code = validate_run.run(options, runtime, golden, no_network=no_network, live_updates=live_updates)
    raise typer.Exit(code)


@app.command()
def rule(code: Annotated[str, typer.Argument(help="A rule's code or name; 'all' lists every rule.")]) -> None:
    """Explain a rule: what it finds, why it matters, what to do."""
    from devkit.cli import rule as command

    raise typer.Exit(command.explain(code))


@schema_app.command("export")
def schema_export(
    folder: Annotated[Path, typer.Argument(help="Where to write them; made when missing.")] = Path("schemas"),
    kind: Annotated[str | None, typer.Option(help="Only this kind, printed to the terminal.")] = None,
) -> None:
    """Write one JSON Schema per document kind."""
    from devkit.cli import schema as command

    raise typer.Exit(command.export(folder, kind))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The new deployment's folder; made when missing.")] = Path(),
    endpoint: Annotated[str | None, typer.Option("-e", "--endpoint-name", help="Name of the endpoint.")] = None,
    deployment: Annotated[str, typer.Option("-n", "--name", help="Name of the deployment.")] = "blue",
    instance_type: Annotated[str, typer.Option(help="Size of the machine it will run on.")] = "Standard_DS3_v2",
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Take the defaults, ask nothing.")] = False,
) -> None:
    """Write a new deployment that validates and serves at once. Nothing is overwritten."""
    from devkit.cli import init as command

    raise typer.Exit(command.init(folder, endpoint, deployment, instance_type, ask=not yes))


@app.command()
def doctor(
    output: Annotated[str, typer.Option("--format", help="terminal or json.")] = "terminal",
) -> None:
    """Say what this machine has: Python, Docker, GPU, VS Code, az login. Each finding with its remedy."""
    from devkit.cli import doctor as command

    raise typer.Exit(command.doctor(output))


@app.command()
def vscode(
    folder: Annotated[Path, typer.Argument(help="The folder that you open in VS Code.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace entries of the same name that differ.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
) -> None:
    """Write launch.json and tasks.json for the Python extension's debugger. What you wrote in them stays.

    The kit's own extension needs none of this.
    """
    from devkit.cli import vscode as command

    raise typer.Exit(command.write(folder.absolute(), force=force, dry_run=dry_run))


_DeploymentFiles = Annotated[
    list[Path] | None, typer.Option("-f", "--file", help="A deployment's YAML; every one below the workspace if none.")
]
_DeploymentFile = Annotated[Path | None, typer.Option("-f", "--file", help="The deployment's YAML, if there are more.")]
_WorkspaceFolder = Annotated[
    Path | None, typer.Option("--workspace-folder", help="The folder that you open in the editor.")
]
_DockerPath = Annotated[
    str | None,
    typer.Option("--docker-path", help="The docker command; the one on the PATH that builds best if not told."),
]


@devcontainer_app.callback()
def devcontainer(
    context: typer.Context,
    files: _DeploymentFiles = None,
    workspace: _WorkspaceFolder = None,
    feature: Annotated[
        list[str] | None, typer.Option("--feature", help="Add a Dev Container Feature (repeatable).")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say what differs, with exit code 1 if anything does.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Take the deployment's value where yours differs.")] = False,
    open_editor: Annotated[bool, typer.Option("--open", help="Open the folder in its container with VS Code.")] = False,
) -> None:
    """Write .devcontainer: the deployment's own image, environment, user, folders and ports, for an editor to live in.

    What you add to the files stays when they are written again.
    """
    if context.invoked_subcommand is not None:
        return
    from devkit.cli import devcontainer as command

    options = command.Options(tuple(files or ()), workspace, tuple(feature or ()), check, force)
    raise typer.Exit(command.open_editor(options) if open_editor else command.generate(options))


@devcontainer_app.command("up")
def devcontainer_up(
    file: _DeploymentFile = None, workspace: _WorkspaceFolder = None, docker_path: _DockerPath = None
) -> None:
    """Write the dev container of a deployment and start it with the dev container CLI."""
    from devkit.cli import devcontainer as command

    raise typer.Exit(command.up(command.Options((file,) if file else (), workspace), docker_path))


@devcontainer_app.command("parity")
def devcontainer_parity(
    file: _DeploymentFile = None, workspace: _WorkspaceFolder = None, docker_path: _DockerPath = None
) -> None:
    """Say where the running container differs from the deployment, and this machine from the container."""
    from devkit.cli import devcontainer as command

    raise typer.Exit(command.parity(command.Options((file,) if file else (), workspace), docker_path))


@app.command(add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def serve(context: typer.Context) -> None:
    """Serve a score.py, or the script and model of a deployment YAML: infsrv with all its flags."""
    from devkit.cli import serve as command

    raise typer.Exit(command.serve(context.args))


@app.command()
def replay(
    against: Annotated[str, typer.Option("--against", help="An endpoint, ENDPOINT/DEPLOYMENT, or a server's URL.")],
    paths: Annotated[list[Path] | None, typer.Argument(help="Golden files or folders; golden/ if none.")] = None,
    noise: Annotated[bool, typer.Option("--noise", help="Ask twice; what changes by itself does not count.")] = False,
    report: Annotated[str, typer.Option("--format", help="terminal, json or junit.")] = "terminal",
    out: Annotated[Path | None, typer.Option("--out", help="Write the report to this file.")] = None,
) -> None:
    """Send golden requests and compare the answers with the recorded ones.

    The key of a server outside the workspace is read from DEVKIT_ENDPOINT_KEY. Exit code 0: every answer was right.
    1: one was not.
    """
    from devkit.cli import replay as command

    raise typer.Exit(command.run(paths or [], against, report, out, noise=noise))


promotion.register(app)


@verb(app)
def up(no_wait: NoWait = False) -> object:
    """Start the workspace's control plane with every endpoint that it has, and wait until all deployments are ready.

    Exit code 1: one does not serve, and is named. Other commands start the control plane by themselves.
    """
    from devkit.cli import workspace

    return workspace.up(no_wait=no_wait)


@verb(app)
def down() -> None:
    """Stop everything that runs for this workspace. Endpoints and deployments are kept; up serves them again."""
    from devkit.cli import workspace

    workspace.down()


@verb(app)
def status() -> object:
    """Say what runs for this workspace. Starts nothing."""
    from devkit.cli import workspace

    return workspace.status()


@app.command()
def lsp(
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Speak over stdin and stdout: the only way, and the default.")
    ] = True,
) -> None:
    """Serve an editor: completion, diagnostics, quick fixes and more in YAML and score.py. Editors start it."""
    from devkit.cli import lsp as command

    del stdio  # a flag that editors pass to every server
    raise typer.Exit(command.start())
