"""Golden requests: a request, the answer it must get, and how near is near enough; one JSON file each."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence  # noqa: TC003  pydantic reads them
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  pydantic reads it
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from devkit.golden.paths import Pattern
from devkit.golden.rules import Rules, Tolerance

__all__ = ["Answer", "BadGoldenError", "Golden", "GoldenRequest", "load_all", "load_golden"]

FOLDER = "golden"
"""Where golden requests lie, beside the deployment."""


class BadGoldenError(Exception):
    """A golden file cannot be used. ``str(error)`` names file, key and remedy."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class _Body(_Part):
    """A body in one of its forms; without any it is empty."""

    body: Any = None
    """JSON."""
    text: str | None = None
    base64: str | None = None

    @model_validator(mode="after")
    def _one_form(self) -> _Body:
        given = [name for name in ("body", "text", "base64") if name in self.model_fields_set]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} both give the body: keep one")
        self.content()
        return self

    def content(self) -> bytes:
        """The bytes of the body."""
        if "body" in self.model_fields_set:
            return json.dumps(self.body).encode()
        if self.base64 is None:
            return (self.text or "").encode()
        try:
            return base64.b64decode(self.base64, validate=True)
        except binascii.Error as error:
            raise ValueError(f"base64: {error}") from None


class GoldenRequest(_Body):
    """What is sent."""

    method: str = "POST"
    path: str = Field(default="/score", pattern="^/")
    """With the query string; relative to the endpoint's address."""
    headers: Mapping[str, str] = Field(default_factory=dict)

    def all_headers(self) -> dict[str, str]:
        """The headers, with the content type that the form of the body implies."""
        implied = {"Content-Type": "application/json"} if "body" in self.model_fields_set else {}
        named = {name.lower() for name in self.headers}
        return {**{name: value for name, value in implied.items() if name.lower() not in named}, **self.headers}


class Answer(_Body):
    """What must come back."""

    status: int | None = 200
    """None (``null``) where it is not known, as of collected data: then it may be any."""
    headers: Mapping[str, str] = Field(default_factory=dict)
    """Only those that count; others may be anything."""
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    """Of a body too large or too binary to be written down: an image, an archive."""

    @property
    def is_json(self) -> bool:
        """Whether the body is compared as JSON, value by value."""
        return "body" in self.model_fields_set

    def digest(self) -> str:
        """The SHA-256 of the body, as recorded or of what is recorded."""
        return self.sha256 or hashlib.sha256(self.content()).hexdigest()


_Path = Annotated[Pattern, BeforeValidator(Pattern.parse)]


class _Tolerance(_Part):
    absolute: float = Field(default=0.0, ge=0)
    relative: float = Field(default=0.0, ge=0)

    def value(self) -> Tolerance:
        return Tolerance(self.absolute, self.relative)


class Comparison(_Part):
    """How near is near enough; see `devkit.golden.rules.Rules`."""

    tolerance: _Tolerance = _Tolerance()
    tolerances: Mapping[str, _Tolerance] = Field(default_factory=dict)
    """By path."""
    ignore: Sequence[_Path] = ()
    unordered: Sequence[_Path] = ()
    latency_ms: float | None = Field(default=None, gt=0)

    def rules(self) -> Rules:
        """As the comparison takes it."""
        by_path = tuple((Pattern.parse(path), each.value()) for path, each in self.tolerances.items())
        return Rules(self.tolerance.value(), by_path, tuple(self.ignore), tuple(self.unordered), self.latency_ms)

    @model_validator(mode="after")
    def _paths(self) -> Comparison:
        self.rules()
        return self


class _File(_Part):
    request: GoldenRequest
    answer: Answer
    compare: Comparison = Comparison()
    note: str = ""
    """For people."""


@dataclass(frozen=True)
class Golden:
    """One golden request."""

    name: str
    request: GoldenRequest
    answer: Answer
    rules: Rules

    @property
    def route(self) -> str:
        """The path without its query: what a promotion wants at least one golden request of."""
        return self.request.path.partition("?")[0]


def load_all(folder: Path) -> list[Golden]:
    """Every golden request of a folder, by name; none when there is no such folder.

    Raises:
        BadGoldenError: one of them cannot be read.
    """
    return list(_loaded(folder))


def _loaded(folder: Path) -> Iterator[Golden]:
    for path in sorted(folder.glob("*.json")):
        yield load_golden(path)


def load_golden(path: Path) -> Golden:
    """Read one golden file.

    Raises:
        BadGoldenError: it cannot be read.
    """
    try:
        file = _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadGoldenError(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise BadGoldenError(f"{path} is no golden request: {_first(error)}") from None
    return Golden(path.stem, file.request, file.answer, file.compare.rules())


def _first(error: ValidationError) -> str:
    details = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in details["loc"])
    return f"{place}: {details['msg']}" if place else details["msg"]
