"""What is printed at start: azmlinfsrv's banner and error frames, and the table of ``--show-settings``. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inference_server import __version__
from inference_server.settings import Source, declarations, values
from inference_server.settings.exported import text
from inference_server.settings.model import AZMLINFSRV

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference_server.settings import Declaration, LoadedSettings, SettingError, Settings
    from inference_server.settings.loading import Problem

__all__ = ["banner", "configuration_errors", "effective_settings"]

_AZMLINFSRV_VERSION = AZMLINFSRV.partition("/")[2]

_TITLE_IN_BANNER = {
    "entry_script": "Entry Script Name",
    "model_dir": "Model Directory",
    "config_file": "Config File",
    "worker_count": "Worker Count",
    "worker_timeout": "Worker Timeout (seconds)",
    "port": "Server Port",
    "health_port": "Health Port",
    "appinsights_enabled": "Application Insights Enabled",
    "appinsights_key": "Application Insights Key",
    "server_version_header": "Inferencing HTTP server version",
    "cors_origins": "CORS for the specified origins",
    "separate_health_endpoint": "Create dedicated endpoint for health",
}
"""The settings in azmlinfsrv's banner, with its words and in its order (1.5.1, observed 2026-11-21)."""

_UNSET_IN_AZMLINFSRV = frozenset({"entry_script", "config_file", "worker_timeout", "separate_health_endpoint"})
"""It prints variables, and these it leaves unset unless a flag or the environment sets them."""

_NOT_AN_INTEGER = "Input should be a valid integer, unable to parse string as an integer"
_PYDANTICS_WORDS: dict[Callable[[str], Any], str] = {
    values.milliseconds: _NOT_AN_INTEGER,
    values.port: _NOT_AN_INTEGER,
    values.boolean: "Input should be a valid boolean, unable to interpret input",
}


def banner(loaded: LoadedSettings) -> str:
    """The version, the settings and the routes; without ``--strict`` also where to send a request, and origins."""
    settings = loaded.settings
    lines = [
        *_missing_model_dir(settings),
        *(_insights_key(loaded) if settings.strict else ()),
        "",
        f"Azure ML Inferencing HTTP server v{_AZMLINFSRV_VERSION}" if settings.strict else f"infsrv {__version__}",
        "",
        "",
        *_heading("Server Settings"),
        *(_setting_line(name, title, loaded) for name, title in _TITLE_IN_BANNER.items()),
        "",
        "",
        *_heading("Server Routes"),
        *_routes(settings),
        "",
        "",
    ]
    return "\n".join(lines)


def _heading(title: str) -> list[str]:
    return [title, "---------------"]


def _missing_model_dir(settings: Settings) -> list[str]:
    if settings.model_dir:
        return []
    return [
        "The environment variable 'AZUREML_MODEL_DIR' has not been set.",
        "Use the --model_dir command line argument to set it.",
    ]


def _insights_key(loaded: LoadedSettings) -> list[str]:
    """Azure's server prints these lines; here, without ``--strict``, a bad key is a warning in the log."""
    if loaded.settings.appinsights_enabled:
        return ["Valid Application Insights instrumentation key provided."]
    if not any("instrumentation key" in warning for warning in loaded.warnings):
        return []
    return [
        "Invalid Application Insights instrumentation key provided.",
        "Application Insights has been disabled.",
    ]


def _setting_line(name: str, title: str, loaded: LoadedSettings) -> str:
    origin = loaded.origins[name]
    if loaded.settings.strict:
        unset = name in _UNSET_IN_AZMLINFSRV and origin.source not in {Source.FLAG, Source.ENVIRONMENT}
        return f"{title}: {None if unset else _banner_value(name, loaded.settings)}"
    note = "" if origin.source is Source.DEFAULT else f"  ({origin})"
    return f"{title}: {_banner_value(name, loaded.settings)}{note}"


def _banner_value(name: str, settings: Settings) -> str:
    if name == "appinsights_key":
        return "AppInsights key provided" if settings.appinsights_key else "None"
    if name == "server_version_header":
        return settings.server_version or "None"
    if name == "cors_origins":
        return f"Enabling CORS for {', '.join(settings.cors_origins)}" if settings.cors_origins else "None"
    if name == "health_port":
        return str(settings.health_port or settings.port)
    return text(getattr(settings, name)) or "None"


def _routes(settings: Settings) -> list[str]:
    host = "127.0.0.1" if settings.strict else _reachable(settings.host)
    health = f"{host}:{settings.health_port or settings.port}"
    server = f"{host}:{settings.port}"
    lines = [f"Liveness Probe: GET   {health}/", f"Score:          POST  {server}/score"]
    if not settings.strict:
        lines += [
            f"Readiness:      GET   {health}/readyz",
            f"Metrics:        GET   {server}/metrics",
            f"Swagger:        GET   {server}/swagger.json",
        ]
    return lines


def _reachable(host: str) -> str:
    """An address to connect to for one that is listened on."""
    if host in {"", "0.0.0.0"}:  # noqa: S104  it is replaced here, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def configuration_errors(error: SettingError) -> list[str]:
    """The frames that azmlinfsrv logs, one for each setting with a bad value, in pydantic's words."""
    return [_frame(problem) for problem in error.problems]


def _frame(problem: Problem) -> str:
    name = problem.declared.env[0]
    words = _PYDANTICS_WORDS.get(problem.declared.parse, problem.expected)
    title = "=" * 15 + "Configuration Error" + "=" * 17
    return f"\n{title}\n{name}: {words} (environment variable: {name})\n{'=' * len(title)}"


def effective_settings(loaded: LoadedSettings) -> str:
    """Every setting as ``name = value  origin``, by group; secrets are masked."""
    rows = [(declared, _shown(declared, loaded.settings)) for declared in declarations()]
    name_width = max(len(declared.name) for declared, _ in rows)
    value_width = min(max(len(value) for _, value in rows), 40)
    lines: list[str] = []
    for group in dict.fromkeys(declared.group for declared, _ in rows):
        lines += ["", group]
        lines += [
            f"  {declared.name:<{name_width}}  {value:<{value_width}}  {loaded.origins[declared.name]}"
            for declared, value in rows
            if declared.group == group
        ]
    lines += ["", *(f"warning: {warning}" for warning in loaded.warnings)]
    return "\n".join(lines).strip("\n") + "\n"


def _shown(declared: Declaration, settings: Settings) -> str:
    value = getattr(settings, declared.name)
    if declared.secret and value:
        return "(set, not shown)"
    if declared.name == "debug" and value:
        return ":".join(map(str, value))
    return text(value) or "-"
