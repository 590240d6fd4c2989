"""References to models, environments, code and data elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.checks.catalogue import rule
from devkit.checks.rules.schema import from_problem
from devkit.spec.findings import Severity
from devkit.spec.references import Asset, RegistryAsset
from devkit.spec.schema_problems import Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devkit.checks.catalogue import Rule
    from devkit.checks.subject import Subject
    from devkit.spec.findings import Finding

_PLACES = ("model", "environment")


@rule("DK201", "bad-reference", Severity.ERROR, "A reference that azure-ai-ml cannot read.", fixable=True)
def bad_reference(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """A registered model or environment is named azureml:NAME:VERSION or azureml:NAME@latest.

    The most common mistake is to leave out azureml:, which azure-ai-ml answers with the failures of every form that the
    key could have had.
    """
    return [from_problem(rule, subject, each) for each in subject.loaded.problems if each.code is Code.BAD_REFERENCE]


@rule("DK202", "moving-reference", Severity.WARNING, "A reference that means another version tomorrow.")
def moving_reference(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """@latest, or no version at all, is resolved when the deployment is created.

    What was tested is then not what the next roll-out gets. Name the version.
    """
    for place in _PLACES:
        reference = getattr(subject.block, place, None)
        label = getattr(reference, "label", None)
        unversioned = isinstance(reference, Asset) and reference.version is None
        if isinstance(reference, Asset | RegistryAsset) and (label or unversioned):
            meant = f"@{label}" if label else "no version"
            yield subject.finding(
                rule,
                f"{reference.text} has {meant}: which version it means may change",
                (place,),
                remedy="Name the version: azureml:NAME:VERSION.",
            )
