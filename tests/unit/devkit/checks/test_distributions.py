from __future__ import annotations

import csv
import json
from importlib.resources import files

from devkit.checks.conda import normalise_name
from devkit.checks.distributions import installed_with, owners_of


def test_well_known_names_lead_to_their_distributions() -> None:
    """A module is found under the distribution that people install for it."""
    assert "scikit-learn" in owners_of("sklearn")
    assert "pillow" in owners_of("PIL")
    assert "opencv-python-headless" in owners_of("cv2")
    assert "some-package" in owners_of("some_package")


def test_the_standard_library_has_no_owner() -> None:
    """Nobody is told to install json."""
    assert owners_of("json") == frozenset()


def test_what_a_distribution_brings_counts_as_installed() -> None:
    """Numpy need not be listed beside scikit-learn."""
    assert "numpy" in installed_with(frozenset({"scikit-learn"}))


def test_the_data_files_have_their_shape() -> None:
    """Names are normalised, sorted and told once a pair; the resolution carries its source and date."""
    data = files("devkit.checks.data")
    text = (data / "import_names.csv").read_text(encoding="utf-8")
    rows = [(row["import_name"], row["distribution"]) for row in csv.DictReader(text.splitlines())]
    assert len(rows) > 1000
    assert rows == sorted(set(rows))
    assert all(name and owner == normalise_name(owner) for name, owner in rows)
    brings = json.loads((data / "brings.json").read_text(encoding="utf-8"))
    assert brings["source"]
    assert brings["date"]
    assert len(brings["brings"]) > 30
    assert all(others == sorted(map(normalise_name, others)) for others in brings["brings"].values())
