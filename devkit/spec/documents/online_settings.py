"""How an online deployment takes requests, scales, and what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from devkit.spec.documents.block import Block, Refusal
from devkit.spec.documents.keys import Key, Limit
from devkit.spec.documents.values import Choice, Int, Text, fold_camel, refused
from devkit.spec.schema_problems import Code, Enforcer

MANAGED_TIMEOUT_MS = 180_000
KUBERNETES_TIMEOUT_MS = 300_000


def _timeout(maximum_ms: int) -> Key:
    return Key(
        "How long a request may take before the caller gets 408.",
        default=5000,
        unit="milliseconds",
        limits=(Limit(Enforcer.SERVICE, minimum=1, maximum=maximum_ms),),
        examples=(90000,),
    )


class ManagedRequestSettings(Block):
    """How requests are handed to an instance."""

    request_timeout_ms: Annotated[Int | None, _timeout(MANAGED_TIMEOUT_MS)] = None
    max_concurrent_requests_per_instance: Annotated[
        Int | None,
        Key(
            "How many requests an instance gets at a time; callers beyond that wait or get 429.",
            default=1,
            limits=(Limit(Enforcer.SERVICE, minimum=1),),
            note="Set the environment variable WORKER_COUNT to the same number.",
        ),
    ] = None
    max_queue_wait_ms: Annotated[
        Int | None,
        Key(
            "How long a request may wait for its turn.",
            default=500,
            unit="milliseconds",
            limits=(Limit(Enforcer.SERVICE, minimum=0),),
            deprecated="The service counts the wait into request_timeout_ms.",
        ),
    ] = None


class KubernetesRequestSettings(ManagedRequestSettings):
    """How requests are handed to an instance; a cluster may take longer to answer."""

    request_timeout_ms: Annotated[Int | None, _timeout(KUBERNETES_TIMEOUT_MS)] = None


class ScaleSettings(Block):
    """How the number of instances changes."""

    type: Annotated[
        Annotated[Literal["default", "target_utilization"], Choice(fold_camel)] | None,
        Key(
            "default keeps instance_count instances; target_utilization scales with the load (Kubernetes only).",
            required=True,
            default="default",
        ),
    ] = None
    min_instances: Annotated[
        Int | None, Key("The fewest instances.", default=1, limits=(Limit(Enforcer.SERVICE, minimum=1),))
    ] = None
    max_instances: Annotated[
        Int | None, Key("The most instances.", default=1, limits=(Limit(Enforcer.SERVICE, minimum=1),))
    ] = None
    target_utilization_percentage: Annotated[
        Int | None,
        Key(
            "The load to hold the instances at.",
            default=70,
            unit="percent",
            limits=(Limit(Enforcer.SERVICE, minimum=1, maximum=100),),
        ),
    ] = None
    polling_interval: Annotated[
        Int | None,
        Key("How often the load is measured.", default=1, unit="seconds", limits=(Limit(Enforcer.SERVICE, minimum=1),)),
    ] = None

    @classmethod
    def refusals(cls, value: Mapping[str, Any]) -> Iterator[Refusal]:
        """Keys of target_utilization beside type default."""
        if not isinstance(kind := value.get("type"), str) or fold_camel(kind) != "default":
            return
        for key in ("min_instances", "max_instances", "target_utilization_percentage", "polling_interval"):
            if key in value:
                yield (
                    (key,),
                    refused(
                        Code.CONFLICT,
                        f"'{key}' does not go with type: default",
                        "Remove it and set instance_count, or, on Kubernetes, write type: target_utilization.",
                        says="Unknown field.",
                    ),
                )


class ResourceQuantities(Block):
    """Amounts of CPU, memory and GPU, as Kubernetes writes them."""

    cpu: Annotated[
        Text | None, Key("CPU cores.", examples=("0.5", "500m"), note="A string: put numbers in quotes.")
    ] = None
    memory: Annotated[Text | None, Key("Memory.", examples=("2Gi", "512Mi"))] = None
    gpu: Annotated[Text | None, Key("GPUs; both spellings mean the same.", alias="nvidia.com/gpu", examples=("1",))] = (
        None
    )


class Resources(Block):
    """What the container asks for and what it may take at most."""

    requests: Annotated[ResourceQuantities | None, Key("What the container is given for certain.")] = None
    limits: Annotated[ResourceQuantities | None, Key("What the container may not exceed.")] = None
