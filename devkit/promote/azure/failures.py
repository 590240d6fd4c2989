"""What the service's codes and messages mean: a table, each row with what it is told from and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FAILURES", "SOURCE", "Failure", "failure_of"]

SOURCE: Final = (
    "https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints "
    "and how-to-manage-quotas (read 2026-11)"
)


@dataclass(frozen=True)
class Failure:
    """One family of failures."""

    tells: str
    """A pattern in the code, the message or the log, whatever the case; the first row that is found counts."""
    meaning: str
    remedy: str


FAILURES: Final[Sequence[Failure]] = (
    Failure(
        r"OutOfQuota|QuotaExceeded|not enough quota|exceed(s|ing)? .*quota",
        "the subscription's quota of this machine family is used up; the service keeps 20 % more instances than asked",
        "take a smaller instance_type or instance_count, delete what is unused, or ask for more quota",
    ),
    Failure(
        r"OutOfCapacity|not enough .*capacity|SkuNotAvailable",
        "the region has no such machine free now",
        "take another instance_type, or try later",
    ),
    Failure(
        r"ModuleNotFoundError|ImportError|UserScriptImportError",
        "a package that the script imports is not in the environment",
        "add it to the conda file; `devkit validate` names it",
    ),
    Failure(
        r"UserScriptFunctionNotFound|UserScriptInitFailed|UserScriptException|init\(\) (failed|raised)|SyntaxError",
        "the scoring script has no init() or run(), or init() raised",
        "read the log below; `devkit validate --run` runs init() here as production does",
    ),
    Failure(
        r"FileNotFoundError|No such file or directory",
        "the script looks for a file where it is not: the model's folder level, or the script's path",
        "start from AZUREML_MODEL_DIR; `devkit validate` shows the folders as the service lays them out",
    ),
    Failure(
        r"OutOfMemory|OOMKilled|out of memory|SIGKILL|exit(ed with)? code 137",
        "the container took more memory than its machine has; each worker loads the model once",
        "lower WORKER_COUNT or take a larger instance_type; the receipt tells the memory it took here",
    ),
    Failure(
        r"No space left|disk.*full|NotEnoughDisk",
        "the model or the image is larger than the machine's disk",
        "take an instance_type with a larger disk, or a smaller image",
    ),
    Failure(
        r"ImageBuildFailure|image build fail|ResolvePackageNotFound|ResolutionImpossible|ResolutionTooDeep",
        "the image could not be built: the packages cannot be resolved for the environment's Python",
        "pin what was validated here in the conda file, and build it here with the runtime Docker",
    ),
    Failure(
        r"ImagePullBackOff|ErrImagePull|pull .*image|unauthorized: authentication required|manifest unknown",
        "the image cannot be pulled: it is not there, or the endpoint's identity has no AcrPull",
        "look at the tag, and give the identity the role AcrPull on the registry",
    ),
    Failure(
        r"probe failed|liveness|readiness|502: Bad Gateway",
        "the container did not answer its probe in time: init() took longer than initial_delay + period x "
        "failure_threshold, or failed",
        "read the log below; raise initial_delay to beyond the receipt's init time",
    ),
    Failure(
        r"AuthorizationFailed|LinkedAuthorizationFailed|does not have authorization",
        "who promotes, or the endpoint's identity, lacks a role",
        "the role AzureML Data Scientist on the workspace; for the identity Storage Blob Data Reader and AcrPull",
    ),
    Failure(
        r"ExpiredAuthenticationToken|InvalidAuthenticationToken|token (is|has) expired",
        "the token has expired and could not be renewed",
        "log in again (`az login`) or give a new token, then `devkit promote --resume`",
    ),
    Failure(
        r"secret.*(not found|forbidden|denied)|KeyVault",
        "a secret reference cannot be read: it does not exist, or the identity has no right to it",
        "give the endpoint's identity Key Vault Secrets User, or Azure ML Workspace Connection Secrets Reader",
    ),
    Failure(
        r"NetworkIsolation|ConnectionError|Name or service not known|Temporary failure in name resolution",
        "something is fetched from the network that the deployment may not reach",
        "put it into the image or the model, or set egress_public_network_access: enabled",
    ),
    Failure(
        r"user container has crashed|CrashLoopBackOff|ResourceNotReady",
        "the container ended by itself",
        "read the log below; `devkit validate --run --runtime docker` runs the same image here",
    ),
    Failure(
        r"BadArgument|InvalidRequest|ValidationError",
        "the service does not accept a value of the YAML",
        "the message names it; `devkit validate` checks what can be checked before",
    ),
)
"""The most telling first: "the container has crashed" is last, because the log says why."""


def failure_of(code: str, message: str, log: str = "") -> Failure | None:
    """The family that a failure belongs to: by the code and the message first where they say more than "crashed"."""
    whole = f"{code} {message}\n{log}"
    return next((each for each in FAILURES if re.search(each.tells, whole, re.IGNORECASE)), None)
