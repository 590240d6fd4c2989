"""JSON Schemas of the documents, for any editor with a YAML plugin.

Draft 07, with the extensions that yaml-language-server reads (`markdownDescription`, `deprecationMessage`). A schema is
at most as strict as azure-ai-ml: what it marks red, azure-ai-ml refuses.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from devkit.spec.catalog import KeyInfo, keys_at, keys_of
from devkit.spec.kinds import SCHEMA_BASE, Kind
from devkit.spec.references import FILE_PREFIX, PREFIX
from devkit.spec.schema_problems import Enforcer
from devkit.spec.shapes import (
    BlockShape,
    ChoiceShape,
    ListShape,
    MapShape,
    ReferenceShape,
    ScalarShape,
    Shape,
    TextOrShape,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.spec.documents.block import Block

JsonSchema: TypeAlias = dict[str, Any]

_BOOLEAN_TEXT: Final = "^([tTfFyYnN01]|[tT]rue|TRUE|[fF]alse|FALSE|[oO]n|ON|[oO]ff|OFF|[yY]es|YES|[nN]o|NO)$"
_SCALARS: Final[Mapping[str, JsonSchema]] = {
    "string": {"type": "string"},
    "integer": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\s*[-+]?\d+\s*$"}, {"type": "number"}]},
    "number": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\s*[-+]?[\d.]+([eE][-+]?\d+)?\s*$"}]},
    "boolean": {"anyOf": [{"type": "boolean"}, {"enum": [0, 1]}, {"type": "string", "pattern": _BOOLEAN_TEXT}]},
    "version": {"type": ["string", "number", "boolean"]},
    "any": {},
}


def schema_of(kind: Kind) -> JsonSchema:
    """The JSON Schema of one kind of document."""
    facts = kind.facts
    definitions: dict[str, JsonSchema] = {}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": f"{SCHEMA_BASE}{facts.schema_name}.schema.json",
        "title": facts.title,
        "description": f"A document for `{facts.command} --file`.",
        **_block(facts.block, keys_at(kind), definitions),
        "definitions": dict(sorted(definitions.items())),
    }


def file_name(kind: Kind) -> str:
    """The name of the file that a kind's schema is exported to."""
    return f"{kind.facts.schema_name}.schema.json"


def schema_text(kind: Kind) -> str:
    """The schema as the text of its file."""
    return json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"


def _block(block: type[Block], infos: Mapping[str, KeyInfo], definitions: dict[str, JsonSchema]) -> JsonSchema:
    properties = {name: _property(info, definitions) for name, info in infos.items()}
    properties |= {info.key.alias: properties[name] for name, info in infos.items() if info.key.alias}
    properties |= {name: _output(name, block) for name in sorted(block.dropped) if name not in properties}
    schema: JsonSchema = {"type": "object", "properties": properties}
    if required := [name for name, info in infos.items() if info.key.required and info.key.flag is None]:
        schema["required"] = required
    if not block.ignores_unknown:
        schema["additionalProperties"] = False
    return schema


def _output(name: str, block: type[Block]) -> JsonSchema:
    if name == "$schema":
        schema: JsonSchema = {"description": "The schema that editors check this document with."}
    else:
        schema = {"description": "Azure fills it; azure-ai-ml ignores it."}
    return schema if block.ignores_unknown else schema | {"not": {"type": "null"}}


def _property(info: KeyInfo, definitions: dict[str, JsonSchema]) -> JsonSchema:
    key = info.key
    schema: JsonSchema = {"description": key.description, "markdownDescription": info.markdown}
    schema |= _shape(info.shape, info, definitions)
    schema |= _loader_limits(info)
    if key.has_default and key.default not in ({}, []):
        schema["default"] = key.default
    if key.examples:
        schema["examples"] = list(key.examples)
    if key.deprecated:
        schema["deprecationMessage"] = key.deprecated
    return schema


def _loader_limits(info: KeyInfo) -> JsonSchema:
    """The limits of a scalar that azure-ai-ml itself holds; the service's are the checks' to report."""
    limits = [each for each in info.key.limits if each.enforced_by in {Enforcer.LOADER, Enforcer.CLIENT}]
    names = {
        "minimum": "minimum",
        "maximum": "maximum",
        "min_length": "minLength",
        "max_length": "maxLength",
        "pattern": "pattern",
    }
    return {
        name: getattr(limit, attribute)
        for limit in limits
        for attribute, name in names.items()
        if getattr(limit, attribute) is not None
    }


def _shape(  # noqa: PLR0911 - one return a shape
    shape: Shape, info: KeyInfo, definitions: dict[str, JsonSchema]
) -> JsonSchema:
    if isinstance(shape, ScalarShape):
        return _scalar(shape)
    if isinstance(shape, ChoiceShape):
        return _choice(shape.values)
    if isinstance(shape, BlockShape):
        return _definition(shape.block, info, definitions)
    if isinstance(shape, MapShape):
        return {"type": "object", "additionalProperties": _shape(shape.values, info, definitions)}
    if isinstance(shape, ListShape):
        return {"type": "array", "items": _shape(shape.items, info, definitions)}
    if isinstance(shape, TextOrShape):
        return {"anyOf": [{"type": "string"}, _shape(shape.other, info, definitions)]}
    return _reference(shape, info, definitions)


def _scalar(shape: ScalarShape) -> JsonSchema:
    return dict(_SCALARS[shape.name])


def _choice(values: tuple[str, ...]) -> JsonSchema:
    """The values, for completion, and any case of them, since azure-ai-ml compares without case."""
    return {"anyOf": [{"enum": list(values)}, {"type": "string", "pattern": f"^({'|'.join(map(_any_case, values))})$"}]}


def _any_case(value: str) -> str:
    return "".join("_?" if letter == "_" else f"[{letter}{letter.upper()}]" for letter in value)


def _reference(shape: ReferenceShape, info: KeyInfo, definitions: dict[str, JsonSchema]) -> JsonSchema:
    reference = shape.reference
    prefixes = f"^({PREFIX}|{FILE_PREFIX})" if reference.file_allowed else f"^{PREFIX}"
    text: JsonSchema = {"type": "string"} if reference.path_allowed else {"type": "string", "pattern": prefixes}
    alternatives = [text]
    if shape.block is not None:
        alternatives.append(_definition(shape.block, info, definitions))
    if reference.mapping_allowed:
        alternatives.append({"type": "object"})
    return {"anyOf": alternatives} if len(alternatives) > 1 else text


def _definition(block: type[Block], info: KeyInfo, definitions: dict[str, JsonSchema]) -> JsonSchema:
    if block.__name__ not in definitions:
        definitions[block.__name__] = _block(block, keys_of(info.kind, block), definitions)
    return {"allOf": [{"$ref": f"#/definitions/{block.__name__}"}]}
