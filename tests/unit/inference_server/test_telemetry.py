"""The Application Insights flags: what is exported, and what is said when nothing can be."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from inference_server import telemetry
from inference_server.settings import Settings
from inference_server.telemetry import _duration, _is_exported

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = """\
import logging
def init():
    print("printed in init")
    logging.getLogger("mine").info("logged in init")
def run(data):
    logging.getLogger("mine").debug("hidden")
    return {"echo": data}
"""

SERVE = """\
import sys
from pathlib import Path
from inference_server import telemetry
from inference_server.app import create_app
from inference_server.engine import ScoringEngine
from inference_server.script_process import script_process
from inference_server.settings import Settings
settings = Settings(
    entry_script=Path(sys.argv[1]), app_root=Path(sys.argv[1]).parent, appinsights_enabled=True, service_name="svc",
    model_data_collection=True,
)
with script_process(settings):
    engine = ScoringEngine(settings)
    telemetry.attach(engine)
    engine.start()
    client = create_app(engine).test_client()
    client.get("/")
    print(client.post("/score", data="hi", headers={"x-request-id": "id-1"}).get_json())
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, dict[str, list[bytes]]]]:
    """An OTLP/HTTP receiver: its URL, and the bodies that were posted, by path."""
    received: dict[str, list[bytes]] = {"/v1/traces": [], "/v1/logs": []}

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received[self.path].append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()
        thread.join()


def test_a_request_and_the_scripts_output_reach_the_collector(
    tmp_path: Path, collector: tuple[str, dict[str, list[bytes]]]
) -> None:
    """The span bears azmlinfsrv's attributes; print() and the script's own loggers are exported; probes are not."""
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    script = tmp_path / "score.py"
    script.write_text(SCRIPT, encoding="utf-8")
    url, received = collector
    result = subprocess.run(
        [sys.executable, "-c", SERVE, str(script)],
        env={"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_COMPRESSION": "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    traces = [ExportTraceServiceRequest.FromString(body) for body in received["/v1/traces"]]
    [span] = [
        span
        for trace in traces
        for resource in trace.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    attributes = {each.key: each.value.string_value for each in span.attributes}
    assert span.name == "/score"
    assert attributes["Request Id"] == "id-1"
    assert attributes["Service Name"] == "svc"
    assert attributes["resultCode"] == "200"
    assert attributes["Response Value"] == '{"echo": "hi"}'
    logs = [ExportLogsServiceRequest.FromString(body) for body in received["/v1/logs"]]
    bodies = [
        record.body.string_value
        for log in logs
        for resource in log.resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]
    assert set(bodies) == {"printed in init", "logged in init", "model_data_collection", "{'echo': 'hi'}"}


def test_without_the_extra_there_is_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """The warning names the command that installs it; nothing is warned of where telemetry is off."""
    monkeypatch.setattr(telemetry, "_DISTRIBUTIONS", ("no_such_package.sdk",))
    warning = telemetry.missing(Settings(appinsights_enabled=True))
    assert warning is not None
    assert warning.endswith("pip install 'endpoint-devkit[otel]'")
    assert telemetry.missing(Settings()) is None


def test_with_the_extra_there_is_no_warning() -> None:
    """OpenTelemetry is installed where the tests run."""
    assert telemetry.missing(Settings(appinsights_enabled=True)) is None


@pytest.mark.parametrize(
    ("name", "level", "exported"),
    [
        ("mine", logging.INFO, True),
        ("azmlinfsrv.print", logging.INFO, True),
        ("azmlinfsrv.trace", logging.INFO, True),
        ("azmlinfsrv", logging.INFO, False),
        ("azmlinfsrv", logging.ERROR, True),
        ("opentelemetry.exporter", logging.ERROR, False),
        ("urllib3.connectionpool", logging.WARNING, False),
    ],
)
def test_only_what_is_the_scripts_or_goes_wrong_is_exported(name: str, level: int, *, exported: bool) -> None:
    """Request lines are in the spans already, and a failing export must not feed itself."""
    assert _is_exported(logging.LogRecord(name, level, "", 0, "m", None, None)) is exported


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0.4, "00:00:00.000"), (61_001.9, "00:01:01.001"), (90_061_001, "1.01:01:01.001")],
)
def test_durations_are_written_as_azmlinfsrv_writes_them(milliseconds: float, text: str) -> None:
    """Hours, minutes, seconds and milliseconds, after the days if there are any."""
    assert _duration(milliseconds) == text
