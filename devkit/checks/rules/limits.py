"""Numbers that are allowed each for itself, and do not go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.checks.catalogue import rule
from devkit.spec.documents.block import Block, declared_keys
from devkit.spec.findings import Severity
from devkit.spec.quantities import read_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.checks.catalogue import Rule
    from devkit.checks.subject import Subject
    from devkit.spec.findings import Finding

_PROBE = {"initial_delay": 10, "period": 10, "failure_threshold": 30}
"""Defaults of both probes (Azure's YAML reference, 2026-11)."""


@rule("DK701", "workers-and-concurrency", Severity.WARNING, "More requests at once than workers to answer them.")
def workers_and_concurrency(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """max_concurrent_requests_per_instance lets requests in, WORKER_COUNT processes answer them one at a time each.

    With more of the first than of the second, requests wait inside the container where nobody sees it.
    """
    allowed = subject.whole("request_settings", "max_concurrent_requests_per_instance")
    workers = subject.whole("environment_variables", "WORKER_COUNT") or 1
    has_own_script = subject.value("code_configuration") is not None
    if subject.is_online_deployment and has_own_script and allowed and allowed > workers:
        yield subject.finding(
            rule,
            f"{allowed} requests are let in at once, and {_answering(workers)}",
            ("request_settings", "max_concurrent_requests_per_instance"),
            remedy=f'Set WORKER_COUNT: "{allowed}" in environment_variables, or lower this to {workers}.',
        )


@rule("DK702", "worker-timeout", Severity.WARNING, "The worker is killed before the request may take its time.")
def worker_timeout(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """WORKER_TIMEOUT seconds (300 when not set) end a worker that is busy, whatever request_timeout_ms allows."""
    request = subject.whole("request_settings", "request_timeout_ms")
    worker = subject.whole("environment_variables", "WORKER_TIMEOUT")
    if request and worker and worker * 1000 < request:
        yield subject.finding(
            rule,
            f"WORKER_TIMEOUT is {worker} s, and a request may take {request / 1000:g} s",
            ("environment_variables", "WORKER_TIMEOUT"),
            remedy=f"Set it to more than {request / 1000:g}.",
        )


@rule("DK703", "probe-shorter-than-init", Severity.WARNING, "A probe gives up before init() has ended.")
def probe_shorter_than_init(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """A probe waits initial_delay + period x failure_threshold seconds, then the container is killed and starts over.

    Tell what init() takes with --init-seconds, as the server prints it at start; a machine in Azure may be slower.
    """
    measured = subject.project.init_seconds
    if measured is None or not subject.is_online_deployment:
        return
    for probe in ("liveness_probe", "readiness_probe"):
        delay, period, failures = (subject.whole(probe, key) or usual for key, usual in _PROBE.items())
        patience = delay + period * failures
        if patience < measured:
            yield subject.finding(
                rule,
                f"the {probe.replace('_', ' ')} gives up after {patience} s, and init() took {measured:g} s",
                (probe,),
                key=True,
                remedy=f"Set initial_delay: {int(measured * 1.5) + 1}.",
            )


@rule("DK704", "deprecated-key", Severity.WARNING, "A key that should not be used any more.")
def deprecated_key(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The key is still read, and Azure advises against it; the message says why."""
    for path, reason in _declared(subject.block, (), "deprecated"):
        yield subject.finding(
            rule, f"'{path[-1]}' is deprecated", path, key=True, remedy=reason, tags=frozenset({"deprecated"})
        )


@rule("DK705", "ignored-key", Severity.HINT, "A key that Azure fills and ignores in a file.")
def ignored_key(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The key belongs to what Azure answers. In a file it is accepted and has no effect."""
    for path, _ in _declared(subject.block, (), "output_only"):
        yield subject.finding(
            rule,
            f"'{path[-1]}' is filled by Azure and ignored here",
            path,
            key=True,
            remedy="Remove it.",
            tags=frozenset({"unnecessary"}),
        )


@rule("DK706", "instance-count", Severity.HINT, "The number of instances is left to the service.")
def instance_count(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Azure's reference calls it required; azure-ai-ml takes the file without it and the service decides."""
    missing = subject.node("instance_count") is None and subject.value("instance_count") is None
    if subject.kind.value == "managed-online-deployment" and missing and subject.value("instance_type"):
        yield subject.finding(
            rule, "instance_count is not given", ("instance_type",), key=True, remedy="Add instance_count: 1."
        )


@rule("DK707", "requests-over-limits", Severity.ERROR, "A container that is given more than it may take.")
def requests_over_limits(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """resources.requests is what Kubernetes reserves, resources.limits what the container may not exceed.

    Kubernetes refuses a pod that requests more than its limit, and the deployment never starts.
    """
    for name in ("cpu", "memory", "nvidia.com/gpu", "gpu"):
        asked, allowed = (_quantity(subject.text("resources", part, name)) for part in ("requests", "limits"))
        if asked is not None and allowed is not None and asked > allowed:
            yield subject.finding(
                rule,
                f"{name}: {subject.text('resources', 'requests', name)} is requested, and "
                f"{subject.text('resources', 'limits', name)} is the limit",
                ("resources", "requests", name),
                remedy="Lower the request or raise the limit.",
                refused_by="Kubernetes",
            )


def _quantity(text: str | None) -> float | None:
    return read_quantity(text) if text is not None else None


def _answering(workers: int) -> str:
    return "1 worker answers them" if workers == 1 else f"{workers} workers answer them"


def _declared(block: Block | None, path: tuple[str, ...], what: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The keys given in a document whose declaration has `what`, with what it says."""
    if block is None:
        return
    for name, key in declared_keys(type(block)).items():
        value = getattr(block, name, None)
        if value is None:
            continue
        if getattr(key, what):
            yield (*path, name), str(getattr(key, what))
        if isinstance(value, Block):
            yield from _declared(value, (*path, name), what)
