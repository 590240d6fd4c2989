"""What the plan for Azure ML says is decided there anew."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from devkit.endpoints.documents import from_values
from devkit.promote.azure.address import read_settings
from devkit.promote.digests import Digests
from devkit.promote.packages import Packages
from devkit.promote.receipt import Receipt
from devkit.promote.targets.azureml import AzureML
from devkit.promote.targets.base import Desired
from devkit.runtime.plan import DeploymentPlan, EnvironmentPlan, Flavour
from devkit.spec.kinds import Family

DIGESTS = Digests(None, None, "e", "y", {})
IMAGE = "mcr.example.invalid/image"
PACKAGES = Packages(python="3.12.1", platform="linux-x86_64", pip=("Flask==3.1.3", "numpy==2.3.1", "Werkzeug==3.1.9"))


def cautions(environment: EnvironmentPlan, **receipt: Any) -> list[str]:
    """Of a deployment in that environment, with a receipt of those values."""
    values = {"name": "blue", "endpoint_name": "numbers", "instance_type": "Standard_DS3_v2"}
    document = from_values(Family.ONLINE_DEPLOYMENT, values, Path())
    plan = DeploymentPlan("numbers", "blue", Flavour.SCRIPT, environment=environment)
    usual = {"digests": DIGESTS, "runtime": "docker", "init_seconds": 1, "tools": {}, "golden": ()}
    made = Receipt(**{**usual, "made_at": datetime(2026, 11, 21, tzinfo=timezone.utc), **receipt})
    target = AzureML(read_settings("s/g/w", {}), Desired("p", document, None, plan, DIGESTS, made))
    try:
        return list(target.cautions())
    finally:
        target.close()


def conda(*pip: str) -> dict[str, Any]:
    """A conda file."""
    return {"dependencies": ["python=3.12.1", "pip", {"pip": list(pip)}]}


def test_what_is_resolved_again_is_named() -> None:
    """Also what the named packages need, as the receipt knows it, and how all of it is locked."""
    found = cautions(EnvironmentPlan(f"{IMAGE}@sha256:1", conda("flask", "numpy==2.3.1")), packages=PACKAGES)
    assert len(found) == 1
    assert found[0].startswith("Azure will resolve these packages again: flask, Werkzeug. ")
    assert "devkit environment lock" in found[0]


def test_a_locked_environment_needs_no_caution() -> None:
    """An image by digest and a fully pinned file leave nothing to decide."""
    assert cautions(EnvironmentPlan(f"{IMAGE}@sha256:1", conda(*PACKAGES.pip)), packages=PACKAGES) == []


def test_many_packages_are_counted() -> None:
    """A sentence names ten; the conda file has them all."""
    packages = Packages(python="3.12.1", platform="linux-x86_64", pip=tuple(f"p{number}==1" for number in range(15)))
    found = cautions(EnvironmentPlan(f"{IMAGE}@sha256:1", conda()), packages=packages)
    assert "p9 and 5 more." in found[0]


def test_a_tag_may_move() -> None:
    """The digest under which it was validated is told with it."""
    found = cautions(EnvironmentPlan(f"{IMAGE}:1"), image_digest=f"{IMAGE}@sha256:1")
    assert found == [
        f"Azure will pull {IMAGE}:1 again: a tag may name another image by then; it was validated as {IMAGE}@sha256:1."
    ]
