from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.projects import DEPLOYMENT, ENDPOINT, Place, found, places

if TYPE_CHECKING:
    from pathlib import Path

GREEN = DEPLOYMENT.replace("name: blue", "name: green")


@pytest.mark.parametrize(("traffic", "wrong"), [("{blue: 100}", 0), ("{blue: 0}", 0), ("{}", 0), ("{a: 50, b: 40}", 1)])
def test_traffic_sums_to_nothing_or_to_all(tmp_path: Path, traffic: str, wrong: int) -> None:
    """The service takes 0 or 100 and nothing between."""
    assert len(found(tmp_path, {"e.yml": f"{ENDPOINT}traffic: {traffic}\n"}, "traffic-sum")) == wrong


def test_the_sum_is_found_at_the_key(tmp_path: Path) -> None:
    """The finding stands at traffic, for no single number is wrong."""
    files = {"e.yml": ENDPOINT + "traffic:\n  a: 60\n"}
    assert places(tmp_path, files, "traffic-sum") == [Place("e.yml", 3, 1, "traffic")]


def test_traffic_to_an_unknown_deployment_is_found_with_its_mend(tmp_path: Path) -> None:
    """A name that no file has is told, and the nearest one is the fix."""
    files = {"e.yml": ENDPOINT + "traffic: {bleu: 100}\n", "d.yml": DEPLOYMENT}
    (finding,) = found(tmp_path, files, "traffic-target")
    assert [fix.title for fix in finding.fixes] == ["Write blue"]


def test_deployments_that_live_elsewhere_are_not_missed(tmp_path: Path) -> None:
    """Where no deployment is here at all, nothing is said of names."""
    assert found(tmp_path, {"e.yml": ENDPOINT + "traffic: {bleu: 100}\n"}, "traffic-target") == []


@pytest.mark.parametrize(
    ("mirror", "wrong"),
    [("{green: 10}", 0), ("{blue: 10}", 1), ("{green: 10, red: 10}", 1), ("{blue: 0}", 0)],
)
def test_a_mirror_goes_to_one_deployment_without_live_traffic(tmp_path: Path, mirror: str, wrong: int) -> None:
    """One target, and not one that answers already."""
    text = f"{ENDPOINT}traffic: {{blue: 100}}\nmirror_traffic: {mirror}\n"
    assert len(found(tmp_path, {"e.yml": text}, "mirror")) == wrong


def test_two_files_of_one_deployment_point_at_each_other(tmp_path: Path) -> None:
    """Each of the two findings names the other file."""
    first, second = found(tmp_path, {"a.yml": DEPLOYMENT, "b.yml": DEPLOYMENT, "c.yml": GREEN}, "duplicate-deployment")
    assert [place.path.name for place in (*first.related, *second.related)] == ["b.yml", "a.yml"]


def test_projects_side_by_side_do_not_mix(tmp_path: Path) -> None:
    """Two folders with an endpoint and a deployment of the same names are two projects."""
    files = {
        f"{name}/{file}": text for name in ("one", "two") for file, text in (("e.yml", ENDPOINT), ("d.yml", DEPLOYMENT))
    }
    assert found(tmp_path, files, "duplicate-deployment") == []


def test_an_endpoint_above_its_deployments_is_theirs(tmp_path: Path) -> None:
    """Deployments in folders of their own belong to the endpoint in the folder above."""
    files = {"e.yml": ENDPOINT, "blue/d.yml": DEPLOYMENT, "again/d.yml": DEPLOYMENT}
    assert len(found(tmp_path, files, "duplicate-deployment")) == 2


def test_an_endpoint_in_a_folder_beside_is_found_by_its_name(tmp_path: Path) -> None:
    """endpoints/ and deployments/ side by side are read together, when the name is the only one."""
    files = {
        "endpoints/e.yml": ENDPOINT.replace("name: shop", "name: shop\ncompute: azureml:c"),
        "deployments/d.yml": DEPLOYMENT,
    }
    files["endpoints/e.yml"] = files["endpoints/e.yml"].replace("managedOnline", "kubernetesOnline")
    assert len(found(tmp_path, files, "unlike-endpoint")) == 1


def test_the_twenty_first_deployment_is_too_many(tmp_path: Path) -> None:
    """Twenty are fine; of twenty-one the last is refused."""
    files = {f"{n:02}.yml": DEPLOYMENT.replace("blue", f"colour-{n:02}") for n in range(20)}
    assert found(tmp_path, files, "too-many-deployments") == []
    files["20.yml"] = DEPLOYMENT.replace("blue", "colour-20")
    assert places(tmp_path, files, "too-many-deployments") == [Place("20.yml", 3, 16, "shop")]


def test_a_misspelt_endpoint_is_found_where_others_are(tmp_path: Path) -> None:
    """With an endpoint file beside it, a name that none has is told; without one, nothing is."""
    wrong = DEPLOYMENT.replace("shop", "shpo")
    assert found(tmp_path / "a", {"d.yml": wrong}, "endpoint-not-here") == []
    (finding,) = found(tmp_path / "b", {"d.yml": wrong, "e.yml": ENDPOINT}, "endpoint-not-here")
    assert finding.fixes[0].edits[0].new_text == "shop"


@pytest.mark.parametrize(
    ("kind", "length", "wrong"), [("kubernetes", 31, 1), ("kubernetes", 30, 0), ("managed", 31, 0)]
)
def test_on_kubernetes_two_names_share_62_characters(tmp_path: Path, kind: str, length: int, wrong: int) -> None:
    """Endpoint and deployment make one name on a cluster; on Azure's machines they do not."""
    text = f"type: {kind}\nname: {'b' * length}\nendpoint_name: {'e' * 32}\ninstance_type: x\n"
    assert len(found(tmp_path, {"d-deployment.yml": text}, "kubernetes-names")) == wrong


def test_a_cluster_mirrors_nothing(tmp_path: Path) -> None:
    """Only managed endpoints copy traffic; a share of 0 asks for nothing."""
    text = "name: shop\ncompute: azureml:cluster\nmirror_traffic:\n  green: {}\n"
    assert len(found(tmp_path, {"endpoint.yml": text.format(10)}, "mirror")) == 1
    assert found(tmp_path, {"endpoint.yml": text.format(0)}, "mirror") == []
