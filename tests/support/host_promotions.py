"""Promotions to a second engine, step by step as the workflow takes them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import urllib3

from devkit.endpoints.documents import from_values
from devkit.golden.requests import Answer, Golden, GoldenRequest
from devkit.golden.rules import Rules
from devkit.promote.digests import digests_of
from devkit.promote.receipt import Receipt
from devkit.promote.targets import open_target
from devkit.promote.targets.base import Desired
from devkit.runtime.plan import CodePlan, DeploymentPlan, EnvironmentPlan, Flavour, ModelPlan, Probe
from devkit.spec.kinds import Family
from devkit.workspace import Workspace
from tests.support.docker_engine import require_engine, require_image

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from devkit.promote.targets.base import Target, TargetState
    from tests.support.second_engine import SecondEngine

__all__ = ["SAYS", "Promotions", "ask", "golden", "promoted"]

SAYS = """\
import os
def init(): print("hello from {word}")
def run(data):
    return {{"word": "{word}", "weights": open(os.environ["AZUREML_MODEL_DIR"] + "/weights.txt").read()}}
"""


class Promotions:
    """Opens targets for deployments of one project."""

    def __init__(self, root: Path, host: SecondEngine, endpoint: str) -> None:
        self._root = root
        self._host = host
        self.endpoint = endpoint
        self._opened: list[Target] = []
        self._image_id = str(require_engine().images.get(require_image()).id)

    def open(
        self,
        deployment: str,
        script: str,
        *,
        to: str | None = None,
        options: Mapping[str, str] | None = None,
        promotion: str = "first",
        **changes: Any,
    ) -> Target:
        """The target for a deployment of that score.py; with the options that plain tcp wants, unless `to` is given."""
        identifier = f"{promotion}-{self.endpoint}-{deployment}"
        desired = self._desired(deployment, script, identifier, changes)
        if options is None:
            options = {} if to is not None else {"bind": self._host.address, "allow-plain-tcp": "yes"}
        address = self._host.url if to is None else to
        target = open_target(f"docker:{address}", desired, Workspace(self._root), options)
        self._opened.append(target)
        return target

    def close(self) -> None:
        """Close every target."""
        for each in self._opened:
            each.close()

    def _desired(self, deployment: str, script: str, promotion: str, changes: dict[str, Any]) -> Desired:
        code = self._root / deployment / "src"
        code.mkdir(parents=True, exist_ok=True)
        (code / "score.py").write_text(script)
        model = self._root / "weights.txt"
        model.write_text("7")
        usual: dict[str, Any] = {
            "endpoint": self.endpoint,
            "deployment": deployment,
            "flavour": Flavour.SCRIPT,
            "code": CodePlan(code, "src", "score.py"),
            "model": ModelPlan(model, "m", "1"),
            "environment": EnvironmentPlan(require_image()),
            "readiness": Probe(initial_delay_s=1, period_s=1, failure_threshold=30),
        }
        plan = DeploymentPlan(**{**usual, **changes})
        values = {"name": deployment, "endpoint_name": self.endpoint, "instance_type": "Standard_DS3_v2"}
        document = from_values(Family.ONLINE_DEPLOYMENT, values, self._root)
        digests = digests_of(document, plan)
        receipt = Receipt(
            digests=digests,
            runtime="docker",
            image_id=self._image_id,
            init_seconds=1,
            tools={},
            golden=(),
            made_at=dt.datetime.now(dt.timezone.utc),
        )
        return Desired(promotion, document, None, plan, digests, receipt)


def promoted(target: Target, told: list[str], shares: dict[str, int]) -> TargetState:
    """Every step of a promotion that goes well; the state before it."""
    target.preflight()
    before = target.state()
    target.ship(told.append)
    target.create(told.append)
    target.wait(told.append)
    target.set_traffic(shares)
    return before


def ask(url: str, key: str | None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = urllib3.request("POST", f"{url}/score", json={}, headers=headers, timeout=30)
    return answer.status, answer.json() if answer.status == 200 else None


def golden(word: str) -> Golden:
    answer = Answer(body={"word": word, "weights": "7"})
    return Golden(word, GoldenRequest(body={}), answer, Rules())
