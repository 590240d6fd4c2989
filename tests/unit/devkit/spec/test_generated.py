"""What is made from the declarations: schemas, the reference page, and documents from models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devkit.spec.document import Document
from devkit.spec.dumping import document_of
from devkit.spec.generate import generated_files, write
from devkit.spec.json_schema import schema_of
from devkit.spec.kinds import Kind
from devkit.spec.loading import load
from devkit.spec.schema_problems import Code, Enforcer
from tests.support.documents import documents, examples

if TYPE_CHECKING:
    from devkit.spec.loading import Loaded

ROOT = Path(__file__).resolve().parents[4]
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
KEYS = st.text(max_size=8) | st.integers() | st.booleans() | st.none() | st.floats()
VALIDATORS = {kind: jsonschema.Draft7Validator(schema_of(kind)) for kind in Kind}


def _taken(loaded: Loaded) -> bool:
    """Whether azure-ai-ml takes the document, with the names that its command line can give."""
    refusing = {Enforcer.LOADER, Enforcer.CLIENT}
    return not any(each.enforced_by in refusing and each.code is not Code.MISSING_NAME for each in loaded.problems)


@pytest.mark.parametrize("name", sorted(generated_files()))
def test_a_generated_file_is_what_the_declarations_give(name: str) -> None:
    """A declaration that changes without its generated files (`python -m devkit.spec.generate`) is found."""
    assert (ROOT / name).read_text(encoding="utf-8") == generated_files()[name]


def test_generating_writes_what_has_changed(tmp_path: Path) -> None:
    """The first run writes every file, the second none."""
    assert len(write(tmp_path)) == len(generated_files())
    assert write(tmp_path) == []


@pytest.mark.parametrize("kind", Kind)
def test_a_schema_is_a_schema(kind: Kind) -> None:
    """Each exported file is a valid JSON Schema of draft 07 with a description for every key."""
    schema = schema_of(kind)
    jsonschema.Draft7Validator.check_schema(schema)
    blocks = [schema, *schema["definitions"].values()]
    assert all(each.get("description") for block in blocks for each in block["properties"].values())


@pytest.mark.parametrize("kind", Kind)
@FEW
@given(data=st.data())
def test_a_schema_is_at_most_as_strict_as_azure_ai_ml(kind: Kind, data: st.DataObject) -> None:
    """What azure-ai-ml takes, no editor marks red for the schema."""
    document = data.draw(documents(kind))
    if _taken(load(document, kind)):
        assert not list(VALIDATORS[kind].iter_errors(document))


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.SERVERLESS_ENDPOINT])
def test_a_schema_finds_an_unknown_key(kind: Kind) -> None:
    """A slip in a key is marked by any editor that has the schema."""
    assert [each.validator for each in VALIDATORS[kind].iter_errors({"surprise": 1})].count("additionalProperties") == 1


@pytest.mark.parametrize(("path", "kind"), examples(), ids=lambda each: getattr(each, "stem", ""))
def test_the_examples_fit_their_schema(path: Path, kind: Kind) -> None:
    """The shipped examples are right to the loader and to the schema."""
    document = Document(path.read_text(encoding="utf-8")).root.value
    assert _taken(load(document, kind))
    assert not list(VALIDATORS[kind].iter_errors(document))


@pytest.mark.parametrize("kind", Kind)
@FEW
@given(data=st.data())
def test_a_model_gives_the_document_that_gives_the_model(kind: Kind, data: st.DataObject) -> None:
    """Nothing is lost or changed on the way from a model to a document and back."""
    loaded = load(data.draw(documents(kind)), kind)
    assert loaded.block is not None
    if _taken(loaded):
        assert load(document_of(loaded.block), kind).block == loaded.block


@FEW
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    kind=st.sampled_from(Kind),
)
def test_no_value_breaks_the_loader(value: Any, kind: Kind) -> None:
    """Whatever YAML can hold ends in a model and a list of problems, each inside the document."""
    for problem in load(value, kind).problems:
        assert problem.message
        assert isinstance(problem.path, tuple)
