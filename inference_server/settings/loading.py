"""Puts the sources together: flags over environment over config file over defaults."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from inference_server.errors import StartupError, UsageError
from inference_server.settings.model import Settings, declarations
from inference_server.settings.origins import DEFAULT, Origin, Source
from inference_server.settings.sources import from_environment, from_file, from_flags
from inference_server.settings.values import TRUE_WORDS, only_true

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inference_server.settings.declaration import Declaration
    from inference_server.settings.sources import Found

__all__ = ["LoadedSettings", "MissingScriptError", "SettingError", "load"]

DEFAULT_HEALTH_PORT = 5000
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NO_SCRIPT = (
    "Either provide an entry_script using --entry_script or provide a path to the configuration file using "
    "--config_file"
)


class MissingScriptError(UsageError):
    """No script is named, and none stands where one would be looked for."""


class Problem(NamedTuple):
    """A value that its setting cannot have."""

    declared: Declaration
    text: str
    origin: Origin
    expected: str

    def __str__(self) -> str:
        return f"{self.origin.name}: {self.text!r} cannot be used: {self.expected} ({self.origin})."


class SettingError(StartupError):
    """Variables, or keys of the config file, have values that their settings cannot have; `problems` names each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class LoadedSettings:
    """The settings, where each came from, and what the user should know about them before the start."""

    settings: Settings
    origins: Mapping[str, Origin]
    warnings: tuple[str, ...] = ()
    show: bool = False

    def require_script(self) -> None:
        """Raise when no script is named and none would be found; azmlinfsrv's first line and exit codes.

        Under ``--strict`` the environment variable alone is not enough, since azmlinfsrv refuses it.
        """
        if self.settings.strict:
            named = {name for name, origin in self.origins.items() if origin.source is Source.FLAG}
            if not named & {"entry_script", "config_file"}:
                raise MissingScriptError(_NO_SCRIPT)
        elif self.settings.entry_script is None:
            raise MissingScriptError(f"{_NO_SCRIPT}.{_suggestion(self.settings.app_root)}")


def _suggestion(app_root: Path) -> str:
    scripts = [each.name for each in sorted(app_root.glob("*.py")) if _looks_like_a_script(each)]
    if not scripts:
        return f" There is no main.py in {app_root} either."
    return f" {app_root} holds {', '.join(scripts)}: run infsrv {scripts[0]}"


def _looks_like_a_script(path: Path) -> bool:
    try:
        source = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return all(re.search(rf"^(async )?def {name}\(", source, re.MULTILINE) for name in ("init", "run"))


def load(argv: Sequence[str], environ: Mapping[str, str], cwd: str | os.PathLike[str]) -> LoadedSettings:
    """Read every source.

    Raises:
        UsageError: A flag is unknown, has an unusable value, or two flags cannot go together.
        StartupError: A variable, a key of the config file or the file itself cannot be used.
        SystemExit: 0, after ``--help`` or ``--version`` has been printed.
    """
    here = Path(os.path.realpath(cwd))
    flags = from_flags(argv)
    strict = _is_strict(from_environment(environ, strict=False) | flags.found)
    found = from_environment(environ, strict=strict) | flags.found
    path, named = _config_file(found, here, strict=strict)
    warnings: list[str] = []
    if path is not None:
        in_file, unknown = from_file(path, strict=strict)
        if not strict and unknown and (named or in_file):
            warnings.append(f"The config file {path} has keys that set nothing: {', '.join(unknown)}.")
        found = in_file | found
    settings = _resolved(_parsed(found, strict=strict, warnings=warnings), found, here, path, warnings)
    _check_combinations(settings, warnings)
    warnings += _not_obeyed(environ)
    origins = {each.name: found[each.name][1] if each.name in found else DEFAULT for each in declarations()}
    return LoadedSettings(settings, origins, tuple(warnings), show=flags.show_settings)


def _is_strict(found: Found) -> bool:
    """Needed before anything else can be read; a value that cannot be is reported with all the others."""
    return "strict" in found and found["strict"][0].strip().lower() in TRUE_WORDS


def _config_file(found: Found, here: Path, *, strict: bool) -> tuple[Path | None, bool]:
    """The config file to read, if any, and whether the user named it; StartupError when a named one is missing."""
    if "config_file" in found:
        text, origin = found["config_file"]
        path = here / Path(text).expanduser()
        if _has_content(path):
            return path, True
        if not strict:
            problem = "is empty" if path.is_file() else "does not exist"
            raise StartupError(f"The config file {path} ({origin}) {problem}. Correct the path or leave it out.")
    root = here / found["app_root"][0] if "app_root" in found else here
    candidates = [root / "config.json"]
    if "entry_script" in found:
        candidates.append(_script(found["entry_script"], root, here).parent / "config.json")
    return next(((each, False) for each in candidates if _has_content(each)), (None, False))


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _script(found: tuple[str, Origin], root: Path, here: Path) -> Path:
    """A flag is relative to the current folder, everything else to the app root, as in azmlinfsrv."""
    text, origin = found
    return Path(os.path.realpath((here if origin.source is Source.FLAG else root) / Path(text).expanduser()))


