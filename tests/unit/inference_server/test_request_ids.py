"""request_ids: which ids a reply bears."""

from __future__ import annotations

import pytest

from inference_server.request_ids import MAX_ID_LENGTH, resolve

LONG = "i" * (MAX_ID_LENGTH + 1)


def ids(request_id: str | None = None, legacy: str | None = None, client: str | None = None) -> list[str]:
    return [f"{name}={value}" for name, value in resolve(request_id, legacy, client, lambda: "new").headers()]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, ["x-request-id=new", "x-ms-request-id=new"]),
        ({"request_id": "r"}, ["x-request-id=r", "x-ms-request-id=r"]),
        ({"legacy": "l"}, ["x-request-id=new", "x-ms-request-id=l", "x-ms-client-request-id=l"]),
        ({"client": "c"}, ["x-request-id=new", "x-ms-request-id=c", "x-ms-client-request-id=c"]),
        ({"legacy": "l", "client": "c"}, ["x-request-id=new", "x-ms-request-id=l", "x-ms-client-request-id=c"]),
        (
            {"request_id": "r", "legacy": "l", "client": "c"},
            ["x-request-id=r", "x-ms-request-id=l", "x-ms-client-request-id=c"],
        ),
        ({"request_id": ""}, []),
        ({"request_id": "", "client": "c"}, ["x-ms-request-id=c", "x-ms-client-request-id=c"]),
        ({"request_id": "r", "legacy": "", "client": ""}, ["x-request-id=r", "x-ms-request-id=r"]),
    ],
)
def test_ids_follow_azmlinfsrv(sent: dict[str, str], expected: list[str]) -> None:
    """Each combination of the three headers gives the ids that azmlinfsrv gives."""
    assert ids(**sent) == expected


def test_request_id_too_long_takes_every_id_away() -> None:
    """An overlong x-request-id is refused, and the reply bears no id at all."""
    found = resolve(LONG, None, "client", lambda: "new")
    assert found.error == "x-request-id must not exceed 100 characters"
    assert found.headers() == []


@pytest.mark.parametrize("sent", [{"legacy_id": LONG}, {"client_id": LONG}, {"legacy_id": "l", "client_id": LONG}])
def test_client_id_too_long_leaves_the_request_id(sent: dict[str, str]) -> None:
    """An overlong client id is refused, and the reply still bears the request id."""
    found = resolve("r", sent.get("legacy_id"), sent.get("client_id"), lambda: "new")
    assert found.error == "x-ms-request-id and x-ms-client-request-id must not exceed 100 characters"
    assert found.headers() == [("x-request-id", "r")]


def test_hundred_characters_are_allowed() -> None:
    """An id of exactly 100 characters passes."""
    assert resolve(LONG[1:], LONG[1:], LONG[1:], lambda: "new").error is None


def test_deprecated_header_is_noticed() -> None:
    """Only a client that sends x-ms-request-id with a value is to be warned."""
    assert resolve(None, "l", None, lambda: "new").used_legacy_header
    assert not resolve(None, "", "c", lambda: "new").used_legacy_header
