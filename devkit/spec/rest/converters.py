"""How one value of a document becomes one of a REST body, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from devkit.spec.references import PREFIX
from devkit.spec.rest.durations import duration_ms, iso_duration

__all__ = [
    "BLOCK",
    "CODE",
    "DATA_ID",
    "FLAVORS",
    "IDENTITIES",
    "MILLISECONDS",
    "REFERENCE",
    "SAME",
    "SECONDS",
    "TEXTS",
    "TRAFFIC",
    "Converter",
    "choice",
    "id_of",
    "reference_to",
]


@dataclass(frozen=True)
class Converter:
    """Both directions of one conversion, on plain JSON values."""

    to_rest: Callable[[Any], Any]
    from_rest: Callable[[Any], Any]
    says: str = ""
    """What becomes of the value, for a reader; empty where it stays as it is."""


def choice(**spelled: str) -> Converter:
    """An enumeration: the document's spellings, each with the API's."""
    back = {rest.lower(): yaml for yaml, rest in spelled.items()}
    listed = ", ".join(f"{yaml} as {rest}" for yaml, rest in spelled.items())
    return Converter(lambda value: spelled.get(value, value), lambda value: back.get(str(value).lower(), value), listed)


def id_of(reference: str) -> str:
    """The id behind a document's reference: of the workspace without ``azureml:``, of a registry as it is."""
    return reference[len(PREFIX) :] if reference.startswith(f"{PREFIX}/subscriptions/") else reference


def reference_to(asset_id: str) -> str:
    """The reference that a document has for an id."""
    return asset_id if asset_id.startswith(PREFIX) else f"{PREFIX}{asset_id}"


def _texts(value: Mapping[Any, Any]) -> dict[str, str]:
    """The service takes strings only; azure-ai-ml writes other values as Python does."""
    return {str(name): str(item) for name, item in value.items() if item is not None}


def _flavors(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"data": _texts(data) if isinstance(data, Mapping) else {}} for name, data in value.items()}


def _identity_list(value: Mapping[str, Any]) -> list[dict[str, str]]:
    known = {"clientId": "client_id", "principalId": "object_id"}
    return [
        {"resource_id": resource, **{known[key]: item for key, item in (facts or {}).items() if key in known and item}}
        for resource, facts in value.items()
    ]


def _data_id(value: Any) -> Any:
    return value.get("data_id") if isinstance(value, Mapping) else value


SAME: Final = Converter(lambda value: value, lambda value: value)
BLOCK: Final = Converter(lambda _: {}, lambda _: {})
"""A mapping whose keys have fields of their own; kept also when it is empty."""
TEXTS: Final = Converter(_texts, dict, "values as strings")
TRAFFIC: Final = Converter(dict, dict, "percent by deployment")
SECONDS: Final = Converter(
    lambda value: iso_duration(value * 1000), lambda text: duration_ms(text) // 1000, "seconds as an ISO 8601 duration"
)
MILLISECONDS: Final = Converter(iso_duration, duration_ms, "milliseconds as an ISO 8601 duration")
REFERENCE: Final = Converter(id_of, reference_to, "the asset's id")
CODE: Final = Converter(id_of, SAME.from_rest, "the asset's id")
"""azure-ai-ml shows the id of code bare."""
IDENTITIES: Final = Converter(
    lambda value: {each["resource_id"]: {} for each in value if "resource_id" in each},
    _identity_list,
    "a mapping by resource id",
)
FLAVORS: Final = Converter(
    _flavors, lambda value: {name: dict((each or {}).get("data") or {}) for name, each in value.items()}, "below data"
)
DATA_ID: Final = Converter(_data_id, lambda value: value, "the data asset's id")
