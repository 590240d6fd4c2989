"""Whole documents to begin with. Which keys is told here; what is written behind each comes from its declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec.kinds import SCHEMA_BASE, Kind
from devkit.spec.recognition import recognise
from lsp.features import names
from lsp.features.blocks import lines
from lsp.features.completion_item import Completion, ItemKind, escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lsp.features.blocks import Body
    from lsp.features.place import Place

__all__ = ["TEMPLATES", "templates"]

_CODE: Body = {"code": "src", "scoring_script": None}
_IMAGE: Body = {"image": None, "conda_file": "conda.yml"}

TEMPLATES: dict[Kind, Body] = {
    Kind.MANAGED_ONLINE_DEPLOYMENT: {
        "name": None,
        "endpoint_name": None,
        "model": {"path": "model"},
        "code_configuration": _CODE,
        "environment": _IMAGE,
        "instance_type": None,
        "instance_count": None,
    },
    Kind.MANAGED_ONLINE_ENDPOINT: {"name": None, "auth_mode": "key"},
    Kind.KUBERNETES_ONLINE_DEPLOYMENT: {
        "name": None,
        "type": "kubernetes",
        "endpoint_name": None,
        "model": {"path": "model"},
        "code_configuration": _CODE,
        "environment": _IMAGE,
        "instance_count": None,
    },
    Kind.KUBERNETES_ONLINE_ENDPOINT: {"name": None, "compute": None, "auth_mode": "key"},
    Kind.MODEL_BATCH_DEPLOYMENT: {
        "name": None,
        "endpoint_name": None,
        "type": "model",
        "model": {"path": "model"},
        "code_configuration": _CODE,
        "environment": _IMAGE,
        "compute": None,
    },
    Kind.BATCH_ENDPOINT: {"name": None},
    Kind.MODEL: {"name": None, "path": "model", "type": "custom_model"},
    Kind.ENVIRONMENT: {"name": None, **_IMAGE},
}


def templates(place: Place) -> Iterator[Completion]:
    """Every template, the one that the file's name asks for first."""
    likely = recognise({}, place.opened.path.name)
    for rank, kind in enumerate(sorted(TEMPLATES, key=lambda each: each is not likely), start=-len(TEMPLATES)):
        yield Completion(
            label=kind.facts.title,
            kind=ItemKind.BLOCK,
            span=place.cursor.span,
            text=_text(place, kind),
            is_snippet=True,
            rank=rank,
            label_detail="whole document",
            detail=f"for {kind.facts.command}",
            about=f"A {kind.facts.title} to begin with.\n\n[Documentation]({kind.facts.doc})",
            indentation=place.indentation,
        )


def _text(place: Place, kind: Kind) -> str:
    body = dict(TEMPLATES[kind])
    if "endpoint_name" in body and (known := names.endpoints(place.opened, kind)):
        body["endpoint_name"] = known[0][0]
    schema = f"{SCHEMA_BASE}{kind.facts.schema_name}.schema.json"
    return "\n".join([f"{escape('$schema')}: {schema}", *lines(kind, (), body, 0), ""])
