from __future__ import annotations

import pytest

from devkit.runtime.conda_file import read_conda, requirements_text, unsatisfied
from devkit.runtime.interpreters import Interpreter


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("numpy", "numpy"),
        ("numpy=1.26", "numpy==1.26.*"),
        ("numpy=1.26.*", "numpy==1.26.*"),
        ("numpy==1.26.4", "numpy==1.26.4"),
        ("numpy 1.26.*", "numpy==1.26.*"),
        ("numpy=1.26.4=py311h64a7726_0", "numpy==1.26.4.*"),
        ("numpy>=1.26,<2", "numpy<2,>=1.26"),
        ("conda-forge::numpy >= 1.26", "numpy>=1.26"),
        ("pytorch=2.4", "torch==2.4.*"),
        ("ruamel_yaml", "ruamel.yaml"),
        ("matplotlib-base!=3.9.1", "matplotlib!=3.9.1"),
    ],
)
def test_a_conda_package_is_asked_for_as_pip_understands(line: str, requirement: str) -> None:
    """Conda's versions become PEP 440's, and its names PyPI's."""
    found = read_conda({"dependencies": [line]})
    assert found.packages == (requirement,)
    assert found.not_honoured == ()


@pytest.mark.parametrize("line", ["cudatoolkit=11.8", "r-base", "libgcc-ng", "openmpi", "_libgcc_mutex=0.1"])
def test_what_pypi_does_not_have_is_left_out_and_told(line: str) -> None:
    """A program or library of conda alone is named as not honoured."""
    found = read_conda({"dependencies": [line]})
    assert found.packages == ()
    assert len(found.not_honoured) == 1
    assert line.partition("=")[0] in found.not_honoured[0]


def test_a_version_that_cannot_be_translated_is_told() -> None:
    """The package is taken in any version, and the user reads that."""
    found = read_conda({"dependencies": ["numpy=1.26|=1.25"]})
    assert found.packages == ("numpy",)
    assert "any version of numpy" in found.not_honoured[0]


@pytest.mark.parametrize(
    ("line", "python"), [("python=3.11", "==3.11.*"), ("python>=3.10,<3.12", "<3.12,>=3.10"), ("python", "")]
)
def test_the_python_is_told_apart(line: str, python: str) -> None:
    """Python is no package of the environment, but what it is made with."""
    found = read_conda({"dependencies": [line, "pip=23"]})
    assert (found.python, found.packages) == (python, ())


def test_pips_lines_stay_as_they_are() -> None:
    """Requirements are handed on word by word, options before them, and files of the build are told as lost."""
    pip = ["--extra-index-url https://example.invalid/simple", "a[b]==1.0 ; python_version>'3'  # why", "-r more.txt"]
    found = read_conda({"name": "x", "dependencies": ["numpy", {"pip": pip}]})
    assert requirements_text(found) == (
        "--extra-index-url https://example.invalid/simple\nnumpy\na[b]==1.0 ; python_version>'3'\n"
    )
    assert "'-r more.txt'" in found.not_honoured[0]


def test_an_interpreter_that_has_everything_lacks_nothing() -> None:
    """Names are compared as PyPI does, markers are honoured, and the kit stands in for the inference server."""
    here = Interpreter("/python", "3.11.7", "linux-x86_64", {"numpy": "1.26.4", "scikit-learn": "1.5.0"})
    pip = ["scikit_learn>=1.4", "pywin32; sys_platform == 'nowhere'", "azureml-inference-server-http"]
    wanted = read_conda({"dependencies": ["python=3.11", "numpy=1.26", {"pip": pip}]})
    assert unsatisfied(wanted, here) == ()


def test_what_an_interpreter_lacks_is_named() -> None:
    """The wrong Python, a wrong version, a missing package and a path are all told."""
    here = Interpreter("/python", "3.11.7", "linux-x86_64", {"numpy": "2.0"})
    wanted = read_conda({"dependencies": ["python=3.12", "numpy=1.26", {"pip": ["torch", "./mine.whl"]}]})
    assert unsatisfied(wanted, here) == ("python==3.12.*", "numpy==1.26.*", "torch", "./mine.whl")
