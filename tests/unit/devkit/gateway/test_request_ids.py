from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.gateway.request_ids import client_id, new_id


def test_the_service_names_a_request_by_a_guid() -> None:
    """Two requests have two GUIDs."""
    first, second = uuid.UUID(new_id()), uuid.UUID(new_id())
    assert first != second


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, None),
        ("", None),
        ("é ä", None),
        ("order-17_b", "order-17_b"),
        ("a b/c.d", "abcd"),
        ("x" * 60, "x" * 40),
        ("!" * 60 + "y" * 41, "y" * 40),
    ],
)
def test_of_the_clients_id_remain_forty_plain_characters(sent: str | None, kept: str | None) -> None:
    """Letters, digits, - and _ stay; the rest goes, then it is cut."""
    assert client_id(sent) == kept


@given(st.text())
def test_any_client_id_becomes_one_that_may_stand_in_a_header(sent: str) -> None:
    """Nothing that a client sends can break a header."""
    kept = client_id(sent)
    assert kept is None or (0 < len(kept) <= 40 and kept.isascii() and client_id(kept) == kept)
