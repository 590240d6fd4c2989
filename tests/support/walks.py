"""The walks of ``docs/promote.md``: from the sklearn example to each target, a typed line each.

`tests/e2e/test_promotion_walks.py` types them; the page shows the same.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LINES", "TO_AZURE", "TO_A_CLUSTER", "TO_A_DOCKER_HOST", "Step"]


class Step(NamedTuple):
    """A typed line, and what it prints."""

    line: str
    prints: str
    code: int = 0
    after_an_edit: bool = False
    """Whether `src/score.py` is edited first."""


TRAIN = Step("python train.py", "R²")
VALIDATE = Step("devkit validate --run", "2 passed, 0 failed")
VALIDATE_IMAGE = Step("devkit validate --run --runtime docker", "2 passed, 0 failed")

_GREEN = "devkit promote --to docker: --name green --steps 10,100 --hold 5s"
_AZURE = "devkit promote --to azureml:SUBSCRIPTION/RESOURCE_GROUP/WORKSPACE"

TO_A_DOCKER_HOST = (
    TRAIN,
    VALIDATE_IMAGE,
    Step("devkit promote --to docker: --plan", "+ create deployment blue"),
    Step("devkit promote --to docker: --hold 5s", "clients ask http://"),
    Step(_GREEN, "code/score.py; run `devkit validate --run --runtime docker", code=1, after_an_edit=True),
    VALIDATE_IMAGE,
    Step(_GREEN, "traffic: green 100 %"),
    Step("devkit rollback", "green 100 % -> blue 100 %"),
)
TO_AZURE = (
    TRAIN,
    VALIDATE,
    Step(f"{_AZURE} --plan", "+ create code version"),
    Step(f"{_AZURE} --hold 5m", "keys: az ml online-endpoint get-credentials"),
    Step("devkit rollback", "blue 100 % -> no traffic"),
)
TO_A_CLUSTER = (
    VALIDATE_IMAGE,
    Step(
        "devkit promote --to kubernetes:staging/serving --render manifests"
        " --target-option registry=registry.example/team/diabetes",
        "kubectl apply -k manifests",
    ),
)
LINES = tuple({step.line: None for step in (*TO_A_DOCKER_HOST, *TO_AZURE, *TO_A_CLUSTER)})
