"""The image and the packages that a deployment runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.checks.catalogue import rule
from devkit.checks.places import conda_path
from devkit.spec.findings import Finding, Severity
from devkit.spec.images import image_facts, parse_image
from devkit.spec.nodes import Mapping, find
from devkit.spec.problems import ProblemKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.checks.catalogue import Rule
    from devkit.checks.conda import Requirement
    from devkit.checks.environments import EnvironmentFacts
    from devkit.checks.subject import Subject

SERVERS = ("azureml-inference-server-http", "azureml-defaults")
"""azureml-defaults 1.62.0 requires the server ``~=1.4`` (its metadata, 2026-11)."""

SERVERS_OWN = ("flask", "werkzeug", "jinja2", "itsdangerous", "markupsafe", "click", "flask-cors")
"""Azure's troubleshooting page (2026-01) asks not to list these beside the server."""

_PUBLIC_HOSTS = ("docker.io", "ghcr.io", "quay.io", "nvcr.io", "public.ecr.aws", "gcr.io", "registry.k8s.io")
_OLDEST_PYTHON = (3, 9)
"""azureml-inference-server-http 1.5.1 requires Python >=3.9 (its metadata)."""


@rule("DK501", "no-server-package", Severity.ERROR, "The conda file has no inference server.")
def no_server_package(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """A conda file makes an environment of its own beside the image's, and the script runs in that one.

    It needs azureml-inference-server-http; without it the container exits with code 96. An image with an
    inference_config brings its own server and is not judged, nor is a conda file that refers to other files.
    """
    facts = subject.environment
    if facts is None or facts.conda is None or not facts.conda.complete or facts.is_custom_container:
        return
    if subject.kind.value == "environment" or not subject.is_online_deployment or _is_no_code(subject):
        return
    if not any(facts.conda.find(name) for name in SERVERS):
        yield _in_conda(
            rule,
            subject,
            facts,
            None,
            f"{facts.conda_name} does not ask for {SERVERS[0]}",
            remedy=f"Add {SERVERS[0]} to its pip list.",
            refused_by="the container, with exit code 96",
        )


@rule("DK502", "server-package-fought", Severity.WARNING, "A package that the inference server pins itself.")
def server_package_fought(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The server brings Flask and what belongs to it in versions that fit together.

    Listing one of them again has broken deployments when Flask or its parts were released anew. A file that allows one
    version of everything is none of these: what `devkit environment lock` writes fits together.
    """
    facts = subject.environment
    if facts is None or facts.conda is None or not any(facts.conda.find(name) for name in SERVERS):
        return
    if all(each.spec.startswith("==") for each in facts.conda.requirements if each.pip):
        return
    for name in SERVERS_OWN:
        requirement = facts.conda.find(name)
        if requirement is not None:
            message = f"{name} is listed beside the inference server, which brings its own"
            yield _in_conda(rule, subject, facts, requirement, message, remedy=f"Remove {name}.")


@rule("DK503", "moving-image", Severity.WARNING, "An image whose content changes under the same name.")
def moving_image(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """:latest, or no tag at all, names another image tomorrow.

    What was tested is then not what the next instance starts. Use a version tag or a digest.
    """
    facts = subject.environment
    image = facts.image if facts is not None else None
    parts = parse_image(image) if image else None
    if facts is None or parts is None or parts.digest:
        return
    if parts.tag in {None, "latest"}:
        what = "the tag latest" if parts.tag else "no tag"
        yield subject.finding(
            rule,
            f"{image} has {what}",
            _image_place(subject, facts),
            remedy="Name a version, or a digest: IMAGE@sha256:….",
        )


@rule("DK504", "private-registry", Severity.WARNING, "An image from a registry that Azure may not reach.")
def private_registry(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Azure pulls from Azure Container Registry with the endpoint's identity, and from public registries.

    A private registry elsewhere has no way to be given a password.
    """
    facts = subject.environment
    image = facts.image if facts is not None else None
    parts = parse_image(image) if image else None
    if facts is None or parts is None:
        return
    host = parts.registry
    if not host.endswith((".azurecr.io", ".microsoft.com")) and host not in _PUBLIC_HOSTS:
        yield subject.finding(
            rule,
            f"{host} is neither an Azure Container Registry nor a registry known to be public",
            _image_place(subject, facts),
            remedy="Push the image to an Azure Container Registry, or make sure that it can be pulled without a login.",
        )


@rule("DK505", "retired-image", Severity.WARNING, "An Azure ML image that is no longer kept up.")
def retired_image(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Images with Ubuntu 18.04 and 20.04, Python 3.8 and older, or CUDA 11 were removed from Azure's assets.

    They get no security updates (repository read 2026-07).
    """
    facts = subject.environment
    image = facts.image if facts is not None else None
    known = image_facts(image) if image else None
    if facts is not None and known is not None and known.status != "current":
        yield subject.finding(
            rule,
            f"{image} is an image that Azure no longer keeps up" + (f": {known.note}" if known.note else ""),
            _image_place(subject, facts),
            remedy="Take a current one, for example mcr.microsoft.com/azureml/minimal-py312-inference.",
            tags=frozenset({"deprecated"}),
        )


@rule("DK506", "conda-file", Severity.ERROR, "The conda file is no conda file.")
def conda_file(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """A conda file is YAML: a mapping with a list of dependencies. Anything else fails when the image is built."""
    facts = subject.environment
    document = facts.conda_document if facts is not None else None
    if document is None or document.path is None:
        return
    syntax = [each for each in document.problems if each.kind is not ProblemKind.DUPLICATE_KEY]
    for problem in syntax:
        yield Finding(
            rule.code,
            rule.severity,
            problem.message,
            document.path,
            document.range(problem.span),
            problem.remedy,
            "azure-ai-ml, while reading the file",
        )
    if not syntax and facts is not None and facts.conda is None:
        yield Finding(
            rule.code,
            rule.severity,
            f"{document.path.name} has no list of dependencies",
            document.path,
            document.range(document.root.span._replace(end=document.root.start)),
            "Write dependencies: and below it one package a line, each after '- '.",
            "the image build",
        )


@rule("DK507", "old-python", Severity.WARNING, "A Python that the inference server no longer supports.")
def old_python(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """azureml-inference-server-http 1.5 needs Python 3.9; with an older one pip takes an old server without a word."""
    facts = subject.environment
    version = facts.conda.python if facts is not None and facts.conda is not None else None
    if facts is None or facts.conda is None or version is None:
        return
    parts = tuple(int(part) for part in version.split(".")[:2])
    if parts < _OLDEST_PYTHON and len(parts) == len(_OLDEST_PYTHON):
        line = facts.conda.find("python")
        yield _in_conda(rule, subject, facts, line, f"Python {version} is past its end", remedy="Use Python 3.12.")


@rule("DK508", "unpinned-package", Severity.HINT, "A package without a version.")
def unpinned_package(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Each build of the image takes the newest version of it, so that two builds of one file differ."""
    facts = subject.environment
    for requirement in facts.conda.requirements if facts is not None and facts.conda is not None else ():
        if not requirement.spec and requirement.name not in {"pip", "python"}:
            message = f"{requirement.name} has no version"
            remedy = f"Name one: {requirement.name}{'~=' if requirement.pip else '='}VERSION."
            yield _in_conda(rule, subject, facts, requirement, message, remedy=remedy)


@rule("DK509", "no-environment", Severity.WARNING, "A deployment with a script and no environment.")
def no_environment(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """MLflow and Triton models bring their environment; a scoring script of one's own needs one.

    azure-ai-ml takes the file, and the service answers BadArgument.
    """
    if subject.is_online_deployment and subject.value("code_configuration") and subject.value("environment") is None:
        if not subject.document.strict.parses or _is_no_code(subject):
            return
        yield subject.finding(
            rule,
            "there is a scoring script and no environment to run it in",
            ("code_configuration",),
            key=True,
            remedy="Add environment: with an image and a conda_file, or azureml:NAME:VERSION.",
            refused_by="the service",
        )


@rule("DK510", "mount-path-unused", Severity.WARNING, "A mount path for the model without a container of one's own.")
def mount_path_unused(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """model_mount_path is for containers that bring their own server: an environment with inference_config.

    With any other environment the model is where AZUREML_MODEL_DIR says (Azure's YAML reference, 2026-11).
    """
    facts = subject.environment
    if facts is None or facts.is_custom_container or not subject.is_online_deployment:
        return
    if subject.text("model_mount_path"):
        yield subject.finding(
            rule,
            "model_mount_path is given, and the environment has no inference_config",
            ("model_mount_path",),
            key=True,
            remedy="Remove it, or add inference_config with the routes of your own server.",
        )


def _is_no_code(subject: Subject) -> bool:
    """Whether the inline model is one that needs no script."""
    kind = subject.text("model", "type")
    return kind is not None and kind.lower() in {"mlflow_model", "triton_model"}


def _image_place(subject: Subject, facts: EnvironmentFacts) -> tuple[str, ...]:
    return (*facts.keys, "image") if subject.node(*facts.keys, "image") is not None else facts.keys


def _in_conda(  # noqa: PLR0913  one argument per thing that is said
    rule: Rule,
    subject: Subject,
    facts: EnvironmentFacts | None,
    requirement: Requirement | None,
    message: str,
    *,
    remedy: str,
    refused_by: str = "",
) -> Finding:
    """A finding at a line of the conda file, or at the place in the document that names it."""
    document = facts.conda_document if facts is not None else None
    path = requirement.path if requirement is not None else ("dependencies",)
    if document is None or document.path is None:
        keys = facts.keys if facts is not None else ()
        at = (*keys, "conda_file", *path) if conda_path(subject) is None else (*keys, "conda_file")
        return subject.finding(rule, message, at, remedy=remedy, refused_by=refused_by, key=requirement is None)
    node = find(document.root, path)
    if requirement is None and isinstance(document.root, Mapping):
        span = document.root.key_span("dependencies") or document.root.span
    else:
        span = node.span if node is not None else document.root.span
    return Finding(rule.code, rule.severity, message, document.path, document.range(span), remedy, refused_by)
