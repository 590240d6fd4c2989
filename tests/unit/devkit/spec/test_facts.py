"""The data files have the shape that the code reads, and say where they come from."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from importlib.resources import files

import pytest

from devkit.spec.facts import read_rows, service_limits, sources
from devkit.spec.images import ImageReference, image_facts, parse_image
from devkit.spec.skus import all_skus, find_sku, similar_names


def test_every_data_file_says_where_it_comes_from() -> None:
    """A fact without a source, a date and a way to refresh it does not get in."""
    shipped = {each.name for each in files("devkit.spec.data").iterdir() if each.name.endswith((".csv", ".json"))}
    assert shipped - {"sources.json"} == set(sources())
    for source in sources().values():
        assert dt.date.fromisoformat(source.date) <= dt.datetime.now(tz=dt.timezone.utc).date()
        assert source.source
        assert source.refresh


@pytest.mark.parametrize("name", ["managed_online_skus.csv", "images.csv"])
def test_columns_of_general_knowledge_exist(name: str) -> None:
    """The columns marked as less certain are columns of the file."""
    assert set(sources()[name].from_general_knowledge) <= set(read_rows(name)[0])


def test_every_size_is_plausible() -> None:
    """A slip in the table of sizes (a missing zero, a shifted column) does not get in."""
    for sku in all_skus().values():
        assert re.fullmatch(r"Standard_[A-Z]+\d+[a-z]*(_[A-Z0-9]+)?(_v\d)?", sku.name), sku
        assert 1 <= sku.vcpus <= 128
        assert 1.75 <= sku.memory_gib / sku.vcpus <= 32
        assert (sku.gpu_kind is None) == (sku.gpus == 0) == (sku.gpu_memory_gib == 0)
        assert sku.family


def test_sizes_are_found_whatever_their_case() -> None:
    """Azure takes STANDARD_DS3_V2 and Standard_DS3_v2 alike."""
    assert find_sku("STANDARD_DS3_V2") is find_sku("Standard_DS3_v2") is not None
    assert find_sku("Standard_DS3") is None
    assert "Standard_DS3_v2" in similar_names("Standard_DS3v2")


@pytest.mark.parametrize(
    ("name", "instances", "vcpus"),
    [("Standard_DS3_v2", 10, 48), ("Standard_DS3_v2", 1, 8), ("Standard_NC24ads_A100_v4", 3, 72)],
)
def test_quota_counts_the_reserve(name: str, instances: int, vcpus: int) -> None:
    """The service asks for 20 percent more machines, rounded up, except for some sizes."""
    sku = find_sku(name)
    assert sku is not None
    assert sku.quota(instances) == vcpus


def test_a_part_of_a_gpu_is_a_fraction() -> None:
    """The small A10 sizes have a sixth of a GPU."""
    sku = find_sku("Standard_NV6ads_A10_v5")
    assert sku is not None
    assert sku.gpus == Fraction(1, 6)


def test_limits_are_whole_numbers() -> None:
    """Each limit is a positive integer."""
    assert all(isinstance(value, int) and value > 0 for value in service_limits().values())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("python", ("docker.io", "python", None, None)),
        ("tensorflow/serving:2.16-gpu", ("docker.io", "tensorflow/serving", "2.16-gpu", None)),
        ("mcr.microsoft.com/azureml/x:1", ("mcr.microsoft.com", "azureml/x", "1", None)),
        ("localhost:5000/x", ("localhost:5000", "x", None, None)),
        ("x@sha256:" + "0" * 64, ("docker.io", "x", None, "sha256:" + "0" * 64)),
    ],
)
def test_an_image_name_is_taken_apart(text: str, parts: tuple[str, str, str | None, str | None]) -> None:
    """Registry, repository, tag and digest are told apart as Docker does."""
    assert parse_image(text) == ImageReference(*parts)


@pytest.mark.parametrize("text", ["", "A B", "http://x/y", "x:", "x@sha256:1", "UPPER/case"])
def test_what_is_no_image_name_is_told(text: str) -> None:
    """A URL, an upper-case repository or an empty tag is no image."""
    assert parse_image(text) is None


def test_images_are_known_by_name() -> None:
    """The first row that fits an image's name gives its facts."""
    current = image_facts("mcr.microsoft.com/azureml/curated/minimal-py312-cuda12.4-inference:1")
    assert current is not None
    assert (current.device, current.cuda, current.has_server) == ("gpu", "12.4", True)
    old = image_facts("mcr.microsoft.com/azureml/openmpi3.1.2-ubuntu18.04")
    assert old is not None
    assert old.status == "removed"
    assert image_facts("example.org/own:1") is None
