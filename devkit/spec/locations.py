"""Paths of a document: on this machine, or somewhere in the cloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Scheme: TypeAlias = Literal["datastore", "job", "run", "registry", "asset", "url", "git"]


@dataclass(frozen=True)
class LocalPath:
    """A path in the file system, relative to the document's folder unless absolute."""

    text: str


@dataclass(frozen=True)
class CloudPath:
    """A place that is not on this machine: a datastore, a job's output, a run's artifact, a URL."""

    text: str
    scheme: Scheme


_CLOUD: Final[tuple[tuple[str, Scheme], ...]] = (
    ("azureml://datastores/", "datastore"),
    ("azureml://jobs/", "job"),
    ("azureml://registries/", "registry"),
    ("azureml://subscriptions/", "datastore"),
    ("azureml://locations/", "asset"),
    ("azureml:", "asset"),
    ("runs:/", "run"),
    ("git+", "git"),
    ("http://", "url"),
    ("https://", "url"),
    ("wasbs://", "url"),
    ("abfss://", "url"),
    ("dbfs:/", "url"),
)


def is_on_this_machine(text: str) -> bool:
    """Whether `text` is a path to look for here: neither empty, nor a place in the cloud, nor a URL."""
    return bool(text) and isinstance(parse_path(text), LocalPath)


def parse_path(text: str) -> LocalPath | CloudPath:
    """Tell a path on this machine from a place in the cloud."""
    for prefix, scheme in _CLOUD:
        if text.startswith(prefix):
            return CloudPath(text, scheme)
    return CloudPath(text, "url") if "://" in text else LocalPath(text)
