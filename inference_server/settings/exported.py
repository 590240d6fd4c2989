"""The environment that a script finds: azmlinfsrv writes its settings there, and scripts read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference_server.settings.model import declarations

if TYPE_CHECKING:
    from inference_server.settings.model import Settings

__all__ = ["environment"]


def environment(settings: Settings) -> dict[str, str]:
    """The variables to set before the script is loaded, so that ``os.environ["AZUREML_MODEL_DIR"]`` works.

    A setting without a value leaves no variable: ``os.getenv(name, default)`` in a script keeps its default.
    """
    shared = {declared.env[0]: text(getattr(settings, declared.name)) for declared in declarations() if declared.export}
    shared["HEALTH_PORT"] = text(settings.health_port or settings.port)
    shared["HTTP_X_MS_SERVER_VERSION"] = settings.server_version
    return {name: value for name, value in shared.items() if value}


def text(value: object) -> str:
    """The value as an environment variable holds it; no value is the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
