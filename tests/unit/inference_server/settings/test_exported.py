"""What a script finds in os.environ."""

from __future__ import annotations

from pathlib import Path

from inference_server.settings import Settings
from inference_server.settings.exported import environment


def test_a_script_finds_the_settings_it_may_ask_for() -> None:
    """The variables that azmlinfsrv sets hold the effective values."""
    settings = Settings(
        app_root=Path("/app"),
        entry_script=Path("/app/score.py"),
        model_dir="models",
        cors_origins=("a", "b"),
        worker_count=2,
        health_port=5000,
        appinsights_enabled=True,
    )
    assert environment(settings) == {
        "AML_APP_ROOT": "/app",
        "AZUREML_ENTRY_SCRIPT": "/app/score.py",
        "AZUREML_MODEL_DIR": "models",
        "AML_CORS_ORIGINS": "a,b",
        "WORKER_COUNT": "2",
        "SERVER_PORT": "5001",
        "HEALTH_PORT": "5000",
        "AML_APP_INSIGHTS_ENABLED": "true",
        "HTTP_X_MS_SERVER_VERSION": settings.server_version,
    }


def test_what_has_no_value_leaves_no_variable() -> None:
    """`os.getenv("AZUREML_MODEL_DIR", "fallback")` keeps its fallback; the health port is then the server's."""
    names = environment(Settings(server_version_header=False))
    assert "HTTP_X_MS_SERVER_VERSION" not in names
    assert "AZUREML_MODEL_DIR" not in names
    assert "AML_APP_INSIGHTS_KEY" not in names
    assert names["HEALTH_PORT"] == "5001"
