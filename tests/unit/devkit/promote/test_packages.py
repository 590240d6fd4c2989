"""Which of the installed packages are a deployment's."""

from __future__ import annotations

from typing import Any

import pytest

from devkit.promote.packages import packages_of
from devkit.runtime.inventory import Distribution, Inventory

MARKERS = {"python_version": "3.11", "sys_platform": "linux", "extra": ""}


def inventory(*distributions: Distribution, conda: tuple[str, ...] = ()) -> Inventory:
    """Of a Python that has them."""
    found = {each.name.lower().replace("_", "-"): each for each in distributions}
    return Inventory("3.11.7", "linux-x86_64", MARKERS, found, conda)


def asks_for(*lines: str) -> dict[str, Any]:
    """A conda file."""
    return {"dependencies": ["python=3.11", {"pip": list(lines)}]}


APP = Distribution("App", "1.0", ("Lib>=1", "winonly; sys_platform == 'win32'", "speed; extra == 'fast'"))
LIB = Distribution("Lib", "2.1", ("App",))
OTHERS = (Distribution("winonly", "1"), Distribution("speed", "3"), Distribution("pytest", "9"))


def test_what_the_file_asks_for_and_what_that_needs() -> None:
    """Markers are evaluated where it is installed, cycles end, and what nobody asks for is left out."""
    found = packages_of(inventory(APP, LIB, *OTHERS), asks_for("app"))
    assert found.pip == ("App==1.0", "Lib==2.1")
    assert (found.python, found.platform, found.conda) == ("3.11.7", "linux-x86_64", ())


def test_an_extra_brings_its_own() -> None:
    """What an extra needs belongs to it only when the extra is asked for."""
    assert packages_of(inventory(APP, LIB, *OTHERS), asks_for("app[fast]")).pip == ("App==1.0", "Lib==2.1", "speed==3")


def test_what_is_not_there_is_left_out() -> None:
    """A package that the file names and nobody installed cannot be named exactly."""
    assert packages_of(inventory(LIB), asks_for("app", "./a.whl", "lib")).pip == ("Lib==2.1",)


def test_all_of_a_conda_environment() -> None:
    """Conda's packages are named by conda; those of pip are named by pip, all of them."""
    numpy = Distribution("numpy", "1.26.4", by_conda=True)
    lines = ("numpy=1.26.4=py311h64a7726_0", "python=3.11.7=h955ad1f_0")
    found = packages_of(inventory(numpy, LIB, conda=lines), asks_for())
    assert found.conda == lines
    assert found.pip == ("Lib==2.1",)


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        ({"url": "https://example.invalid/lib.zip", "archive_info": {}}, "Lib @ https://example.invalid/lib.zip"),
        (
            {"url": "https://example.invalid/lib.zip", "archive_info": {"hashes": {"sha256": "00ff"}}},
            "Lib @ https://example.invalid/lib.zip#sha256=00ff",
        ),
        (
            {"url": "https://example.invalid/lib.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}},
            "Lib @ git+https://example.invalid/lib.git@c0ffee",
        ),
    ],
)
def test_what_came_from_elsewhere_is_named_by_its_place(origin: dict[str, Any], line: str) -> None:
    """A commit or an archive's hash says more than the version of what lies there."""
    assert packages_of(inventory(Distribution("Lib", "2.1", origin=origin)), asks_for("lib")).pip == (line,)


def test_what_came_from_a_folder_has_no_name() -> None:
    """Nobody else has that folder, and so it is told by its name alone."""
    found = packages_of(inventory(Distribution("Lib", "2.1", origin={"url": "file:///lib"})), asks_for("lib"))
    assert (found.pip, found.unnamed) == ((), ("Lib",))
