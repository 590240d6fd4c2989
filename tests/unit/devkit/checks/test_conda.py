from __future__ import annotations

import pytest

from devkit.checks.conda import normalise_name, parse_conda, parse_requirement


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("numpy", ("numpy", "")),
        ("numpy=1.26", ("numpy", "=1.26")),
        ("conda-forge::Scikit_Learn>=1.4", ("scikit-learn", ">=1.4")),
        ("azureml-inference-server-http~=1.5", ("azureml-inference-server-http", "~=1.5")),
        ("requests[socks]>=2 ; python_version<'3.9'", ("requests", ">=2")),
        ("-r requirements.txt", None),
        ("git+https://example.org/x.git", None),
        ("# nothing", None),
    ],
)
def test_requirement_lines_give_name_and_version(line: str, expected: tuple[str, str] | None) -> None:
    """Conda and pip lines give the normalised name and the version part; options and URLs give nothing."""
    assert parse_requirement(line) == expected


def test_a_conda_file_knows_its_packages_and_where_they_stand() -> None:
    """Conda and pip packages are found under one normalised name, with the path of their line."""
    conda = parse_conda({"dependencies": ["python=3.12", "pip", {"pip": ["Flask==3.0", "azureml_defaults"]}]})
    assert conda is not None
    assert conda.python == "3.12"
    assert conda.names == {"python", "pip", "flask", "azureml-defaults"}
    flask = conda.find("FLASK")
    assert flask is not None
    assert flask.path == ("dependencies", 2, "pip", 0)
    assert flask.pip


def test_a_reference_to_another_file_makes_it_incomplete() -> None:
    """What stands in a file that was not read is not claimed to be missing."""
    conda = parse_conda({"dependencies": [{"pip": ["-r requirements.txt", "numpy"]}]})
    assert conda is not None
    assert not conda.complete


@pytest.mark.parametrize("values", [None, [], "x", {}, {"dependencies": "numpy"}])
def test_anything_else_is_no_conda_file(values: object) -> None:
    """Only a mapping with a list of dependencies is a conda file."""
    assert parse_conda(values) is None


def test_names_compare_as_the_index_compares_them() -> None:
    """Case, dots, dashes and underscores make no difference."""
    assert normalise_name("Foo__Bar.baz") == "foo-bar-baz"
