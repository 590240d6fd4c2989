"""The declarations: one field of :class:`Settings` is one setting, with everything that is to be known about it.

Flags, environment variables, keys of the config file, ``--help``, ``--show-settings`` and ``docs/settings.md`` are all
read from here. To add a setting, add a field.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from inference_server import __version__
from inference_server.settings import values
from inference_server.settings.declaration import Declaration, setting

__all__ = ["AZMLINFSRV", "Settings", "declarations"]

AZMLINFSRV = "azmlinfsrv/1.5.1"
"""The server whose wire contract is kept, as it calls itself."""

SCRIPT, NETWORK, PROCESS, DEVELOPMENT, SERVICE, OBSERVABILITY = (
    "Script and model",
    "Network",
    "Processes and time limits",
    "Development",
    "Service description",
    "Logs and telemetry",
)


@dataclass(frozen=True)
class Settings:
    """The effective settings. Paths are absolute, except `model_dir`, which is handed to the script as it was given."""

    entry_script: Path | None = setting(
        None,
        values.path,
        SCRIPT,
        "The scoring script. A flag is relative to the current folder, a variable or key to AML_APP_ROOT; "
        "without either, main.py in AML_APP_ROOT.",
        flags=("--entry_script",),
        metavar="SCORE.PY",
        env=("AZUREML_ENTRY_SCRIPT",),
        strict_file=True,
        export=True,
    )
    app_root: Path = setting(
        Path(),
        values.path,
        SCRIPT,
        "The folder that joins sys.path and is looked in for config.json, logging.json and swagger files. "
        "Default: the current folder.",
        env=("AML_APP_ROOT",),
        export=True,
    )
    source_directory: Path | None = setting(
        None,
        values.path,
        SCRIPT,
        "A folder, relative to AML_APP_ROOT, that joins sys.path too.",
        env=("AZUREML_SOURCE_DIRECTORY",),
        strict_file=True,
    )
    model_dir: str = setting(
        "",
        values.text,
        SCRIPT,
        "The folder of the model; the script reads it from AZUREML_MODEL_DIR.",
        flags=("--model_dir",),
        metavar="FOLDER",
        env=("AZUREML_MODEL_DIR",),
        strict_file=True,
        export=True,
    )
    config_file: Path | None = setting(
        None,
        values.path,
        SCRIPT,
        "A JSON file of settings; a key is the name of an environment variable. Default: config.json in AML_APP_ROOT, "
        "or beside the script.",
        flags=("--config_file",),
        metavar="FILE",
        env=("AZUREML_CONFIG_FILE",),
    )

    host: str = setting(
        "127.0.0.1",
        values.text,
        NETWORK,
        "The address to listen on; 0.0.0.0 is every interface.",
        flags=("--host",),
        env=("INFSRV_HOST",),
        strict_default="0.0.0.0",  # noqa: S104  azmlinfsrv listens on every interface, and --strict does as it does
    )
    port: int = setting(
        5001,
        values.port,
        NETWORK,
        "The port of the server; 0 is any free one.",
        flags=("--port",),
        env=("SERVER_PORT",),
        strict_env=(),
        export=True,
    )
    separate_health_endpoint: bool = setting(
        default=False,
        parse=values.only_true,
        group=NETWORK,
        help="Listen on the health port too. The misspelt name is azmlinfsrv's.",
        env=("SEPARATE_HEALTH_ENDPOINT", "SEPERATE_HEALTH_ENDPOINT"),
        strict_env=("SEPERATE_HEALTH_ENDPOINT",),
    )
    health_port: int | None = setting(
        None,
        values.port,
        NETWORK,
        "The port of the separate health endpoint, 5000 when only the endpoint is asked for. The flag asks for it.",
        flags=("--health_port",),
        env=("HEALTH_PORT",),
        strict_env=(),
        export=True,
    )
    cors_origins: tuple[str, ...] = setting(
        (),
        values.origins,
        NETWORK,
        'Origins that may call from a browser, separated by ",": "https://a.example, https://b.example".',
        flags=("--access_control_allow_origins",),
        metavar="ORIGINS",
        env=("AML_CORS_ORIGINS",),
        export=True,
    )
    server_version_header: bool = setting(
        default=True,
        parse=values.only_true,
        group=NETWORK,
        help="Send x-ms-server-version.",
        env=("SERVER_VERSION_LOG_RESPONSE_ENABLED",),
    )

    worker_count: int = setting(
        1,
        values.positive,
        PROCESS,
        "Worker processes; each runs init() and holds a model of its own.",
        flags=("--worker_count",),
        env=("WORKER_COUNT",),
        export=True,
    )
    threads: int = setting(
        1,
        values.positive,
        PROCESS,
        "How many run() may be under way at a time in one process. More than 1 needs a thread-safe script.",
        flags=("--threads",),
        env=("INFSRV_THREADS",),
    )
    scoring_timeout_ms: int = setting(
        3_600_000,
        values.milliseconds,
        PROCESS,
        "The milliseconds one run() may take; 0 is no limit.",
        env=("SCORING_TIMEOUT_MS",),
        strict_file=True,
    )
    worker_timeout: float = setting(
        300.0,
        values.seconds,
        PROCESS,
        "The seconds after which a worker that does not answer, or that is stuck beyond its scoring timeout, is "
        "replaced; 0 is never.",
        env=("WORKER_TIMEOUT",),
    )
    worker_preload: bool = setting(
        default=False,
        parse=values.only_true,
        group=PROCESS,
        help="Accepted for compatibility and without effect: every worker loads its own model, since a forked one "
        "breaks CUDA and threads.",
        env=("WORKER_PRELOAD",),
    )
    grace: float = setting(
        30.0,
        values.seconds,
        PROCESS,
        "The seconds that a stop waits for requests under way.",
        flags=("--grace",),
        metavar="SECONDS",
        env=("INFSRV_GRACE",),
    )
    strict: bool = setting(
        default=False,
        parse=values.boolean,
        group=PROCESS,
        help="Behave as azmlinfsrv does, wherever this server differs on purpose.",
        flags=("--strict",),
        flag_value="true",
        env=("INFSRV_STRICT",),
    )

    dev: bool = setting(
        default=False,
        parse=values.boolean,
        group=DEVELOPMENT,
        help="One process with live update: a saved change answers at once and the model stays in memory.",
        flags=("--dev",),
        flag_value="true",
    )
    debug: tuple[str, int] | None = setting(
        None,
        values.endpoint,
        DEVELOPMENT,
        "Listen for a debugger, on 127.0.0.1:5678 unless told. Only with --dev.",
        flags=("--debug",),
        flag_optional="127.0.0.1:5678",
        metavar="[HOST:]PORT",
    )
    debug_wait: bool = setting(
        default=False,
        parse=values.boolean,
        group=DEVELOPMENT,
        help="Wait for the debugger before init().",
        flags=("--wait",),
        flag_value="true",
    )
    debug_connect_port: int | None = setting(
        None,
        values.port,
        DEVELOPMENT,
        "Connect out to a debugger that listens on this port of this machine.",
        env=("AZUREML_DEBUG_PORT",),
        strict_file=True,
    )

    service_name: str = setting(
        "ML service",
        values.text,
        SERVICE,
        "The title in the swagger documents.",
        env=("SERVICE_NAME",),
        strict_file=True,
    )
    service_version: str = setting(
        "1.0",
        values.text,
        SERVICE,
        "The version in the swagger documents.",
        env=("SERVICE_VERSION",),
        strict_file=True,
    )
    service_path_prefix: str = setting(
        "",
        values.text,
        SERVICE,
        "A prefix for the paths in the swagger documents; the server does not route it.",
        env=("SERVICE_PATH_PREFIX",),
        strict_file=True,
    )
    workspace_name: str = setting(
        "",
        values.text,
        SERVICE,
        "The workspace, named in telemetry.",
        env=("WORKSPACE_NAME",),
        strict_file=True,
    )
    hostname: str = setting(
        "Unknown",
        values.text,
        SERVICE,
        "The container, named in telemetry.",
        env=("HOSTNAME",),
        strict_file=True,
    )

    log_level: str = setting(
        "INFO",
        values.log_level,
        OBSERVABILITY,
        "The lowest level that is logged.",
        flags=("--log_level",),
        metavar="LEVEL",
        env=("AZUREML_LOG_LEVEL",),
        strict_file=True,
    )
    access_log: bool = setting(
        default=True,
        parse=values.boolean,
        group=OBSERVABILITY,
        help="Log a line for each request; the flag turns it off.",
        flags=("--no_access_log",),
        flag_value="false",
        env=("INFSRV_ACCESS_LOG",),
    )
    appinsights_enabled: bool = setting(
        default=False,
        parse=values.only_true,
        group=OBSERVABILITY,
        help="Export traces and logs; needs the extra [otel] and a key.",
        env=("AML_APP_INSIGHTS_ENABLED",),
        export=True,
    )
    appinsights_key: str | None = setting(
        None,
        values.text,
        OBSERVABILITY,
        "The instrumentation key, a UUID. The flag turns the export on.",
        flags=("--appinsights_instrumentation_key",),
        metavar="KEY",
        env=("AML_APP_INSIGHTS_KEY",),
        secret=True,
        export=True,
    )
    appinsights_log_response: bool = setting(
        default=True,
        parse=values.boolean,
        group=OBSERVABILITY,
        help="Put the response's body into the trace.",
        env=("APP_INSIGHTS_LOG_RESPONSE_ENABLED",),
        strict_file=True,
    )
    model_data_collection: bool = setting(
        default=False,
        parse=values.boolean,
        group=OBSERVABILITY,
        help="Log the input and the prediction of each request to the telemetry.",
        env=("AML_MODEL_DC_STORAGE_ENABLED", "AML_MDC_STORAGE_ENABLED"),
        strict_env=("AML_MDC_STORAGE_ENABLED",),
    )

    @property
    def server_version(self) -> str:
        """The value of ``x-ms-server-version``; empty when it is not sent."""
        if not self.server_version_header:
            return ""
        return AZMLINFSRV if self.strict else f"infsrv/{__version__}"

    def to_json(self) -> str:
        """One line that :meth:`from_json` of another process turns back into equal settings."""
        return json.dumps({each.name: _encoded(getattr(self, each.name)) for each in fields(self)})

    @classmethod
    def from_json(cls, line: str) -> Settings:
        """The settings that :meth:`to_json` wrote."""
        return cls(**{name: _decoded(value) for name, value in json.loads(line).items()})


def _encoded(value: object) -> object:
    return {"path": str(value)} if isinstance(value, Path) else value


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        return Path(value["path"])
    return tuple(value) if isinstance(value, list) else value


@cache
def declarations() -> tuple[Declaration, ...]:
    """Every setting, in the order it stands above, with its name filled in."""
    return tuple(replace(each.metadata["declaration"], name=each.name) for each in fields(Settings))
