"""The scoring script, read with `ast`: whether the server can load it, and whether it will find what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.checks.catalogue import rule
from devkit.checks.distributions import SERVER_NAMES, installed_with, owners_of
from devkit.checks.places import model_path
from devkit.checks.scripts import MODEL_DIR_VARIABLE, Function, Place, Script, imported_packages, read_script
from devkit.spec.findings import Finding, Related, Severity
from devkit.spec.positions import Position, Range

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.checks.catalogue import Rule
    from devkit.checks.subject import Subject

_SCRIPT = ("code_configuration", "scoring_script")
_HEADERS = "request_headers"


@rule("DK401", "script-not-found", Severity.ERROR, "The scoring script is not in the code folder.")
def script_not_found(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """scoring_script is relative to code, not to the YAML file. Without it the container has nothing to run."""
    folder, path = subject.code_folder, subject.script_path
    if folder is None or path is None or not subject.files.is_dir(folder) or subject.files.is_file(path):
        return
    scripts = [name for name in subject.files.siblings(folder / "x") if name.endswith(".py")]
    there = f"In {folder.name} there is: {', '.join(scripts)}." if scripts else f"{folder.name} has no Python file."
    yield subject.finding(
        rule,
        f"{subject.text(*_SCRIPT)} is not in {subject.text('code_configuration', 'code') or folder.name}",
        _SCRIPT,
        remedy=f"The path starts at the code folder. {there}",
        refused_by='azure-ai-ml, before sending: "Failed to open scoring script"',
    )


@rule("DK402", "script-syntax", Severity.ERROR, "The scoring script does not parse.")
def script_syntax(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """azure-ai-ml parses the script before it sends it, and the server cannot import it.

    A script in another language needs --skip-script-validation.
    """
    path, script = _script(subject)
    if path is not None and script is not None and script.syntax_error is not None:
        message, place = script.syntax_error
        yield _in_script(rule, path, place, message, "Mend the syntax.", refused_by="azure-ai-ml, before sending")


@rule("DK403", "missing-function", Severity.ERROR, "The scoring script has no init() or no run().")
def missing_function(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The server calls init() once, and run() for every request. Without one of them it does not start.

    A script that imports everything from another module is not judged.
    """
    path, script = _script(subject)
    if path is None or script is None or script.syntax_error or script.star_import or "driver_module" in script.names:
        return
    for name in ("init", "run"):
        if name not in script.names:
            yield _in_script(
                rule,
                path,
                Place(1, 0, 1, 1),
                f"{path.name} defines no {name}()",
                f"Add: def {name}({'' if name == 'init' else 'raw_data'}): …",
                refused_by=f'the container: "User script does not have a {name}() function defined."',
                related=(Related("named here", subject.path, subject.range(subject.span(*_SCRIPT))),),
            )


@rule("DK404", "function-signature", Severity.ERROR, "init() or run() cannot be called as the server calls it.")
def function_signature(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """init() is called without arguments, run() with its input by keyword, and with request_headers if it asks for it.

    *args, **kwargs and positional-only parameters are refused when the server starts.
    """
    path, script = _script(subject)
    if path is None or script is None:
        return
    init, run = script.functions.get("init"), script.functions.get("run")
    if init is not None and init.required:
        message = f"init() needs {', '.join(init.required)}, and is called without arguments"
        yield _in_script(rule, path, init.place, message, "Take no parameters.", refused_by="the container")
    trouble = _run_trouble(run) if run is not None else None
    if run is not None and trouble is not None:
        yield _in_script(rule, path, run.place, trouble, "Write def run(raw_data): …", refused_by="the container")


@rule("DK405", "two-decorators", Severity.ERROR, "run() has both @rawhttp and @input_schema.")
def two_decorators(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """@rawhttp asks for the request itself, @input_schema for its parsed body; the server refuses both together."""
    path, script = _script(subject)
    run = script.functions.get("run") if script is not None else None
    if path is not None and run is not None and {"rawhttp", "input_schema"} <= set(run.decorators):
        message = "run() cannot be decorated with both @rawhttp and @input_schema"
        yield _in_script(rule, path, run.place, message, "Keep one of them.", refused_by="the container")


@rule("DK406", "model-path", Severity.WARNING, "The script joins a model path that will not be there.")
def wrong_model_path(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """A model that is a file lies directly below AZUREML_MODEL_DIR; one that is a folder keeps its own name there.

    With path: ./model the file is AZUREML_MODEL_DIR/model/…, and a registered folder is one level deeper than people
    expect. What runs on a laptop with another variable then fails in init().
    """
    path, script = _script(subject)
    model = model_path(subject)
    if path is None or script is None or model is None or not subject.files.exists(model):
        return
    for joined in script.model_paths:
        target = model.parent.joinpath(*joined.parts)
        if not joined.parts or (joined.parts[0] == model.name and subject.files.exists(target)):
            continue
        inside = subject.files.is_dir(model) and subject.files.exists(model.joinpath(*joined.parts))
        shown = "/".join((MODEL_DIR_VARIABLE, *joined.parts))
        remedy = (
            f"The folder keeps its name: join {model.name!r} first."
            if inside
            else f"Below {MODEL_DIR_VARIABLE} there will be: {model.name}{'/' if subject.files.is_dir(model) else ''}."
        )
        yield _in_script(
            rule,
            path,
            joined.place,
            f"{shown} will not be there",
            remedy,
            related=(Related("the model", subject.path, subject.range(subject.span("model", "path"))),),
        )


@rule("DK407", "missing-package", Severity.WARNING, "An import that no package of the environment provides.")
def missing_package(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The script, or a module of its folder, imports a package that the conda file does not ask for.

    This is the most frequent reason why a container crashes. What a listed package is known to bring along counts as
    asked for. Import names are matched to packages by a table; where it is wrong, silence the line.
    """
    folder, path = subject.code_folder, subject.script_path
    environment = subject.environment
    if folder is None or path is None or environment is None or not subject.files.is_file(path):
        return
    if environment.conda is None or not environment.conda.complete:
        return
    present = installed_with(environment.conda.names)
    for source, imported in imported_packages(folder, str(path.relative_to(folder)), subject.files):
        owners = owners_of(imported.package)
        if imported.guarded or not owners or imported.package in SERVER_NAMES or owners & present:
            continue
        name = next(iter(sorted(owners)))
        yield _in_script(
            rule,
            source,
            imported.place,
            f"{imported.package} is imported, and no package of {environment.conda_name} provides it",
            f"Add {name} to {environment.conda_name}.",
        )


def _script(subject: Subject) -> tuple[Path | None, Script | None]:
    path = subject.script_path
    text = subject.files.read(path) if path is not None else None
    return (path, read_script(text)) if text is not None else (None, None)


def _run_trouble(run: Function) -> str | None:
    if run.positional_only or run.star_parameters:
        return "run() cannot accept positional-only arguments, *args, or **kwargs"
    if not run.parameters:
        return "run() needs to accept an argument for input data"
    if run.parameters == (_HEADERS,):
        return f"run() needs to accept an argument other than {_HEADERS}"
    return None


def _in_script(  # noqa: PLR0913, PLR0917  one argument per thing that is said
    rule: Rule,
    path: Path,
    place: Place,
    message: str,
    remedy: str,
    refused_by: str = "",
    related: tuple[Related, ...] = (),
) -> Finding:
    where = Range(Position(place.line - 1, place.column), Position(place.end_line - 1, place.end_column))
    if place.end_line != place.line:
        where = Range(where.start, Position(place.line - 1, place.column + 1))
    return Finding(rule.code, rule.severity, message, path, where, remedy, refused_by, related=related)
