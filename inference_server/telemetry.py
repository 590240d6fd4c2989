"""The Application Insights flags, by OpenTelemetry: a span for each request, and the log, to an OTLP/HTTP endpoint.

The names of spans and attributes are azmlinfsrv 1.5.1's, so that queries go on working. It sends them to Application
Insights itself; here they go where OTEL_EXPORTER_OTLP_ENDPOINT says, http://localhost:4318 when it is not set: to a
collector, which knows every destination.

Needs the extra ``[otel]``; without it the flags are accepted, and :func:`missing` says what to install.
"""

from __future__ import annotations

import json
import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from inference_server.logs import PRINT, SERVER, TRACE

if TYPE_CHECKING:
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk.trace import TracerProvider

    from inference_server.engine import ScoringEngine
    from inference_server.settings import Settings

__all__ = ["attach", "missing"]

_SEND_INTERVAL_MS = 5000
_SEND_AT_ONCE = 100
"""azmlinfsrv's: a batch goes out after 5 s, or when it has 100 items."""

_DISTRIBUTIONS = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
_OF_THE_EXPORT_ITSELF = ("opentelemetry", "urllib3", "requests")


def missing(settings: Settings) -> str | None:
    """The warning to give when telemetry is asked for and cannot be exported; None when there is none to give."""
    if not settings.appinsights_enabled or _installed():
        return None
    return (
        "Application Insights is enabled, but OpenTelemetry is not installed: nothing is exported. "
        "Run: pip install 'endpoint-devkit[otel]'"
    )


def _installed() -> bool:
    try:
        return all(find_spec(name) for name in _DISTRIBUTIONS)
    except ModuleNotFoundError:  # a parent package is not there either
        return False


def attach(engine: ScoringEngine) -> None:
    """Export `engine`'s requests and this process's log, when the settings ask for it and it can be done.

    What waits is sent when the interpreter ends.
    """
    settings = engine.settings
    if not settings.appinsights_enabled or not _installed():
        return
    exports = _exports(settings)
    handler = _ExportingHandler(exports.logs)
    for name in (SERVER,) if settings.strict else (SERVER, None):
        logging.getLogger(name).addHandler(handler)
    engine.request_listeners.append(_RequestSpans(settings, exports.traces))
    if settings.model_data_collection:
        engine.run_listeners.append(_ModelData(settings))


class _Exports(NamedTuple):
    traces: TracerProvider
    logs: LoggerProvider


def _exports(settings: Settings) -> _Exports:
    """The two pipelines. The tracer's becomes the process's own, so that a script's spans are exported too."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": settings.service_name})
    traces = TracerProvider(resource=resource)
    traces.add_span_processor(
        BatchSpanProcessor(
            OTLPSpanExporter(), schedule_delay_millis=_SEND_INTERVAL_MS, max_export_batch_size=_SEND_AT_ONCE
        )
    )
    logs = LoggerProvider(resource=resource)
    logs.add_log_record_processor(
        BatchLogRecordProcessor(
            OTLPLogExporter(), schedule_delay_millis=_SEND_INTERVAL_MS, max_export_batch_size=_SEND_AT_ONCE
        )
    )
    trace.set_tracer_provider(traces)
    return _Exports(traces, logs)


class _ExportingHandler(logging.Handler):
    """Exports what a script prints and logs, and the server's warnings; a request's own line is in its span."""

    def __init__(self, provider: LoggerProvider) -> None:
        super().__init__(logging.INFO)
        self._provider = provider
        self.addFilter(_is_exported)

    def emit(self, record: logging.LogRecord) -> None:
        from opentelemetry._logs import LogRecord, SeverityNumber

        self._provider.get_logger(record.name).emit(
            LogRecord(
                timestamp=int(record.created * 1e9),
                severity_number=SeverityNumber(min(record.levelno, logging.CRITICAL) // 10 * 4 + 1),  # 20, INFO, is 9
                severity_text=record.levelname,
                body=self.format(record),
                attributes=getattr(record, "custom_dimensions", None),
            )
        )


def _is_exported(record: logging.LogRecord) -> bool:
    top = record.name.partition(".")[0]
    if top in _OF_THE_EXPORT_ITSELF:  # a failed export logs a line, whose export fails, and so on
        return False
    return top != SERVER or record.levelno >= logging.WARNING or record.name in {PRINT, TRACE}


class _RequestSpans:
    """Ends a span for each request but health probes, with azmlinfsrv's attributes."""

    def __init__(self, settings: Settings, provider: TracerProvider) -> None:
        self._settings = settings
        self._tracer = provider.get_tracer(SERVER)

    def __call__(self, request: Any, response: Any, seconds: float) -> None:
        if request.path == "/":
            return
        from time import time_ns

        from opentelemetry.trace import SpanKind

        end = time_ns()
        start = end - int(seconds * 1e9)
        attributes = self._attributes(request, response, seconds, start)
        span = self._tracer.start_span(request.path, kind=SpanKind.SERVER, attributes=attributes, start_time=start)
        span.end(end)

    def _attributes(self, request: Any, response: Any, seconds: float, start_ns: int) -> dict[str, Any]:
        settings = self._settings
        attributes = {
            "Container Id": settings.hostname,
            "Request Id": response.headers.get("x-request-id", ""),
            "Client Request Id": response.headers.get("x-ms-client-request-id", ""),
            "name": request.path,
            "url": request.url,
            "start_time": _iso(start_ns),
            "duration": _duration(seconds * 1000),
            "resultCode": str(response.status_code),
            "success": response.status_code < 400,  # noqa: PLR2004  where HTTP's errors begin
            "http_method": request.method,
            "Workspace Name": settings.workspace_name,
            "Service Name": settings.service_name,
        }
        if settings.appinsights_log_response:
            attributes["Response Value"] = _body(response)
        return attributes


def _body(response: Any) -> str:
    if response.is_streamed:  # azmlinfsrv reads it all first, which ends the streaming
        return "Scoring request response payload is a stream"
    try:
        return str(response.get_data(as_text=True))
    except UnicodeDecodeError:
        return json.dumps("Scoring request response payload is a non serializable object or raw binary")


def _iso(ns: int) -> str:
    from datetime import datetime, timezone

    return datetime.fromtimestamp(ns / 1e9, timezone.utc).replace(tzinfo=None).isoformat() + "Z"


def _duration(milliseconds: float) -> str:
    """``HH:MM:SS.mmm``, with the days in front when there are any."""
    seconds, milli = divmod(int(milliseconds), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{f'{days}.' if days else ''}{hours:02d}:{minutes:02d}:{seconds:02d}.{milli:03d}"


class _ModelData:
    """Logs the input and the prediction of each good ``run()``, as azmlinfsrv's model data collection does."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._logger = logging.getLogger(TRACE)

    def __call__(self, arguments: dict[str, Any], result: Any) -> None:
        dimensions = {
            "Container Id": self._settings.hostname,
            "Workspace Name": self._settings.workspace_name,
            "Service Name": self._settings.service_name,
            "Input": json.dumps(arguments, default=str),
            "Prediction": json.dumps(result, default=str),
        }
        self._logger.info("model_data_collection", extra={"custom_dimensions": dimensions})
