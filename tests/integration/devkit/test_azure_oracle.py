"""azure-ai-ml itself judges documents, and our verdict is compared with it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devkit.spec.document import Document
from devkit.spec.kinds import Family, Kind, member
from devkit.spec.loading import Loaded, load
from devkit.spec.overrides import parse_override
from devkit.spec.schema_problems import Enforcer
from tests.support.documents import damaged, documents, examples
from tests.support.oracle import PYTHON, Oracle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from devkit.spec.schema_problems import Path as Place

PER_KIND, PER_EXAMPLE = (200, 40) if os.environ.get("CI") else (30, 10)
"""How many documents are compared: azure-ai-ml needs some milliseconds for each."""
COMPARING = settings(deadline=None, derandomize=not os.environ.get("EXPLORE"), suppress_health_check=list(HealthCheck))
"""The same documents every time, so that a commit is judged by its own change; EXPLORE=1 draws new ones."""
LOADER, CLIENT = Enforcer.LOADER, Enforcer.CLIENT

if not PYTHON.exists() and not os.environ.get("CI"):
    pytest.skip("azure-ai-ml is not installed: `make azure-oracle` installs it", allow_module_level=True)


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    """One process for all questions; the folder has the files that the documents name."""
    folder = tmp_path_factory.mktemp("documents")
    for name in ("model/model.pkl", "code/score.py", "docker/Dockerfile"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("", encoding="utf-8")
    (folder / "conda.yml").write_text("dependencies: [python=3.12]\n", encoding="utf-8")
    (folder / "environment.yml").write_text("name: e\nimage: python:3.12\n", encoding="utf-8")
    asked = Oracle(folder)
    yield asked
    asked.close()


FAMILIES = {
    Kind.MANAGED_ONLINE_ENDPOINT: Family.ONLINE_ENDPOINT,
    Kind.KUBERNETES_ONLINE_ENDPOINT: Family.ONLINE_ENDPOINT,
    Kind.MANAGED_ONLINE_DEPLOYMENT: Family.ONLINE_DEPLOYMENT,
    Kind.KUBERNETES_ONLINE_DEPLOYMENT: Family.ONLINE_DEPLOYMENT,
    Kind.BATCH_ENDPOINT: Family.BATCH_ENDPOINT,
    Kind.MODEL_BATCH_DEPLOYMENT: Family.BATCH_DEPLOYMENT,
    Kind.PIPELINE_BATCH_DEPLOYMENT: Family.BATCH_DEPLOYMENT,
    Kind.LEGACY_BATCH_DEPLOYMENT: Family.BATCH_DEPLOYMENT,
    Kind.MODEL: Family.MODEL,
    Kind.ENVIRONMENT: Family.ENVIRONMENT,
    Kind.SERVERLESS_ENDPOINT: Family.SERVERLESS_ENDPOINT,
    Kind.MODEL_PACKAGE: Family.MODEL_PACKAGE,
    Kind.DEPLOYMENT_TEMPLATE: Family.DEPLOYMENT_TEMPLATE,
}


@dataclass(frozen=True)
class Verdict:
    """Both answers to one document."""

    kind: Kind
    ours: Loaded
    accepted: bool
    message: str

    def ours_is_only(self, *paths: Place) -> bool:
        """Whether we refuse it for these places alone."""
        return {each.path for each in self.ours.problems if each.enforced_by in {LOADER, CLIENT}} <= set(paths)


@dataclass(frozen=True)
class Allowed:
    """A way in which we may differ from azure-ai-ml, and why."""

    reason: str
    applies: Callable[[Verdict], bool]


ALLOWED = {
    "file-not-found": Allowed(
        "azure-ai-ml looks for files while it reads; we do so in the rules about paths, which know the folder",
        lambda it: (
            not it.accepted and re.search("No such file or directory|Can't find|not found", it.message) is not None
        ),
    ),
    "pipeline-endpoint-name": Allowed(
        "the class for pipelines takes a document without endpoint_name, and the command refuses it later",
        lambda it: it.accepted and it.kind is Kind.PIPELINE_BATCH_DEPLOYMENT and it.ours_is_only(("endpoint_name",)),
    ),
    "empty-name": Allowed(
        "the client forgets to check a name that is empty, and the service has no such deployment",
        lambda it: it.accepted and it.ours_is_only(("name",)) and it.ours.value.get("name") == "",
    ),
    "inline-pipeline-job": Allowed(
        "a pipeline job inside a batch deployment is a document of its own, with a schema of its own",
        lambda it: not it.accepted and '"job_definition"' in it.message,
    ),
}


def _compare(oracle: Oracle, family: Family, document: dict[str, Any], folder: Path | None = None) -> None:
    ours = load(document, member(family, document))
    accepted, message = oracle.ask(family, document, folder)
    if accepted is not ours.refused:
        return
    verdict = Verdict(ours.kind, ours, accepted, message)
    assert [name for name, allowed in ALLOWED.items() if allowed.applies(verdict)], (document, message, ours.problems)


@pytest.mark.parametrize("kind", Kind)
@settings(COMPARING, max_examples=PER_KIND)
@given(data=st.data())
def test_azure_ai_ml_and_we_agree(oracle: Oracle, kind: Kind, data: st.DataObject) -> None:
    """What azure-ai-ml takes we take, and what it refuses we refuse, but for the named exceptions."""
    _compare(oracle, FAMILIES[kind], data.draw(documents(kind)))


DEPLOYMENT = {"name": "blue", "endpoint_name": "my-endpoint", "instance_type": "Standard_DS3_v2"}


@pytest.mark.parametrize(
    "texts",
    [
        ["instance_count=2"],
        ["instance_count=two"],
        ["app_insights_enabled=true"],
        ["app_insights_enabled=truly"],
        ["name=green", "tags.a=1"],
        ["liveness_probe.period=5"],
        ["liveness_probe.port=5"],
        ["model.path=model"],
        ["model=azureml:m:2"],
        ["environment.image=python:3.12"],
        ["description.a=b"],
        ["tags.a.b.c=d"],
        ["data_collector.collections.request.enabled=true"],
        ['tags={"a": 1}'],
        ["scale_settings.type=default"],
    ],
)
@pytest.mark.parametrize("more", [{}, {"model": "azureml:m:1", "environment": "azureml:e:1", "description": "text"}])
def test_azure_ai_ml_and_we_agree_on_what_the_command_line_sets(
    oracle: Oracle, texts: list[str], more: dict[str, Any]
) -> None:
    """`--set` is taken and refused alike, on keys that are there, that are not, and that are references."""
    document = {**DEPLOYMENT, **more}
    overrides = [parse_override(text) for text in texts]
    ours = load(document, Kind.MANAGED_ONLINE_DEPLOYMENT, overrides)
    accepted, message = oracle.ask(Family.ONLINE_DEPLOYMENT, document, overrides=overrides)
    assert accepted is not ours.refused, (message, ours.problems)


@pytest.mark.parametrize(("path", "kind"), examples(), ids=lambda each: getattr(each, "stem", ""))
@settings(COMPARING, max_examples=PER_EXAMPLE)
@given(data=st.data())
def test_azure_ai_ml_and_we_agree_on_damaged_examples(
    oracle: Oracle, path: Path, kind: Kind, data: st.DataObject
) -> None:
    """The shipped examples with a key renamed, removed or given another value are judged alike."""
    document = Document(path.read_text(encoding="utf-8")).root.value
    _compare(oracle, FAMILIES[kind], data.draw(damaged(document)), path.parent)
