"""Names, traffic and mirrors, read across the files of a project."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from devkit.checks.catalogue import rule
from devkit.spec.findings import Related, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.checks.catalogue import Rule
    from devkit.checks.subject import Subject
    from devkit.spec.findings import Finding, Fix

MOST_DEPLOYMENTS = 20
"""Deployments per endpoint (Azure's limits page, 2026-01-27)."""

LONGEST_NAMES = 62
"""Characters of an endpoint's and a deployment's name together, on Kubernetes (the same page)."""

WHOLE = 100


def _percentages(subject: Subject, key: str) -> dict[str, int]:
    """The whole numbers of a traffic mapping; what is no number has its own finding."""
    values = getattr(subject.block, key, None) if subject.is_online_endpoint else None
    return {str(name): value for name, value in values.items() if isinstance(value, int)} if values else {}


@rule("DK801", "traffic-sum", Severity.ERROR, "Traffic that sums to neither 0 nor 100.")
def traffic_sum(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The service takes traffic that sums to 100, or to 0 while nothing is live.

    azure-ai-ml only refuses more than 100. With 0 everywhere every request is answered 404.
    """
    shares = _percentages(subject, "traffic")
    total = sum(shares.values())
    if shares and total < WHOLE and total != 0:
        yield subject.finding(
            rule,
            f"the traffic sums to {total}",
            ("traffic",),
            key=True,
            remedy=f"Give the missing {WHOLE - total} to one of: {', '.join(shares)}.",
            refused_by="the service",
        )


@rule("DK802", "traffic-target", Severity.WARNING, "Traffic to a deployment that is not here.", fixable=True)
def traffic_target(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The endpoint names a deployment that no file of this folder describes.

    The service refuses traffic to a deployment that does not exist. It may exist in Azure without a file here, so this
    is a warning.
    """
    name = subject.text("name") if subject.is_online_endpoint else None
    known = [each.text("name") or "" for each in subject.project.deployments_of(name, subject)]
    if not known:
        return
    for key in ("traffic", "mirror_traffic"):
        for target in _percentages(subject, key):
            if target.lower() not in {each.lower() for each in known}:
                yield subject.finding(
                    rule,
                    f"no deployment '{target}' of endpoint '{name}' is described here",
                    (key, target),
                    key=True,
                    remedy=f"Known here: {', '.join(sorted(known))}.",
                    fixes=_nearest(subject, key, target, known),
                )


@rule("DK803", "mirror", Severity.ERROR, "A mirror that the service refuses.")
def mirror(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Managed endpoints copy requests to one deployment, at most 50 % of them, and only to one without live traffic.

    azure-ai-ml checks none of this.
    """
    mirrors = _percentages(subject, "mirror_traffic")
    live = _percentages(subject, "traffic")
    if subject.is_kubernetes and any(mirrors.values()):
        yield subject.finding(
            rule,
            "a Kubernetes endpoint cannot mirror traffic",
            ("mirror_traffic",),
            key=True,
            remedy="Remove mirror_traffic; only managed endpoints have it.",
            refused_by="the service",
        )
        return
    if len([share for share in mirrors.values() if share]) > 1:
        yield subject.finding(
            rule,
            f"traffic is mirrored to {len(mirrors)} deployments, and one is allowed",
            ("mirror_traffic",),
            key=True,
            remedy="Keep one of them.",
            refused_by="the service",
        )
    for name, share in mirrors.items():
        if share and live.get(name):
            yield subject.finding(
                rule,
                f"'{name}' has {live[name]} % of the live traffic and is mirrored to as well",
                ("mirror_traffic", name),
                key=True,
                remedy=f"Set its live traffic to 0, or mirror to another deployment than '{name}'.",
                refused_by="the service",
            )


@rule("DK804", "duplicate-deployment", Severity.WARNING, "Two files describe one deployment.")
def duplicate_deployment(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Two documents have the same name and endpoint, so the one that is created last replaces the other.

    That may be meant, where each is for another workspace; silence it then.
    """
    name = subject.text("name") if subject.is_online_deployment else None
    endpoint = subject.text("endpoint_name")
    if not name or not endpoint:
        return
    others = [
        each
        for each in subject.project.deployments_of(endpoint, subject)
        if each is not subject and (each.text("name") or "").lower() == name.lower()
    ]
    if others:
        yield subject.finding(
            rule,
            f"deployment '{name}' of endpoint '{endpoint}' is described in {len(others) + 1} files",
            ("name",),
            remedy="Give one of them another name.",
            related=tuple(Related("also here", each.path, each.range(each.span("name"))) for each in others),
        )


@rule("DK805", "too-many-deployments", Severity.ERROR, "More deployments than an endpoint can have.")
def too_many_deployments(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """An endpoint takes 20 deployments (Azure's limits page, 2026-01-27)."""
    endpoint = subject.text("endpoint_name") if subject.is_online_deployment else None
    siblings = subject.project.deployments_of(endpoint, subject)
    names = sorted({(each.text("name") or "").lower() for each in siblings})
    if len(names) > MOST_DEPLOYMENTS and (subject.text("name") or "").lower() in names[MOST_DEPLOYMENTS:]:
        yield subject.finding(
            rule,
            f"endpoint '{endpoint}' has {len(names)} deployments here, and {MOST_DEPLOYMENTS} are allowed",
            ("endpoint_name",),
            remedy="Delete some, or use a second endpoint.",
            refused_by="the service",
        )


@rule("DK806", "endpoint-not-here", Severity.WARNING, "An endpoint that is not here, though others are.", fixable=True)
def endpoint_not_here(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The folder has endpoint files, and none of them has the name that this deployment asks for.

    Where no endpoint file is here at all nothing is said: it may live in Azure only.
    """
    name = subject.text("endpoint_name") if subject.is_online_deployment else None
    known = [each.text("name") or "" for each in subject.project.endpoints_near(subject)]
    if name and known and name.lower() not in {each.lower() for each in known}:
        node = subject.node("endpoint_name")
        near = difflib.get_close_matches(name, known, n=1)
        fixes = (subject.replacing(f"Write {near[0]}", node.span, near[0]),) if near and node is not None else ()
        yield subject.finding(
            rule,
            f"no endpoint '{name}' is described here",
            ("endpoint_name",),
            remedy=f"Known here: {', '.join(sorted(known))}.",
            fixes=fixes,
        )


@rule("DK807", "unlike-endpoint", Severity.ERROR, "A deployment of another kind than its endpoint.")
def unlike_endpoint(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """A Kubernetes deployment needs an endpoint with compute, a managed one an endpoint without it."""
    name = subject.text("endpoint_name") if subject.is_online_deployment else None
    near = subject.project.endpoints_near(subject)
    endpoints = [each for each in near if name and (each.text("name") or "").lower() == name.lower()]
    if endpoints and all(each.is_kubernetes != subject.is_kubernetes for each in endpoints):
        mine, its = ("Kubernetes", "managed") if subject.is_kubernetes else ("managed", "Kubernetes")
        yield subject.finding(
            rule,
            f"this is a {mine} deployment and endpoint '{name}' is a {its} one",
            ("type",) if subject.value("type") else ("endpoint_name",),
            remedy="Give the deployment type: kubernetes." if its == "Kubernetes" else "Remove type: kubernetes.",
            refused_by="the service",
            related=(Related("the endpoint", endpoints[0].path, endpoints[0].range(endpoints[0].span("name"))),),
        )


@rule("DK808", "kubernetes-names", Severity.ERROR, "Two names that are too long together for a cluster.")
def kubernetes_names(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """On Kubernetes the names of endpoint and deployment have 6 to 62 characters in total.

    Each may have 32, so two long ones are too long together (Azure's limits page, 2026-01-27).
    """
    endpoint, name = subject.text("endpoint_name"), subject.text("name")
    if not (subject.is_online_deployment and subject.is_kubernetes and endpoint and name):
        return
    length = len(endpoint) + len(name)
    if length > LONGEST_NAMES:
        yield subject.finding(
            rule,
            f"'{endpoint}' and '{name}' have {length} characters together, and a cluster takes {LONGEST_NAMES}",
            ("name",),
            remedy=f"Shorten one of them by {length - LONGEST_NAMES}.",
            refused_by="the service",
        )


def _nearest(subject: Subject, key: str, target: str, known: list[str]) -> tuple[Fix, ...]:
    near = difflib.get_close_matches(target, known, n=1)
    span = subject.key_span(key, target)
    return (subject.replacing(f"Write {near[0]}", span, near[0]),) if near and span is not None else ()
