"""BentoML with its default settings and one worker."""

from __future__ import annotations

import bentoml
from model import predict


@bentoml.service
class Model:
    """The same model as a BentoML service."""

    @bentoml.api(route="/score")
    def score(self, data: list[list[float]]) -> dict[str, list[float]]:
        """Score the parsed body."""
        return predict({"data": data})
