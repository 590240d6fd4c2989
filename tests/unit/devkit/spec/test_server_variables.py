from __future__ import annotations

from devkit.spec.server_variables import server_variables
from inference_server.settings.model import declarations


def _text(value: object) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_the_list_is_the_servers() -> None:
    """Every variable that the server declares is listed with its default and its words, and no other."""
    declared = {each.env[0]: (_text(each.default), each.help) for each in declarations() if each.env}
    assert {name: (each.default, each.description) for name, each in server_variables().items()} == declared
