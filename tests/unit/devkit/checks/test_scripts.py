from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devkit.checks.files import Files
from devkit.checks.scripts import imported_packages, read_script

if TYPE_CHECKING:
    from pathlib import Path


def script(text: str) -> str:
    return textwrap.dedent(text)


def test_functions_are_read_with_their_parameters_and_decorators() -> None:
    """Init and run are found with the place of their names, their parameters and the names of their decorators."""
    found = read_script(
        script(
            """
            @input_schema("data", kind)
            @rawhttp
            async def run(data, request_headers=None, *rest, limit, extra=1, **more):
                return data
            """
        )
    )
    run = found.functions["run"]
    assert run.parameters == ("data", "request_headers", "limit", "extra")
    assert run.required == ("data", "limit")
    assert run.star_parameters == ("rest", "more")
    assert run.decorators == ("input_schema", "rawhttp")
    assert (run.place.line, run.place.column, run.place.end_column) == (4, 10, 13)


def test_columns_count_characters_also_behind_text_that_is_not_ascii() -> None:
    """An accent or an emoji on the line moves nothing: editors count characters, `ast` counts bytes."""
    found = read_script('größe = "🎯"; import torch\r\ndef init(): ...\n')
    assert (found.imports[0].place.column, found.imports[0].place.end_column) == (13, 25)
    assert found.functions["init"].place.line == 2


def test_a_byte_order_mark_is_no_mistake() -> None:
    """Python reads a file with one; so do we."""
    found = read_script("\ufeffimport torch\n")
    assert found.syntax_error is None
    assert found.imports[0].place.column == 0


def test_names_bound_in_any_way_at_the_top_level_are_known() -> None:
    """A run that is imported or assigned counts as defined, so that nobody is told that it is missing."""
    found = read_script("from helper import run\nif True:\n    init = print\n")
    assert {"run", "init"} <= found.names


@pytest.mark.parametrize(
    "text",
    [
        'os.path.join(os.getenv("AZUREML_MODEL_DIR"), "model", "a.pkl")',
        'os.path.join(os.environ["AZUREML_MODEL_DIR"], "model/a.pkl")',
        'os.path.join(os.environ.get("AZUREML_MODEL_DIR", "."), "model", "a.pkl")',
        'Path(os.environ["AZUREML_MODEL_DIR"]) / "model" / "a.pkl"',
        'Path(os.environ["AZUREML_MODEL_DIR"], "model", "a.pkl")',
        'Path(os.environ["AZUREML_MODEL_DIR"]).joinpath("model", "a.pkl")',
        'str(Path(os.environ["AZUREML_MODEL_DIR"]) / "./model/a.pkl")',
    ],
)
def test_every_usual_way_to_join_the_model_directory_is_understood(text: str) -> None:
    """os.path.join, Path and their mixtures give the same parts below the model directory."""
    paths = read_script(f"def init():\n    load({text})\n").model_paths
    assert [path.parts for path in paths] == [("model", "a.pkl")]


def test_a_variable_that_holds_the_model_directory_is_followed() -> None:
    """The usual two lines, base first and the join after, are understood."""
    paths = read_script('base = os.getenv("AZUREML_MODEL_DIR")\npath = os.path.join(base, "m.bin")\n').model_paths
    assert [path.parts for path in paths] == [("m.bin",)]


def test_a_variable_bound_to_two_things_is_not_guessed_at() -> None:
    """Where it is not known which value holds, nothing is claimed."""
    text = 'b = os.getenv("AZUREML_MODEL_DIR")\nb = "/tmp"\np = os.path.join(b, "m.bin")\n'
    assert read_script(text).model_paths == ()


def test_imports_know_whether_they_may_fail() -> None:
    """An import inside try or TYPE_CHECKING is marked as guarded; a relative one is the folder's own."""
    found = read_script("import numpy.linalg\ntry:\n    import torch\nexcept ImportError:\n    pass\nfrom . import a\n")
    assert [(each.package, each.guarded) for each in found.imports] == [("numpy", False), ("torch", True)]


def test_a_syntax_error_is_told_with_its_place() -> None:
    """A script that does not parse gives the parser's message, line and column."""
    problem = read_script("def run(:\n").syntax_error
    assert problem is not None
    assert "syntax" in problem[0]
    assert problem[1].line == 1


def test_imports_are_followed_through_the_code_folder(tmp_path: Path) -> None:
    """A helper module's imports count as the script's, and the helper itself is no missing package."""
    (tmp_path / "score.py").write_text("import helper, pkg.sub\n")
    (tmp_path / "helper.py").write_text("import pandas\nimport score\n")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "sub.py").write_text("import scipy\n")
    found = {(path.name, each.package) for path, each in imported_packages(tmp_path, "score.py", Files())}
    assert found == {("helper.py", "pandas"), ("sub.py", "scipy")}


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    """Whatever stands in a script, reading it ends in an answer."""
    read_script(text)
