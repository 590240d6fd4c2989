from __future__ import annotations

import pytest

from devkit.gateway.config import Collecting


def test_a_rest_block_says_what_is_collected() -> None:
    """Enabled requests and answers with their rates; other collections are the script's."""
    block = {
        "collections": {
            "Request": {"dataCollectionMode": "Enabled", "samplingRate": 0.5},
            "response": {"dataCollectionMode": "Enabled"},
            "model_inputs": {"dataCollectionMode": "Enabled"},
        },
        "rollingRate": "Minute",
        "requestLogging": {"captureHeaders": ["x-tenant"]},
    }
    expected = Collecting(rates={"request": 0.5, "response": 1.0}, rolling="minute", headers=("x-tenant",))
    assert Collecting.of(block) == expected


@pytest.mark.parametrize(
    "block",
    [
        None,
        {},
        {"collections": {"request": {"dataCollectionMode": "Disabled"}}},
        {"collections": {"mine": {"dataCollectionMode": "Enabled"}}},
    ],
)
def test_nothing_is_collected_unless_it_is_asked_for(block: dict[str, object] | None) -> None:
    """A gateway then keeps no copies."""
    assert Collecting.of(block) is None
