"""The declarations themselves."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

from inference_server.settings import Settings, declarations
from inference_server.settings.exported import text
from inference_server.settings.sources import argument_parser

AZMLINFSRV_FLAGS = (
    "--entry_script",
    "--model_dir",
    "--port",
    "--health_port",
    "--worker_count",
    "--appinsights_instrumentation_key",
    "--access_control_allow_origins",
    "--config_file",
    "--rest",
)
AZMLINFSRV_VARIABLES = (
    "AML_APP_ROOT",
    "AZUREML_ENTRY_SCRIPT",
    "AZUREML_SOURCE_DIRECTORY",
    "AZUREML_MODEL_DIR",
    "AZUREML_CONFIG_FILE",
    "SCORING_TIMEOUT_MS",
    "SERVICE_NAME",
    "SERVICE_VERSION",
    "SERVICE_PATH_PREFIX",
    "WORKSPACE_NAME",
    "HOSTNAME",
    "AZUREML_LOG_LEVEL",
    "AZUREML_DEBUG_PORT",
    "APP_INSIGHTS_LOG_RESPONSE_ENABLED",
    "AML_APP_INSIGHTS_ENABLED",
    "AML_APP_INSIGHTS_KEY",
    "AML_CORS_ORIGINS",
    "AML_MODEL_DC_STORAGE_ENABLED",
    "AML_MDC_STORAGE_ENABLED",
    "WORKER_COUNT",
    "WORKER_TIMEOUT",
    "WORKER_PRELOAD",
    "SEPERATE_HEALTH_ENDPOINT",
    "SERVER_PORT",
    "HEALTH_PORT",
    "SERVER_VERSION_LOG_RESPONSE_ENABLED",
)


def test_every_flag_and_variable_of_azmlinfsrv_is_declared() -> None:
    """The names of azmlinfsrv 1.5.1 all mean something here."""
    options = {option for action in argument_parser()._actions for option in action.option_strings}
    assert options.issuperset(AZMLINFSRV_FLAGS)
    assert {name for declared in declarations() for name in declared.env}.issuperset(AZMLINFSRV_VARIABLES)


def test_no_name_means_two_things() -> None:
    """A flag or a variable belongs to one setting."""
    names = Counter(name for declared in declarations() for name in (*declared.flags, *declared.env))
    assert [name for name, times in names.items() if times > 1] == []


def test_every_default_can_be_written_and_read_back() -> None:
    """What --show-settings prints for a default is text that its parser takes for the same value."""
    for declared in declarations():
        value = getattr(Settings(), declared.name)
        if value not in (None, "", ()):
            assert declared.parse(text(value)) == value, declared.name


def test_reading_settings_imports_neither_a_web_framework_nor_pydantic() -> None:
    """The process that watches over workers stays small, and no dependency of the user's is touched."""
    heavy = {"flask", "granian", "watchdog", "debugpy", "pydantic", "logging.config", "asyncio"}
    code = f"import sys, inference_server.cli; print(*sorted({heavy!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""
