"""Every setting of the server: declared once, read from flags, environment, config file and defaults, in that order.

>>> from inference_server.settings import load
>>> loaded = load(["score.py", "--port", "7001"], environ={}, cwd="/srv/app")
>>> loaded.settings.port, str(loaded.origins["port"])
(7001, 'flag --port')
"""

from __future__ import annotations

from inference_server.settings.declaration import Declaration
from inference_server.settings.loading import LoadedSettings, MissingScriptError, SettingError, load
from inference_server.settings.model import Settings, declarations
from inference_server.settings.origins import Origin, Source

__all__ = [
    "Declaration",
    "LoadedSettings",
    "MissingScriptError",
    "Origin",
    "SettingError",
    "Settings",
    "Source",
    "declarations",
    "load",
]
