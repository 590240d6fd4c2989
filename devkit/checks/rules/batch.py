"""Batch endpoints and deployments, read across the files of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.checks.catalogue import rule
from devkit.spec.findings import Severity
from devkit.spec.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.checks.catalogue import Rule
    from devkit.checks.subject import Subject
    from devkit.spec.findings import Finding

_DEPLOYMENTS = (Kind.MODEL_BATCH_DEPLOYMENT, Kind.PIPELINE_BATCH_DEPLOYMENT, Kind.LEGACY_BATCH_DEPLOYMENT)


@rule("DK851", "batch-default", Severity.WARNING, "The default deployment of a batch endpoint is not here.")
def batch_default(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """defaults.deployment_name names a deployment that no file of this folder describes, though others are."""
    name, default = subject.text("name"), subject.text("defaults", "deployment_name")
    if subject.kind is not Kind.BATCH_ENDPOINT or not name or not default:
        return
    known = [
        each.text("name") or ""
        for each in subject.project.subjects
        if each.kind in _DEPLOYMENTS
        and each.text("endpoint_name") == name
        and each.folder.is_relative_to(subject.folder)
    ]
    if known and default not in known:
        yield subject.finding(
            rule,
            f"no deployment '{default}' of batch endpoint '{name}' is described here",
            ("defaults", "deployment_name"),
            remedy=f"Known here: {', '.join(sorted(known))}.",
        )


@rule("DK852", "legacy-batch-layout", Severity.HINT, "A batch deployment in the layout without a type.")
def legacy_batch_layout(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Without type: the settings stand at the root of the file: azure-ai-ml still reads it."""
    if subject.kind is Kind.LEGACY_BATCH_DEPLOYMENT:
        yield subject.finding(
            rule,
            "this batch deployment has no type",
            (),
            remedy="Add type: model and move the settings below a settings key.",
            tags=frozenset({"deprecated"}),
        )
