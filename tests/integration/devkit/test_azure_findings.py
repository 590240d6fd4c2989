"""The findings of `devkit validate` are held against azure-ai-ml: an error that names it is one that it refuses."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devkit.checks.files import Files
from devkit.checks.project import Project, read_subject
from devkit.checks.runner import check
from devkit.spec.document import Document
from devkit.spec.findings import Severity
from devkit.spec.kinds import Family, Kind
from tests.support.documents import damaged, examples
from tests.support.mutations import mutated
from tests.support.oracle import PYTHON, Oracle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from devkit.spec.findings import Finding

if not PYTHON.exists() and not os.environ.get("CI"):
    pytest.skip("azure-ai-ml is not installed: `make azure-oracle` installs it", allow_module_level=True)

PER_EXAMPLE = 40 if os.environ.get("CI") else 6
"""Damaged documents and mutated texts for each example: azure-ai-ml needs some milliseconds for each."""
FAMILIES = {
    Kind.MANAGED_ONLINE_ENDPOINT: Family.ONLINE_ENDPOINT,
    Kind.KUBERNETES_ONLINE_ENDPOINT: Family.ONLINE_ENDPOINT,
    Kind.MANAGED_ONLINE_DEPLOYMENT: Family.ONLINE_DEPLOYMENT,
    Kind.KUBERNETES_ONLINE_DEPLOYMENT: Family.ONLINE_DEPLOYMENT,
}
EXAMPLES = [(path, FAMILIES[kind]) for path, kind in examples() if kind in FAMILIES]
MISSING_NAME = "DK108"
"""A warning in a file, and a refusal where az runs without the name."""
OTHERS = ("the service", "the container", "the image build")
"""Who else may refuse, as `refused_by` begins then."""


@dataclass(frozen=True)
class Verdict:
    """Both answers to one text."""

    findings: list[Finding]
    accepted: bool
    message: str

    @property
    def blaming(self) -> set[str]:
        """The codes of the findings that say azure-ai-ml refuses."""
        return {
            each.code
            for each in self.findings
            if each.refused_by.startswith("azure-ai-ml") or each.code == MISSING_NAME
        }


@dataclass(frozen=True)
class Allowed:
    """A way in which we may differ from azure-ai-ml, and why."""

    reason: str
    applies: Callable[[Verdict], bool]


ALLOWED = {
    "empty-name": Allowed(
        "the client forgets to check a name that is empty, and the service has no such deployment",
        lambda it: it.accepted and it.blaming == {"DK112"} and any("'':" in each.message for each in it.findings),
    ),
    "empty-conda-list": Allowed(
        "an empty list as conda_file is dropped unread; nobody means it",
        lambda it: (
            it.accepted and it.blaming == {"DK110"} and any("not a list" in each.message for each in it.findings)
        ),
    ),
    "named-model": Allowed(
        "the files of a model that has a name and a version are first looked for when they are uploaded",
        lambda it: it.accepted and it.blaming == {"DK301"},
    ),
}


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    """One process for all questions."""
    asked = Oracle(tmp_path_factory.mktemp("unused"))
    yield asked
    asked.close()


def _findings(text: str, path: Path, family: Family) -> list[Finding]:
    project = Project(Files({path: text}))
    subject = read_subject(project, path, kind=family.value)
    assert subject is not None
    project.subjects.append(subject)
    return check(project, [path])


def _compare(oracle: Oracle, text: str, path: Path, family: Family) -> None:
    verdict = Verdict(_findings(text, path, family), *oracle.ask_text(family, text, path.parent))
    unfounded = [
        each
        for each in verdict.findings
        if each.severity is Severity.ERROR and not each.refused_by.startswith(("azure-ai-ml", *OTHERS))
    ]
    assert not unfounded, (text, unfounded)
    if verdict.accepted is bool(verdict.blaming):
        named = [name for name, allowed in ALLOWED.items() if allowed.applies(verdict)]
        assert named, f"azure-ai-ml: {verdict.message or 'takes it'}\nours: {verdict.findings}\n{text}"


@pytest.mark.parametrize(("path", "family"), EXAMPLES, ids=lambda each: getattr(each, "stem", ""))
@settings(
    deadline=None,
    derandomize=not os.environ.get("EXPLORE"),
    suppress_health_check=list(HealthCheck),
    max_examples=PER_EXAMPLE,
)
@given(data=st.data())
def test_errors_of_damaged_examples_are_refusals(
    oracle: Oracle, path: Path, family: Family, data: st.DataObject
) -> None:
    """An error names who refuses; where that is azure-ai-ml it does, and what it refuses is an error."""
    document = data.draw(damaged(Document(path.read_text(encoding="utf-8")).root.value))
    _compare(oracle, yaml.safe_dump(document, sort_keys=False), path, family)


@pytest.mark.parametrize(("path", "family"), EXAMPLES, ids=lambda each: getattr(each, "stem", ""))
def test_errors_of_mutated_texts_are_refusals(oracle: Oracle, path: Path, family: Family) -> None:
    """The same for texts that may be no YAML at all."""
    chance = random.Random(path.as_posix() if os.environ.get("EXPLORE") else path.name)  # noqa: S311  repeatable
    text = path.read_text(encoding="utf-8")
    for _ in range(PER_EXAMPLE):
        _compare(oracle, mutated(text, text, chance), path, family)
