"""MLServer with a custom handler, so that the body is the same as everybody's."""

from __future__ import annotations

import json

from fastapi import Request, Response
from mlserver import MLModel
from mlserver.handlers import custom_handler
from model import run


class Model(MLModel):
    """The same model as an MLServer runtime."""

    async def load(self) -> bool:
        """Load nothing."""
        return True

    @custom_handler(rest_path="/score")
    async def score(self, request: Request) -> Response:
        """Score the body."""
        result = run((await request.body()).decode())
        return Response(json.dumps(result), media_type="application/json")
