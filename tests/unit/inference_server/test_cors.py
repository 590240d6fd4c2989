"""cors: the headers that flask-cors would send."""

from __future__ import annotations

import pytest

from inference_server.cors import Cors
from inference_server.errors import StartupError

ONE, TWO = "https://one.example", "https://two.example"


def allowed(origins: list[str], origin: str | None) -> dict[str, str]:
    return dict(Cors(origins).headers("POST", {} if origin is None else {"Origin": origin}))


@pytest.mark.parametrize(
    ("origins", "origin", "expected"),
    [
        (["*"], ONE, {"Access-Control-Allow-Origin": ONE, "Vary": "Origin"}),
        (["*"], None, {"Access-Control-Allow-Origin": "*"}),
        ([ONE], ONE, {"Access-Control-Allow-Origin": ONE}),
        ([ONE], ONE.upper(), {"Access-Control-Allow-Origin": ONE.upper()}),
        ([ONE], TWO, {}),
        ([ONE], None, {"Access-Control-Allow-Origin": ONE}),
        ([TWO, ONE], TWO, {"Access-Control-Allow-Origin": TWO, "Vary": "Origin"}),
        ([TWO, ONE], None, {"Access-Control-Allow-Origin": ONE, "Vary": "Origin"}),
        ([r"https://.*\.example$"], ONE, {"Access-Control-Allow-Origin": ONE, "Vary": "Origin"}),
        ([r"https://.*\.example$"], "https://one.example.net", {}),
        ([r"https://.*\.example$"], None, {}),
    ],
)
def test_origins(origins: list[str], origin: str | None, expected: dict[str, str]) -> None:
    """An allowed origin is echoed, any other gets no header, and Vary is there where the answer varies."""
    assert allowed(origins, origin) == expected


def test_preflight_names_methods_and_the_headers_asked_for() -> None:
    """A preflight for GET or POST is told both and its own headers, sorted."""
    headers = Cors([ONE]).headers(
        "OPTIONS",
        {
            "Origin": ONE,
            "Access-Control-Request-Method": "post",
            "Access-Control-Request-Headers": "x-own, content-type",
        },
    )
    assert headers == [
        ("Access-Control-Allow-Origin", ONE),
        ("Access-Control-Allow-Headers", "content-type, x-own"),
        ("Access-Control-Allow-Methods", "GET, POST"),
    ]


def test_preflight_for_another_method_is_not_told_any() -> None:
    """A preflight for DELETE gets the origin only."""
    headers = Cors([ONE]).headers("OPTIONS", {"Origin": ONE, "Access-Control-Request-Method": "DELETE"})
    assert headers == [("Access-Control-Allow-Origin", ONE)]


def test_private_networks_are_declined() -> None:
    """A page of the public internet that asks for a private network is told no."""
    headers = Cors([ONE]).headers("GET", {"Origin": ONE, "Access-Control-Request-Private-Network": "true"})
    assert ("Access-Control-Allow-Private-Network", "false") in headers


def test_an_origin_that_cannot_be_a_pattern_is_refused() -> None:
    """An origin with a sign of regular expressions that is none is a failed start that names it."""
    with pytest.raises(StartupError, match=r"'https://\(one' .*regular expression.*--access_control_allow_origins"):
        Cors(["https://(one"])
