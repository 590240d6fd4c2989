"""Azure's own tutorials, "Deploy and score a model" and "Safe rollout", typed with ``devkit`` for ``az ml``.

Each step is a command as the articles have it (the names and files are those of ``examples/blue-green``), and what must
be true of what it prints. The guide shows the same steps.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LINES", "STEPS", "Step"]

BLUE = {"prices": [187400, 268000, 392000], "by": "blue"}


class Step(NamedTuple):
    """A command line and what its output must satisfy."""

    line: str
    holds: Callable[[str], bool] = lambda printed: True


def _json(holds: Callable[[Any], bool]) -> Callable[[str], bool]:
    return lambda printed: holds(json.loads(printed))


STEPS = (
    Step("devkit online-endpoint create -f endpoint.yml", _json(lambda shown: shown["traffic"] == {})),
    Step(
        "devkit online-deployment create --name blue --endpoint house-prices -f blue-deployment.yml --all-traffic",
        _json(lambda shown: shown["provisioning_state"] == "Succeeded"),
    ),
    Step("devkit online-endpoint show -n house-prices", _json(lambda shown: shown["traffic"] == {"blue": 100})),
    Step("devkit online-endpoint list --output table", lambda printed: "house-prices" in printed),
    Step("devkit online-endpoint invoke -n house-prices --request-file sample-request.json", _json(BLUE.__eq__)),
    Step("devkit online-deployment get-logs --name blue --endpoint house-prices", lambda printed: "init" in printed),
    Step("devkit online-endpoint show -n house-prices -o tsv --query scoring_uri", lambda printed: "http" in printed),
    Step("devkit online-endpoint get-credentials -n house-prices -o tsv --query primaryKey", lambda key: len(key) > 20),
    Step(
        "devkit online-deployment update -n blue -e house-prices --set instance_count=2",
        _json(lambda shown: shown["instance_count"] == 2),
    ),
    Step("devkit online-deployment create --name green --endpoint house-prices -f green-deployment.yml"),
    Step(
        "devkit online-endpoint invoke -n house-prices --deployment-name green --request-file sample-request.json",
        _json(lambda answer: answer["by"] == "green"),
    ),
    Step(
        'devkit online-endpoint update -n house-prices --mirror-traffic "green=10"',
        _json(lambda shown: shown["mirror_traffic"] == {"green": 10}),
    ),
    Step(
        'devkit online-endpoint update -n house-prices --mirror-traffic "green=0"',
        _json(lambda shown: shown["mirror_traffic"] == {}),
    ),
    Step(
        'devkit online-endpoint update -n house-prices --traffic "blue=90 green=10"',
        _json(lambda shown: shown["traffic"] == {"blue": 90, "green": 10}),
    ),
    Step(
        "devkit online-endpoint update -f endpoint.yml",
        _json(lambda shown: shown["traffic"] == {"blue": 90, "green": 10}),
    ),
    Step("devkit online-deployment watch", _json(lambda rows: {row["state"] for row in rows} == {"Ready"})),
    Step(
        'devkit online-endpoint update -n house-prices --traffic "blue=0 green=100"',
        _json(lambda shown: shown["traffic"] == {"green": 100}),
    ),
    Step("devkit online-deployment update -n green -e house-prices --dev"),
    Step("devkit model create -n prices -p models/linear.json", _json(lambda shown: shown["version"] == "1")),
    Step("devkit model list -o table", lambda printed: "prices" in printed),
    Step("devkit model delete -n prices -v 1 --yes"),
    Step("devkit status", _json(lambda shown: shown["running"])),
    Step("devkit down"),
    Step("devkit up", _json(lambda shown: [each["name"] for each in shown["endpoints"]] == ["house-prices"])),
    Step("devkit online-deployment delete --name blue --endpoint house-prices --yes"),
    Step("devkit online-endpoint delete -n house-prices --yes"),
)
LINES = tuple(step.line for step in STEPS)
