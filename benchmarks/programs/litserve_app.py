"""LitServe with its default settings and one worker."""

from __future__ import annotations

import sys
from typing import Any

import litserve
from model import predict


class Model(litserve.LitAPI):
    """The same model behind LitServe's hooks."""

    def setup(self, device: str) -> None:
        """Load nothing."""

    def predict(self, x: Any) -> Any:
        """Score the parsed body."""
        return predict(x)


if __name__ == "__main__":
    server = litserve.LitServer(Model(api_path="/score"), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), num_api_servers=1, generate_client_file=False)
