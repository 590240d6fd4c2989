"""References of a document to things elsewhere, parsed into typed values.

The forms and what azure-ai-ml accepts are those of azure-ai-ml 1.35.2 (`_utils/_arm_id_utils.py`, read 2026-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from devkit.spec.schema_problems import Enforcer

Collection: TypeAlias = Literal["models", "environments", "components", "codes", "jobs", "computes"]

PREFIX: Final = "azureml:"
REGISTRY_PREFIX: Final = "azureml://registries/"
FILE_PREFIX: Final = "file:"

_SINGULAR: Final = {
    "models": "model",
    "environments": "environment",
    "components": "component",
    "codes": "code",
    "jobs": "job",
    "computes": "compute",
}


def with_article(collection: Collection) -> str:
    """One member of a collection in a sentence: `a model`, `an environment`."""
    one = singular(collection)
    return f"an {one}" if one[0] in "aeiou" else f"a {one}"


_UNVERSIONED: Final = frozenset({"jobs", "computes"})
"""azure-ai-ml asks nothing of their references but the prefix."""


def singular(collection: Collection) -> str:
    """The word for one member of a collection: `models` gives `model`."""
    return _SINGULAR[collection]


@dataclass(frozen=True)
class Asset:
    """`azureml:NAME:VERSION`, `azureml:NAME@LABEL` or `azureml:NAME` in the workspace."""

    text: str
    name: str
    version: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class RegistryAsset:
    """`azureml://registries/REGISTRY/COLLECTION/NAME/versions/VERSION` or `.../labels/LABEL`.

    azure-ai-ml accepts anything with that prefix; the parts are None where the text does not have this shape.
    """

    text: str
    registry: str
    collection: str | None = None
    name: str | None = None
    version: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class WorkspaceAsset:
    """`azureml:/subscriptions/.../workspaces/WORKSPACE/COLLECTION/NAME/versions/VERSION`."""

    text: str
    subscription: str
    resource_group: str
    workspace: str
    collection: str
    name: str
    version: str | None = None


@dataclass(frozen=True)
class FileReference:
    """`file:PATH`: another YAML document, relative to this one's folder."""

    text: str
    path: str


AssetReference: TypeAlias = Asset | RegistryAsset | WorkspaceAsset


@dataclass(frozen=True)
class BadReferenceError(ValueError):
    """A text that is no reference: which of the known mistakes it is, and how to mend it."""

    message: str
    remedy: str
    suggestion: str | None = None
    enforced_by: Enforcer = Enforcer.LOADER

    def __str__(self) -> str:
        return self.message


_ARM: Final = re.compile(
    r"/?subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.MachineLearningServices/workspaces/(?P<workspace>[^/]+)"
    r"/(?P<collection>[^/]+)/(?P<name>[^/]+)(?:/versions/(?P<version>[^/]+))?"
)
_REGISTRY: Final = re.compile(
    r"azureml://registries/(?P<registry>[^/]+)/(?P<collection>[^/]+)/(?P<name>[^/]+)"
    r"/(?:versions/(?P<version>[^/]+)|labels/(?P<label>[^/]+))$"
)
_SHORT: Final = re.compile(r"[A-Za-z0-9][\w.-]*(?::[\w.-]+|@[\w.-]+)$")
_PATH_LIKE: Final = re.compile(r"^\.{0,2}/|^\.\\|\.(ya?ml|pkl|onnx|pt|joblib|json)$|^[A-Za-z]:\\")


