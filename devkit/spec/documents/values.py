"""The types that values of a document can have, reading YAML values exactly as azure-ai-ml does.

Each type is an annotation: the Python type of the value read, and a reader that pydantic calls. azure-ai-ml reads with
marshmallow 3, so the conversions below are marshmallow's (checked against azure-ai-ml 1.35.2, 2026-11): `"2"` is an
integer, `1.5` becomes 1, a YAML integer is not a string, `yes` and `"on"` are booleans.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from devkit.spec.schema_problems import Code, Enforcer

LENIENT: Final = "lenient"
"""The validation context that takes what can be read and ignores unknown and missing keys."""


class Null:
    """Stands for an explicit YAML null, so that pydantic does not take it for an absent key."""

    def __repr__(self) -> str:
        return "null"


NULL: Final = Null()

ScalarName: TypeAlias = Literal["string", "integer", "number", "boolean", "version", "any"]


Refused: TypeAlias = PydanticCustomError
"""A value that azure-ai-ml refuses; becomes one problem at the value's own place. Made by `refused`."""


def refused(  # noqa: PLR0913 - all but three are keywords
    code: Code,
    message: str,
    remedy: str,
    *,
    says: str | None = None,
    suggestion: str | None = None,
    by: Enforcer = Enforcer.LOADER,
) -> Refused:
    """Build the refusal of a value, to be raised by a reader."""
    context = {"message": message, "remedy": remedy, "says": says, "suggestion": suggestion, "by": by.value}
    return PydanticCustomError(code.value, "{message}", context)


def describe_value(value: Any) -> str:
    """A YAML value as a user would call it: `the integer 3`, `a list`."""
    if value is None or isinstance(value, Null):
        return "null"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    names = {int: "the integer", float: "the number", str: "the string"}
    shown = repr(value) if isinstance(value, str) else str(value)
    return f"{names.get(type(value), 'the ' + type(value).__name__)} {_shortened(shown)}"


