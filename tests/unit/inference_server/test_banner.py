"""What is printed before the first request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inference_server import __version__
from inference_server.banner import banner, configuration_errors, effective_settings
from inference_server.settings import SettingError, declarations, load

if TYPE_CHECKING:
    from pathlib import Path

EVERY_INTERFACE = "0.0.0.0"  # noqa: S104  nothing is bound
KEY = "0123abcd-0123-4567-89ab-0123456789ab"

AZMLINFSRV = """\
The environment variable 'AZUREML_MODEL_DIR' has not been set.
Use the --model_dir command line argument to set it.

Azure ML Inferencing HTTP server v1.5.1


Server Settings
---------------
Entry Script Name: {script}
Model Directory: None
Config File: None
Worker Count: 1
Worker Timeout (seconds): None
Server Port: 5091
Health Port: 5091
Application Insights Enabled: false
Application Insights Key: None
Inferencing HTTP server version: azmlinfsrv/1.5.1
CORS for the specified origins: None
Create dedicated endpoint for health: None


Server Routes
---------------
Liveness Probe: GET   127.0.0.1:5091/
Score:          POST  127.0.0.1:5091/score

"""


def test_the_strict_banner_is_that_of_azmlinfsrv(tmp_path: Path) -> None:
    """To the letter (recorded from azmlinfsrv 1.5.1)."""
    loaded = load(["--strict", "score.py", "--port", "5091"], {}, tmp_path)
    assert banner(loaded) == AZMLINFSRV.format(script=tmp_path / "score.py")


def test_the_banner_tells_where_values_come_from_and_where_to_send_requests(tmp_path: Path) -> None:
    """Values that were set name their source; routes stand with an address that can be called."""
    argv = ["score.py", "--host", EVERY_INTERFACE, "--health_port", "5000", "--access_control_allow_origins", "*"]
    text = banner(load(argv, {"WORKER_COUNT": "2", "AZUREML_MODEL_DIR": "m"}, tmp_path))
    assert "has not been set" not in text
    assert "Model Directory: m  (environment variable AZUREML_MODEL_DIR)\n" in text
    assert "Worker Count: 2  (environment variable WORKER_COUNT)\n" in text
    assert "Worker Timeout (seconds): 300\n" in text
    assert f"Inferencing HTTP server version: infsrv/{__version__}\n" in text
    assert "CORS for the specified origins: Enabling CORS for *  (flag --access_control_allow_origins)\n" in text
    assert "Liveness Probe: GET   127.0.0.1:5000/\n" in text
    assert "Readiness:      GET   127.0.0.1:5000/readyz\n" in text
    assert "Metrics:        GET   127.0.0.1:5001/metrics\n" in text


def test_an_address_of_ip_version_6_is_written_in_brackets(tmp_path: Path) -> None:
    """`::1` would run into the port."""
    assert "POST  [::1]:5001/score" in banner(load(["score.py", "--host", "::1"], {}, tmp_path))


def test_the_key_is_never_shown(tmp_path: Path) -> None:
    """Neither the banner nor --show-settings holds the instrumentation key."""
    loaded = load(["score.py", "--appinsights_instrumentation_key", KEY], {}, tmp_path)
    assert "Application Insights Key: AppInsights key provided" in banner(loaded)
    assert KEY not in banner(loaded) + effective_settings(loaded)
    assert "(set, not shown)" in effective_settings(loaded)


def test_every_setting_is_shown_with_its_origin(tmp_path: Path) -> None:
    """The table of --show-settings has a row for each declaration, and the warnings below."""
    loaded = load(["score.py", "--dev", "--debug"], {"WORKER_PRELOAD": "true"}, tmp_path)
    rows = {
        line.split()[0]: line.split(None, 2) for line in effective_settings(loaded).splitlines() if line[:2] == "  "
    }
    assert list(rows) == [declared.name for declared in declarations()]
    assert rows["debug"] == ["debug", "127.0.0.1:5678", "flag --debug"]
    assert rows["worker_preload"] == ["worker_preload", "true", "environment variable WORKER_PRELOAD"]
    assert effective_settings(loaded).splitlines()[-1].startswith("warning: WORKER_PRELOAD has no effect")


@pytest.mark.parametrize(
    ("key", "first"),
    [
        (KEY, ["Valid Application Insights instrumentation key provided.", ""]),
        (
            "x",
            ["Invalid Application Insights instrumentation key provided.", "Application Insights has been disabled."],
        ),
    ],
)
def test_the_strict_banner_judges_the_key(tmp_path: Path, key: str, first: list[str]) -> None:
    """Before its title, as azmlinfsrv does."""
    argv = ["--strict", "score.py", "--model_dir", "m", "--appinsights_instrumentation_key", key]
    assert banner(load(argv, {}, tmp_path)).splitlines()[:2] == first


def test_bad_settings_are_framed_as_azmlinfsrv_frames_them(tmp_path: Path) -> None:
    """One frame a setting, in pydantic's words (recorded from azmlinfsrv 1.5.1)."""
    with pytest.raises(SettingError) as caught:
        load(["score.py"], {"SCORING_TIMEOUT_MS": "soon", "APP_INSIGHTS_LOG_RESPONSE_ENABLED": "perhaps"}, tmp_path)
    assert configuration_errors(caught.value) == [
        "\n===============Configuration Error=================\n"
        f"{name}: {words} (environment variable: {name})\n"
        "==================================================="
        for name, words in (
            ("SCORING_TIMEOUT_MS", "Input should be a valid integer, unable to parse string as an integer"),
            ("APP_INSIGHTS_LOG_RESPONSE_ENABLED", "Input should be a valid boolean, unable to interpret input"),
        )
    ]
