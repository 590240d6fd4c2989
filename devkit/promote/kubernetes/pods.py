"""A deployment's pods: why they do not start, what they printed, what their sidecars counted."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from devkit.promote.counts import Tally, observed_of
from devkit.promote.kubernetes import sidecar
from devkit.promote.kubernetes.naming import selector
from devkit.promote.kubernetes.observed import waiting_reason
from devkit.promote.kubernetes.scaling import CONTAINER
from devkit.promote.targets.base import TargetError

if TYPE_CHECKING:
    from devkit.promote.kubernetes.api import Api
    from devkit.promote.targets.base import Observed

__all__ = ["Pods"]

_LOG_LINES: Final = 50
_ASKED_AT_ONCE: Final = 8


class Pods:
    """Looked up anew at each question: pods come and go."""

    def __init__(self, api: Api, endpoint: str, deployment: str) -> None:
        self._api = api
        self._deployment = deployment
        self._labels = selector(endpoint, deployment)
        self._tally = Tally()

    def hopeless(self) -> str | None:
        """Why a container will never start; None while there is hope."""
        return waiting_reason(self._api.find("Pod", self._labels))

    def log(self) -> str:
        """The last lines of the first pod."""
        names = self._names()
        return self._api.log(names[0], CONTAINER, _LOG_LINES) if names else ""

    def counts(self) -> Observed | None:
        """What all sidecars counted; None where none could ever be asked: no right to pods/exec, or no way to it."""
        names = self._names()
        with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
            told = list(pool.map(self._counts_of, names))
        for name, seen in zip(names, told, strict=True):
            if seen is not None:
                self._tally.note(name, seen)
        return self._tally.total

    def _counts_of(self, pod: str) -> Observed | None:
        """What a pod's sidecar counted; None while it cannot be asked: it starts, or ends."""
        try:
            told = json.loads(self._api.run(pod, sidecar.CONTAINER, sidecar.asked("state")))
        except (TargetError, ValueError):
            return None
        return observed_of(told, self._deployment)

    def _names(self) -> list[str]:
        return [str(each["metadata"]["name"]) for each in self._api.find("Pod", self._labels)]
