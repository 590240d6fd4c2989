"""What a gateway is told: one JSON file an endpoint, written whole by the control plane, read by the gateway."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping  # noqa: TC003  pydantic reads it
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from devkit.golden.records import Rolling  # noqa: TC001  pydantic reads it

__all__ = ["Authentication", "Backend", "Collecting", "GatewayConfig", "GatewayStatus", "Target", "digest_of_key"]


def digest_of_key(key: str) -> str:
    """How a key or token stands in the file: its SHA-256 in hex, so that the file alone lets nobody in."""
    return hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()


MAX_MIRROR_PERCENT = 50
_ALL_PERCENT = 100


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(_Frozen):
    """One ready instance of a deployment."""

    name: str
    host: str
    port: int
    no_timeout: bool = False
    """While a debugger is attached to it, `timeout_s` does not count."""


class Collecting(_Frozen):
    """What of a deployment's requests and answers is written down."""

    rates: Mapping[str, float] = Field(default_factory=dict)
    """The share that is taken, 0 to 1, of `request` and of `response`."""
    rolling: Rolling = "hour"
    headers: tuple[str, ...] = ()
    """Names of the request's headers that are written down too."""

    @classmethod
    def of(cls, data_collector: Mapping[str, Any] | None) -> Collecting | None:
        """From a REST `dataCollector` block; None where neither requests nor answers are collected.

        Other collections are the script's own matter: it writes to them by azureml-ai-monitoring.
        """
        block = data_collector or {}
        collections = {str(name).lower(): each or {} for name, each in (block.get("collections") or {}).items()}
        rates = {
            name: float(1.0 if each.get("samplingRate") is None else each["samplingRate"])
            for name, each in collections.items()
            if name in {"request", "response"} and str(each.get("dataCollectionMode", "")).lower() == "enabled"
        }
        if not rates:
            return None
        rolling = str(block.get("rollingRate") or "hour").lower()
        headers = (block.get("requestLogging") or {}).get("captureHeaders") or ()
        return cls(rates=rates, rolling=rolling, headers=tuple(headers))  # type: ignore[arg-type]  # checked by pydantic


class Backend(_Frozen):
    """One deployment, as the gateway sees it."""

    targets: tuple[Target, ...] = ()
    """The instances in rotation; without any, requests are answered 503 inside the gateway's 424 rule."""
    scoring_path: str = "/score"
    timeout_s: float = Field(default=5, gt=0)
    max_concurrent_per_instance: int = Field(default=1, ge=1)
    max_queue_wait_s: float = Field(default=0.5, ge=0)
    collecting: Collecting | None = None


class Authentication(_Frozen):
    """Who is let in."""

    mode: Literal["key", "aml_token", "aad_token"] = "key"
    keys: tuple[str, ...] = ()
    """Digests of the keys that are valid now: both, for `key`."""
    tokens: Mapping[str, float] = Field(default_factory=dict)
    """For `aml_token`: digests of tokens, each with the time of its expiry in seconds since the epoch."""
    issuer: str | None = None
    """For `aad_token`: a local issuer's key file, for tests."""


class GatewayConfig(_Frozen):
    """Everything that a gateway goes by. `revision` grows with each writing."""

    endpoint: str
    revision: int
    host: str = "127.0.0.1"
    port: int
    """Kept over restarts."""
    authentication: Authentication
    traffic: Mapping[str, int] = Field(default_factory=dict)
    mirror: Mapping[str, int] = Field(default_factory=dict)
    backends: Mapping[str, Backend] = Field(default_factory=dict)
    certificate: str | None = None
    """A PEM file with certificate and key: speak TLS with it."""

    @model_validator(mode="after")
    def _hold_the_rules(self) -> GatewayConfig:
        mistake = _mistake_of_shares(self)
        if mistake is not None:
            raise ValueError(mistake)
        return self


def _mistake_of_shares(config: GatewayConfig) -> str | None:
    """What of traffic and mirror the service would refuse, as a sentence; None where all is well."""
    for key, shares in (("traffic", config.traffic), ("mirror", config.mirror)):
        for name, percent in shares.items():
            if name not in config.backends:
                return f"{key} names the deployment {name!r}, which the endpoint does not have"
            if not 0 <= percent <= _ALL_PERCENT:
                return f"{key} of {name!r} is {percent}: a percentage is 0 to 100"
    if sum(config.traffic.values()) not in {0, _ALL_PERCENT}:
        return f"traffic adds up to {sum(config.traffic.values())}: it must be 0 or 100"
    return _mistake_of_mirror(config)


def _mistake_of_mirror(config: GatewayConfig) -> str | None:
    mirrors = {name: percent for name, percent in config.mirror.items() if percent}
    if len(mirrors) > 1:
        return f"only one deployment can be mirrored to, not {', '.join(sorted(mirrors))}"
    for name, percent in mirrors.items():
        if percent > MAX_MIRROR_PERCENT:
            return f"mirror of {name!r} is {percent}: at most {MAX_MIRROR_PERCENT}"
        if config.traffic.get(name):
            return f"{name!r} has live traffic and cannot be mirrored to as well"
    return None


class GatewayStatus(_Frozen):
    """What a running gateway writes beside its configuration, once it listens."""

    pid: int
    started: float
    """The process's creation time, in seconds since the epoch; a clock that is set shifts it."""
    port: int
    admin_port: int
    """On loopback: POST /reload answers once the newest configuration is in force; GET /metrics, /state."""
    admin_token: str
    revision: int
