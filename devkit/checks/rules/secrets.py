"""Secrets in files, and references to secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.checks.catalogue import rule
from devkit.spec.findings import Severity
from devkit.spec.references import BadReferenceError
from devkit.spec.secret_references import FORMS, parse_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.checks.catalogue import Rule
    from devkit.checks.subject import Subject
    from devkit.spec.findings import Finding

_NAMES = re.compile(
    r"(password|passwd|secret|token|api_?key|access_?key|account_?key|connection_?string|credential)s?$"
)
_NOT_SECRET = re.compile(r"(url|uri|path|file|name|dir|endpoint|expiry|ttl|limit|count|size|max|min)s?$|^max_|^num_")
_VALUES = (
    (re.compile(r"AccountKey=[A-Za-z0-9+/=]{40,}"), "a storage account key"),
    (re.compile(r"SharedAccessKey=[A-Za-z0-9+/=]{20,}"), "a shared access key"),
    (re.compile(r"[?&]sig=[A-Za-z0-9%+/=]{20,}"), "a shared access signature"),
    (re.compile(r"^hf_[A-Za-z0-9]{30,}$"), "a Hugging Face token"),
    (re.compile(r"^gh[pousr]_[A-Za-z0-9]{30,}$"), "a GitHub token"),
    (re.compile(r"^sk-[A-Za-z0-9_-]{20,}$"), "an API key"),
    (re.compile(r"^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$"), "a bearer token"),
    (re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"), "a private key"),
)
_SHORTEST = 8


@rule("DK901", "plain-secret", Severity.WARNING, "What looks like a secret stands in the file.")
def plain_secret(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Whoever can read the deployment in Azure, or the repository, can read its environment variables.

    Let the service inject the value from a connection or a key vault, and keep only the reference in the file.
    """
    for name, value in _variables(subject):
        what = _secret(name, value)
        if what:
            yield subject.finding(
                rule,
                f"{name} holds {what} in plain text",
                ("environment_variables", name),
                remedy=f"Refer to it: {FORMS}.",
            )


@rule("DK902", "secret-reference", Severity.ERROR, "A reference to a secret that the service cannot read.")
def secret_reference(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The service injects ${{…}} references when the container starts, or fails with SecretsInjectionError.

    A reference names a connection of the workspace or a secret of a key vault. One with other text around it is a
    warning: Azure's pages show references alone, and do not say what becomes of the rest.
    """
    for name, value in _variables(subject):
        try:
            alone = parse_secret(value) is not None
        except BadReferenceError as error:
            message, at = f"{name} is not a reference that the service knows", ("environment_variables", name)
            yield subject.finding(rule, message, at, remedy=error.remedy, refused_by="the service")
            continue
        if not alone and "${{" in value:
            yield subject.finding(
                rule,
                f"{name} has a reference and other text, and the service documents a reference alone",
                ("environment_variables", name),
                remedy=f"Write {FORMS}, and put the texts together in the script.",
                severity=Severity.WARNING,
            )


def _variables(subject: Subject) -> Iterator[tuple[str, str]]:
    variables = subject.value("environment_variables")
    if isinstance(variables, dict):
        yield from ((str(name), value) for name, value in variables.items() if isinstance(value, str))


def _secret(name: str, value: str) -> str | None:
    """What a variable's value seems to be, or None. A reference, a placeholder and a path are no secrets."""
    if "${{" in value or "$(" in value or value.startswith(("<", "{")):
        return None
    found = next((what for pattern, what in _VALUES if pattern.search(value)), None)
    if found:
        return found
    lowered = name.lower()
    telling = _NAMES.search(lowered) and not _NOT_SECRET.search(lowered)
    return "what its name calls a secret" if telling and len(value) >= _SHORTEST and " " not in value else None