def parse_asset(text: str, collection: Collection) -> AssetReference:
    """Read a reference to a registered asset.

    Raises:
        BadReferenceError: azure-ai-ml refuses the text as a reference to a member of `collection`.
    """
    if text.startswith(REGISTRY_PREFIX):
        return _parse_registry(text)
    if not text.startswith(PREFIX):
        raise _mistake_without_prefix(text, collection)
    rest = text[len(PREFIX) :]
    if match := _ARM.match(rest):
        return _parse_arm(text, match, collection)
    if not rest:
        raise BadReferenceError(
            "azure-ai-ml takes a bare 'azureml:' for no reference at all",
            "Write azureml:<name>:<version>, or remove the key.",
            enforced_by=Enforcer.DOCS,
        )
    if collection not in _UNVERSIONED and "/" in rest and not rest.startswith("/"):
        raise BadReferenceError(
            f"'{text}' has no usable name after 'azureml:'",
            "Write azureml:<name>:<version>, or azureml:/subscriptions/... for a whole id.",
        )
    name, at, label = rest.rpartition("@")
    if at:
        return Asset(text, name, label=label)
    name, _, version = rest.partition(":")
    return Asset(text, name, version=version or None)


def _parse_registry(text: str) -> RegistryAsset:
    match = _REGISTRY.match(text)
    if match is None:
        return RegistryAsset(text, registry=text[len(REGISTRY_PREFIX) :].partition("/")[0])
    parts = match.groupdict()
    return RegistryAsset(text, parts["registry"], parts["collection"], parts["name"], parts["version"], parts["label"])


def _parse_arm(text: str, match: re.Match[str], collection: Collection) -> WorkspaceAsset:
    parts = match.groupdict()
    versioned = collection not in _UNVERSIONED
    if versioned and parts["version"] is None and parts["collection"].lower() == collection:
        raise BadReferenceError(
            f"the workspace id has no version: '{text}'",
            f"End it with /versions/<version>, as in {text.rstrip('/')}/versions/1.",
            f"{text.rstrip('/')}/versions/1",
        )
    return WorkspaceAsset(
        text,
        parts["subscription"],
        parts["group"],
        parts["workspace"],
        parts["collection"],
        parts["name"],
        parts["version"],
    )


def _mistake_without_prefix(  # noqa: PLR0911 - one return a mistake
    text: str, collection: Collection
) -> BadReferenceError:
    """Name the mistake of a text that is no reference at all; the most common ones have words of their own."""
    one = singular(collection)
    if text.lower().startswith(PREFIX):
        mended = PREFIX + text[len(PREFIX) :]
        return BadReferenceError(
            f"'azureml:' is written in lower case, not '{text[: len(PREFIX)]}'", f"Write {mended}.", mended
        )
    if text.startswith(("/subscriptions/", "subscriptions/")):
        mended = f"{PREFIX}/{text.lstrip('/')}"
        return BadReferenceError("a workspace id needs 'azureml:' in front of it", f"Write {mended}.", mended)
    if text.startswith(FILE_PREFIX) or _PATH_LIKE.search(text):
        return _path_instead(text, collection)
    if text.startswith(("azureml/", "registries/")):
        return BadReferenceError(
            f"'{text}' is not a reference", f"Write {REGISTRY_PREFIX}<registry>/{collection}/<name>/versions/<v>."
        )
    if "://" in text:
        return BadReferenceError(
            f"a URL cannot stand for the {one} itself",
            f"Register it first, or give it inline with its own keys under {one}:.",
        )
    if _SHORT.match(text):
        return BadReferenceError(
            f"'{text}' lacks 'azureml:' in front: azure-ai-ml takes no bare name for {with_article(collection)}",
            f"Write {PREFIX}{text}.",
            f"{PREFIX}{text}",
        )
    return BadReferenceError(
        f"'{text}' is not a reference to a registered {one}",
        f"Write {PREFIX}<name>:<version>, {PREFIX}<name>@latest, or give the {one} inline.",
    )


def _path_instead(text: str, collection: Collection) -> BadReferenceError:
    path = text.removeprefix(FILE_PREFIX)
    if collection == "models":
        return BadReferenceError(
            f"a model's files go under 'path': '{text}' alone is taken for a reference",
            f"Write path: {path} below model:.",
        )
    if collection == "environments":
        return BadReferenceError(
            f"a path alone is no environment: '{text}'",
            f"Write file:{path} to load a whole environment document, or conda_file: {path} below environment:.",
            f"{FILE_PREFIX}{path}",
        )
    return BadReferenceError(f"'{text}' is not a reference", f"Write {PREFIX}<name>:<version>.")
