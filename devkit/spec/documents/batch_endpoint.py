"""Batch endpoints: an address that starts jobs over files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from devkit.spec.documents.block import Block, Refusal
from devkit.spec.documents.keys import Key
from devkit.spec.documents.online_endpoint import Endpoint
from devkit.spec.documents.values import Choice, Text, fold_camel, refused
from devkit.spec.schema_problems import Code


class BatchDefaults(Block):
    """What a call without a deployment's name gets."""

    deployment_name: Annotated[
        Text | None, Key("The deployment that answers calls that name none.", role="deployment-name")
    ] = None


class BatchEndpoint(Endpoint):
    """An address that starts jobs over files."""

    auth_mode: Annotated[
        Annotated[Literal["aad_token", "key", "aml_token"], Choice(fold_camel)] | None,
        Key(
            "How callers prove who they are.",
            default="aad_token",
            note="The service takes aad_token only, although azure-ai-ml reads the others too.",
        ),
    ] = None
    defaults: Annotated[BatchDefaults | None, Key("What a call that names no deployment gets.")] = None

    @classmethod
    def refusals(cls, value: Mapping[str, Any]) -> Iterator[Refusal]:
        """The identity, which azure-ai-ml reads and then crashes on (1.35.2)."""
        if isinstance(value.get("identity"), Mapping):
            yield (
                ("identity",),
                refused(
                    Code.CONFLICT,
                    "azure-ai-ml crashes on the identity of a batch endpoint",
                    "Remove it; jobs run as the compute's identity.",
                    says="TypeError: object.__init__() takes exactly one argument (the instance to initialize)",
                ),
            )