def _parsed(found: Found, *, strict: bool, warnings: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for declared in declarations():
        if declared.name in found:
            text, origin = found[declared.name]
            try:
                values[declared.name] = declared.parse(text)
            except ValueError as error:
                problems.append(Problem(declared, text, origin, str(error)))
            if declared.parse is only_true and text.strip().lower() not in {"true", "false"}:
                warnings.append(f"{text!r} ({origin}) counts as false: only the word true switches it on.")
        elif strict and declared.strict_default is not None:
            values[declared.name] = declared.strict_default
    if problems:
        raise _error(problems)
    return values


def _error(problems: list[Problem]) -> StartupError:
    """A bad flag ends the start before anything else is looked at, and with another exit code."""
    for problem in problems:
        if problem.origin.source is Source.FLAG:
            return UsageError(f"argument {problem.origin.name}: invalid value {problem.text!r}: {problem.expected}.")
    return SettingError(problems)


def _resolved(
    values: dict[str, Any], found: Found, here: Path, config_file: Path | None, warnings: list[str]
) -> Settings:
    root = here / values.get("app_root", here)
    script = _script(found["entry_script"], root, here) if "entry_script" in found else _main(root)
    source = values.get("source_directory")
    settings = Settings(
        **values
        | {
            "app_root": root,
            "entry_script": script,
            "source_directory": None if source is None else root / source,
            "config_file": config_file,
        }
    )
    return _with_telemetry(_with_health_port(settings, found), found, warnings)


def _main(root: Path) -> Path | None:
    """Azure's server runs ``import main`` when it was told of no script."""
    path = root / "main.py"
    return path if path.is_file() else None


def _with_health_port(settings: Settings, found: Found) -> Settings:
    flag = "health_port" in found and found["health_port"][1].source is Source.FLAG
    asked = settings.separate_health_endpoint or (flag and not settings.strict)
    port = DEFAULT_HEALTH_PORT if settings.health_port is None else settings.health_port
    same = port == settings.port != 0
    return replace(settings, health_port=port if asked and not same else None)


def _with_telemetry(settings: Settings, found: Found, warnings: list[str]) -> Settings:
    """A key given by flag switches the export on; without a key that is a UUID there is none (as in azmlinfsrv)."""
    by_flag = "appinsights_key" in found and found["appinsights_key"][1].source is Source.FLAG
    if not (settings.appinsights_enabled or by_flag):
        return settings
    key = settings.appinsights_key
    if key is not None and _UUID.fullmatch(key):
        return replace(settings, appinsights_enabled=True)
    problem = "No" if key is None else "Invalid"
    warnings.append(
        f"{problem} Application Insights instrumentation key provided. Application Insights has been disabled."
    )
    return replace(settings, appinsights_enabled=False)


def _check_combinations(settings: Settings, warnings: list[str]) -> None:
    if not settings.dev and (settings.debug is not None or settings.debug_wait):
        flag = "--wait" if settings.debug is None else "--debug"
        raise UsageError(f"{flag} works only together with --dev: breakpoints need one process. Add --dev.")
    if settings.debug_wait and settings.debug is None:
        raise UsageError("--wait waits for a debugger, and none is listened for. Add --debug.")
    if settings.dev and settings.worker_count > 1:
        warnings.append(f"--dev runs one process: a worker count of {settings.worker_count} has no effect.")
    if settings.worker_preload:
        warnings.append("WORKER_PRELOAD has no effect: every worker runs init() and holds a model of its own.")


def _not_obeyed(environ: Mapping[str, str]) -> list[str]:
    """What azmlinfsrv, or gunicorn under it, takes from the environment without being told."""
    warnings = []
    if environ.get("GUNICORN_CMD_ARGS"):
        warnings.append(
            "GUNICORN_CMD_ARGS has no effect: this server is not gunicorn. See --worker_count, --threads and --grace."
        )
    if "AML_DBG_MODEL_INFO" in environ or "AML_DBG_RESOURCE_INFO" in environ:  # azmlinfsrv's words
        warnings.append(
            "The debuggability features have been removed. If you have a use case for them please reach out to us."
        )
    return warnings
