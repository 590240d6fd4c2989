"""MLServer: one model with a custom handler; its extra ports (gRPC, metrics) are next to the first."""

from __future__ import annotations

from benchmarks.subject import MODEL, PEER, Place, Subject


def _command(place: Place) -> tuple[str, ...]:
    return (str(place.bin / "mlserver"), "start", ".")


SUBJECT = Subject(
    "MLServer",
    PEER,
    _command,
    (MODEL, "mlserver_model.py"),
    ("mlserver==1.7.1",),
    env={
        "MLSERVER_HOST": "127.0.0.1",
        "MLSERVER_HTTP_PORT": "{port}",
        "MLSERVER_GRPC_PORT": "{port2}",
        "MLSERVER_METRICS_PORT": "{port3}",
        "MLSERVER_PARALLEL_WORKERS": "0",
        "MLSERVER_MODEL_NAME": "bench",
        "MLSERVER_MODEL_IMPLEMENTATION": "mlserver_model.Model",
    },
)