def _shortened(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def wrong_type(expected: str, value: Any, remedy: str, *, says: str | None = None, mend: str | None = None) -> Refused:
    """The refusal of a value of another type; null has a code and words of its own."""
    if isinstance(value, Null):
        return refused(
            Code.NULL,
            "the key is there but has no value",
            f"Give it a value ({expected}) or remove the key.",
            says="Field may not be null.",
        )
    message = f"expected {expected}, not {describe_value(value)}"
    return refused(Code.WRONG_TYPE, message, remedy, says=says, suggestion=mend)


def read_text(value: Any) -> str:
    """A string; numbers and booleans are refused, as azure-ai-ml does."""
    if isinstance(value, str):
        return value
    quoted = f'"{_as_yaml(value)}"' if isinstance(value, (bool, int, float)) else None
    remedy = f"Put quotes around it: {quoted}." if quoted else "Write a string."
    raise wrong_type("a string", value, remedy, says="Not a valid string.", mend=quoted)


def _as_yaml(value: float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_integer(value: Any) -> int:
    """An integer; `"2"` counts, `1.5` is cut to 1, booleans are refused."""
    if not isinstance(value, bool) and isinstance(value, (int, float, str)):
        try:
            return int(value)
        except (ValueError, OverflowError):
            pass
    raise wrong_type("an integer", value, "Write a whole number.", says="Not a valid integer.")


def read_number(value: Any) -> float:
    """A finite number; `"0.5"` counts, booleans are refused."""
    if not isinstance(value, bool) and isinstance(value, (int, float, str)):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
        if math.isfinite(number):
            return number
    raise wrong_type("a number", value, "Write a number.", says="Not a valid number.")


_TRUE: Final = frozenset({"t", "T", "true", "True", "TRUE", "on", "On", "ON", "y", "Y", "yes", "Yes", "YES", "1"})
_FALSE: Final = frozenset({"f", "F", "false", "False", "FALSE", "off", "Off", "OFF", "n", "N", "no", "No", "NO", "0"})


def read_boolean(value: Any) -> bool:
    """A boolean; yes/no, on/off, 1/0 count, quoted or not."""
    if isinstance(value, str) and value in _TRUE | _FALSE:
        return value in _TRUE
    if isinstance(value, (bool, int, float)) and value in (0, 1):
        return bool(value)
    raise wrong_type("true or false", value, "Write true or false.", says="Not a valid boolean.")


def read_version(value: Any) -> str:
    """A version; numbers become strings (`1.0` is "1.0")."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return str(value)
    raise wrong_type("a version: a string or a number", value, 'Write a version, for example "1".')


def read_anything(value: Any) -> Any:
    """Any value but null."""
    if isinstance(value, Null):
        raise wrong_type("any value", value, "")
    return value


@dataclass(frozen=True)
class Scalar:
    """A type without parts, and the function that reads it."""

    name: ScalarName
    read: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Tell pydantic to read with `read` alone."""
        return core_schema.no_info_plain_validator_function(self.read)


def fold_case(text: str) -> str:
    """How azure-ai-ml compares most enumerations."""
    return text.lower()


def fold_camel(text: str) -> str:
    """How azure-ai-ml compares the enumerations that the REST API spells in CamelCase: `AMLToken` is `aml_token`."""
    separated = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", text)
    return re.sub("([a-z0-9])([A-Z])", r"\1_\2", separated).lower()


@dataclass(frozen=True)
class Choice:
    """One of a few strings, compared without case; the values are those of the `Literal` it annotates."""

    fold: Callable[[str], str] = fold_case

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Tell pydantic to read by folding the text and looking it up."""
        values: tuple[str, ...] = get_args(source)
        folded = {self.fold(value): value for value in values}

        def read(value: Any) -> str:
            found = folded.get(self.fold(value)) if isinstance(value, str) else None
            if found is None:
                raise self.refusal(value, values)
            return found

        return core_schema.no_info_plain_validator_function(read)

    def refusal(self, value: Any, values: tuple[str, ...]) -> Refused:
        """The refusal of a value that is none of `values`."""
        listed = " or ".join(values) if len(values) <= 2 else ", ".join(values)  # noqa: PLR2004 - "a or b"
        if isinstance(value, Null):
            return wrong_type(listed, value, "")
        near = nearest(_as_yaml(value) if isinstance(value, bool) else str(value), values)
        if isinstance(value, bool) and near is not None:
            near = f"'{near}'"
            remedy = f"Put quotes around it: {near}."
        else:
            remedy = f"Did you mean {near}?" if near else f"Write {listed}."
        return refused(
            Code.NOT_ALLOWED,
            f"{describe_value(value)} is not one of the allowed values: {listed}",
            remedy,
            says=f"Value {value!r} passed is not in set {[self.fold(v) for v in values]}",
            suggestion=near,
        )


def nearest(text: str, candidates: tuple[str, ...] | list[str]) -> str | None:
    """The candidate that `text` is probably a slip of, or None."""
    by_fold = {candidate.lower(): candidate for candidate in candidates}
    found = get_close_matches(text.lower().replace("-", "_"), list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


@dataclass(frozen=True)
class Held:
    """A limit that azure-ai-ml holds while it reads: a function that raises `Refused`, run on the value read."""

    check: Callable[[Any], None]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Tell pydantic to check after reading."""

        def checked(value: Any, info: ValidationInfo) -> Any:
            if info.context != LENIENT:
                self.check(value)
            return value

        return core_schema.with_info_after_validator_function(checked, handler(source))


Text: TypeAlias = Annotated[str, Scalar("string", read_text)]
Int: TypeAlias = Annotated[int, Scalar("integer", read_integer)]
Number: TypeAlias = Annotated[float, Scalar("number", read_number)]
Bool: TypeAlias = Annotated[bool, Scalar("boolean", read_boolean)]
Version: TypeAlias = Annotated[str, Scalar("version", read_version)]
Anything: TypeAlias = Annotated[Any, Scalar("any", read_anything)]
