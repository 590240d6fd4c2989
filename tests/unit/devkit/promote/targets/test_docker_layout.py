"""What a promotion makes on a Docker host, without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.endpoints.documents import from_values
from devkit.promote.digests import digests_of
from devkit.promote.targets.base import Desired
from devkit.promote.targets.docker_layout import (
    Names,
    backend_of,
    contents_of,
    first_config,
    instance_options,
)
from devkit.promote.targets.docker_shares import with_changes
from devkit.runtime.plan import CodePlan, DeploymentPlan, EnvironmentPlan, Flavour, ModelPlan, ResourceLimits
from devkit.spec.kinds import Family

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = "a" * 32


@pytest.fixture
def desired(tmp_path: Path) -> Desired:
    """Two instances with code, and a model that is a file."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text("")
    (tmp_path / "weights.txt").write_text("7")
    plan = DeploymentPlan(
        "shop",
        "green",
        Flavour.SCRIPT,
        instance_count=2,
        code=CodePlan(tmp_path / "src", "src", "score.py"),
        model=ModelPlan(tmp_path / "weights.txt", "m", "1"),
        environment=EnvironmentPlan("image"),
        resources=ResourceLimits(cpus=8, memory_bytes=1 << 30, gpus=1),
        dev=True,
    )
    values = {"name": "green", "endpoint_name": "shop", "instance_type": "Standard_DS3_v2"}
    document = from_values(Family.ONLINE_DEPLOYMENT, values, tmp_path)
    return Desired("p1", document, None, plan, digests_of(document, plan), None)


def test_content_is_named_by_its_digest_and_mounted_where_the_service_has_it(desired: Desired) -> None:
    """A file's volume is mounted at its folder, since a volume cannot be a file."""
    found = {each.target: each for each in contents_of(desired)}
    model, code = found["/var/azureml-app/azureml-models/m/1"], found["/var/azureml-app/src"]
    assert model.volume == f"devkit-model-{(desired.digests.model or '')[:32]}"
    assert code.volume == f"devkit-code-{(desired.digests.code or '')[:32]}"


def test_names_fit_the_dns() -> None:
    """The longest names that Azure allows are shorter than a label of the DNS."""
    assert len(Names(_LONGEST, _LONGEST, "p1").host(99)) < 63


def test_promotions_do_not_share_names() -> None:
    """Two promotions of one deployment make different containers on the same network."""
    first, second = (Names("shop", "green", each) for each in ("p1", "p2"))
    assert first.instance(0) != second.instance(0)
    assert first.network == second.network


def test_an_instance_is_bounded_and_published_nowhere(desired: Desired) -> None:
    """The host's CPUs are all that it can get; the gateway alone reaches it; `dev` has no place there."""
    options = instance_options(desired, Names("shop", "green", "p1"), 1, {}, cpus=2)
    assert options["ports"] == {}
    assert (options["nano_cpus"], options["mem_limit"]) == (2_000_000_000, 1 << 30)
    assert options["restart_policy"] == {"Name": "on-failure", "MaximumRetryCount": 5}
    assert options["device_requests"][0]["Capabilities"] == [["gpu"]]
    assert all(each["ReadOnly"] and each["Type"] == "volume" for each in options["mounts"])
    assert "entrypoint" not in options


def test_the_gateway_knows_the_instances_by_name(desired: Desired) -> None:
    """A new deployment gets no traffic until it is given some; the rules of shares hold."""
    names = Names("shop", "green", "p1")
    config = with_changes(first_config("shop", ["k"]), {"backends": {"green": backend_of(desired, names)}})
    assert [each.host for each in config.backends["green"].targets] == [names.host(0), names.host(1)]
    assert (config.traffic, config.revision) == ({}, 2)
    with pytest.raises(ValueError, match="must be 0 or 100"):
        with_changes(config, {"traffic": {"green": 50}})
