"""Values that are either a reference or a mapping; which one is meant is told by the shape, never by trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import GetCoreSchemaHandler, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, core_schema

from devkit.spec.documents.block import Block
from devkit.spec.documents.values import Null, Refused, read_text, refused, wrong_type
from devkit.spec.references import (
    FILE_PREFIX,
    PREFIX,
    BadReferenceError,
    Collection,
    FileReference,
    parse_asset,
    singular,
    with_article,
)
from devkit.spec.schema_problems import Code


@dataclass(frozen=True)
class Reference:
    """A string that refers to an asset, or, where the annotated union has a block, that block inline.

    azure-ai-ml tries every alternative and prints the failure of each; here only the one that was meant is read.
    """

    collection: Collection
    file_allowed: bool = False
    """`file:PATH` loads another document (environment)."""
    path_allowed: bool = False
    """A bare path loads another document (component)."""
    mapping_allowed: bool = False
    """A mapping is taken as it is (a pipeline job, which is not described here)."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Tell pydantic to read strings as references and mappings as the block."""
        block = inline_block(source)
        if block is None:
            return core_schema.no_info_plain_validator_function(self.read)

        def read(value: Any, inline: ValidatorFunctionWrapHandler) -> Any:
            return inline(value) if isinstance(value, (dict, Block)) else self.read(value)

        return core_schema.no_info_wrap_validator_function(read, handler.generate_schema(block))

    def read(self, value: Any) -> Any:
        """A reference as a typed value.

        Raises:
            Refused: azure-ai-ml takes `value` for none of the forms.
        """
        if self.mapping_allowed and isinstance(value, dict):
            return value
        if not isinstance(value, str):
            raise self._wrong_type(value)
        if self.file_allowed and value.startswith(FILE_PREFIX):
            return FileReference(value, value[len(FILE_PREFIX) :])
        try:
            return parse_asset(value, self.collection)
        except BadReferenceError as mistake:
            if self.path_allowed and value and not value.startswith((FILE_PREFIX, PREFIX)):
                return FileReference(value, value)
            raise refused(
                Code.BAD_REFERENCE,
                str(mistake),
                mistake.remedy,
                suggestion=mistake.suggestion,
                by=mistake.enforced_by,
            ) from None

    def _wrong_type(self, value: Any) -> Refused:
        one = singular(self.collection)
        if isinstance(value, Null):
            return wrong_type("a reference or a mapping", value, "")
        return wrong_type(
            f"a reference to {with_article(self.collection)} or a mapping",
            value,
            f"Write azureml:<name>:<version>, or the {one}'s own keys.",
        )


@dataclass(frozen=True)
class TextOr:
    """A string, or the other alternative of the annotated union: a block or a list."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Tell pydantic to read mappings (or lists) as the alternative and all else as a string."""
        other = next(each for each in get_args(source) if each is not str)
        containers = (list,) if get_origin(other) is list else (dict, Block)

        def read(value: Any, alternative: ValidatorFunctionWrapHandler) -> Any:
            return alternative(value) if isinstance(value, containers) else read_text(value)

        return core_schema.no_info_wrap_validator_function(read, handler.generate_schema(other))


def inline_block(annotation: Any) -> type[Block] | None:
    """The block among the alternatives of a union, if there is one."""
    blocks = [
        each for each in get_args(annotation) or (annotation,) if isinstance(each, type) and issubclass(each, Block)
    ]
    return blocks[0] if blocks else None
