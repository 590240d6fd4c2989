"""Keys and blocks that several kinds of documents share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from devkit.spec.documents.block import Block, Refusal
from devkit.spec.documents.keys import Key, Limit
from devkit.spec.documents.values import Anything, Choice, Held, Int, Text, fold_camel, refused
from devkit.spec.schema_problems import Code, Enforcer

DOCS = "https://learn.microsoft.com/azure/machine-learning/"
NAME_PATTERN = r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"
_NAME_MEANS = "a letter first, then letters, digits and dashes, no dash at the end"

FreeMap: TypeAlias = dict[str, Anything]
"""A mapping with any keys; azure-ai-ml reads any values, the service takes strings."""


def name_limits(pattern_by: Enforcer, length_by: Enforcer = Enforcer.CLIENT) -> tuple[Limit, ...]:
    """The limits on the name of an endpoint or an online deployment, and who holds them."""
    return (
        Limit(pattern_by, pattern=NAME_PATTERN, means=_NAME_MEANS),
        Limit(
            length_by,
            min_length=3,
            max_length=32,
            says="must be at least 3 and at most 32 characters long (inclusive of both limits).",
        ),
        Limit(Enforcer.DOCS, pattern=r"^(?!.*--)", means="no two dashes in a row"),
    )


TAGS = Key("Labels of the resource, as name and value.", default={}, examples=({"team": "vision"},))
PROPERTIES = Key("Properties of the resource, as name and value; Azure reads some of them.", default={})
DESCRIPTION = Key("What it is for, in free text.")
ID = Key("The resource's id in Azure.", output_only=True)
PROVISIONING_STATE = Key("The state of the last operation.", output_only=True)


def _one_identity(value: list[Any]) -> None:
    if len(value) > 1:
        raise refused(
            Code.LIMIT,
            f"an endpoint takes one user-assigned identity, not {len(value)}",
            "Keep one of them.",
            says=f"Only 1 user assigned identity is currently supported, {len(value)} found",
        )


class Identity(Block):
    """The managed identity that the deployments of an endpoint run as."""

    type: Annotated[
        Annotated[Literal["system_assigned", "user_assigned", "none"], Choice(fold_camel)] | None,
        Key(
            "Whether Azure makes an identity for the endpoint (system_assigned) or one of yours is used.",
            required=True,
            default="system_assigned",
            note="An identity without a type crashes azure-ai-ml.",
        ),
    ] = None
    user_assigned_identities: Annotated[
        Annotated[list[dict[Text, Text]], Held(_one_identity)] | None,
        Key(
            "The identity to run as: a list with one mapping that has its resource_id.",
            examples=(
                [
                    {
                        "resource_id": "/subscriptions/<s>/resourceGroups/<rg>/providers/"
                        "Microsoft.ManagedIdentity/userAssignedIdentities/<name>"
                    }
                ],
            ),
            note="A list of plain strings, as some pages of the documentation show, is refused.",
        ),
    ] = None
    principal_id: Annotated[Text | None, Key("The identity's principal.", output_only=True)] = None
    tenant_id: Annotated[Text | None, Key("The identity's tenant.", output_only=True)] = None


class CodeConfiguration(Block):
    """The folder of code and the scoring script in it."""

    dropped: ClassVar = frozenset({"$schema"})

    code: Annotated[
        Text | None,
        Key(
            "The folder that is uploaded as code, relative to this file; or a registered code asset.",
            examples=("../code", "azureml:my-code:1"),
            role="folder",
        ),
    ] = None
    scoring_script: Annotated[
        Text | None,
        Key(
            "The script with init() and run(), relative to the code folder.",
            examples=("score.py",),
            note="Needed as soon as there is code.",
            role="file",
        ),
    ] = None


_SECONDS = "seconds"


def _at_least(minimum: int) -> tuple[Limit, ...]:
    return (Limit(Enforcer.SERVICE, minimum=minimum),)


class ReadinessProbe(Block):
    """When an instance counts as ready for requests."""

    initial_delay: Annotated[
        Int | None,
        Key("How long to wait after the start before the first probe.", default=10, unit=_SECONDS, limits=_at_least(1)),
    ] = None
    period: Annotated[Int | None, Key("How often to probe.", default=10, unit=_SECONDS, limits=_at_least(1))] = None
    timeout: Annotated[
        Int | None,
        Key("How long one probe may take.", default=2, unit=_SECONDS, limits=_at_least(1)),
    ] = None
    success_threshold: Annotated[
        Int | None, Key("How many probes in a row must pass to count as healthy.", default=1, limits=_at_least(1))
    ] = None
    failure_threshold: Annotated[
        Int | None, Key("How many probes in a row must fail to count as unhealthy.", default=30, limits=_at_least(1))
    ] = None


class LivenessProbe(ReadinessProbe):
    """When an instance counts as hung and is started again."""

    success_threshold: Annotated[
        Int | None,
        Key(
            "How many probes in a row must pass to count as alive; always 1.",
            default=1,
            limits=(Limit(Enforcer.SERVICE, minimum=1, maximum=1),),
        ),
    ] = None


def mapping_refusals(
    value: Mapping[str, Any], key: str, message: str, remedy: str, says: str | None = None
) -> Iterator[Refusal]:
    """The refusal that `key` is missing from `value`, for keys azure-ai-ml crashes without."""
    if key not in value:
        yield (key,), refused(Code.MISSING_KEY, message, remedy, says=says)
