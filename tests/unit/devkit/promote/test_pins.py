"""Which requirements another day may resolve otherwise."""

from __future__ import annotations

import pytest

from devkit.promote.packages import Packages
from devkit.promote.pins import is_exact_conda, is_exact_pip, resolved_again


@pytest.mark.parametrize(
    ("line", "exact"),
    [
        ("numpy==1.26.4", True),
        ("numpy=1.26.4=py311h64a7726_0", True),
        ("conda-forge::numpy==1.26.4", True),
        ("numpy ==1.26.4", True),
        ("python=3.11.7", True),
        ("numpy=1.26.4", False),
        ("numpy==1.26.*", False),
        ("numpy==1.26,<2", False),
        ("numpy>=1.26", False),
        ("numpy", False),
        ("python=3.11", False),
        ("python>=3.11.7", False),
    ],
)
def test_a_line_of_conda(line: str, exact: bool) -> None:
    """One version is `==1.2.3`, or `=1.2.3=BUILD`; of Python also all three numbers."""
    assert is_exact_conda(line) is exact


@pytest.mark.parametrize(
    ("line", "exact"),
    [
        ("numpy==1.26.4", True),
        ("torch==2.9.0+cpu", True),
        ("a[b]==1; python_version >= '3.8'", True),
        ("a @ https://example.invalid/a-1.tar.gz", True),
        ("a===1.0", True),
        ("numpy==1.*", False),
        ("numpy>=1,==1.2", False),
        ("numpy~=1.26", False),
        ("./a.whl", False),
    ],
)
def test_a_line_of_pip(line: str, exact: bool) -> None:
    """One version is `==` or `===` alone and without a star, or a place to fetch it from."""
    assert is_exact_pip(line) is exact


def test_what_is_resolved_again() -> None:
    """The file's own lines as they stand there, then what they need by name; neither pip itself nor its options."""
    conda = {"dependencies": ["python=3.12", "scipy>=1.1", "pip", {"pip": ["torch==2.9  # why", "flask", "--pre"]}]}
    packages = Packages(
        python="3.12.1", platform="linux-x86_64", pip=("Flask==3", "numpy==2", "scipy==1", "torch==2.9")
    )
    assert resolved_again(conda, None) == ["python=3.12", "scipy>=1.1", "flask"]
    assert resolved_again(conda, packages) == ["python=3.12", "scipy>=1.1", "flask", "numpy"]
    assert resolved_again(None, None) == []
