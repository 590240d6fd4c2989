from __future__ import annotations

import pytest

from devkit.control_plane.errors import NotReachedError
from devkit.control_plane.patience import Patience
from devkit.control_plane.polling import Answer


class Service:
    """Answers in order; an exception is raised."""

    def __init__(self, *answers: Answer | NotReachedError) -> None:
        self.left = list(answers)
        self.slept: list[float] = []

    def ask(self) -> Answer:
        """The next one."""
        answer = self.left.pop(0)
        if isinstance(answer, NotReachedError):
            raise answer
        return answer

    def patience(self, attempts: int = 4) -> Patience:
        """That notes what it sleeps."""
        return Patience(attempts, longest_s=10, sleep=self.slept.append)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_waits_as_long_as_it_is_told(status: int) -> None:
    """Retry-After and Azure's header in milliseconds are honoured, up to the longest pause."""
    later = [
        Answer(status, headers, {})
        for headers in ({"Retry-After": "3"}, {"x-ms-retry-after-ms": "250"}, {"retry-after": "99"})
    ]
    service = Service(*later, Answer(200, {}, {}))
    assert service.patience().ask(service.ask).status == 200
    assert service.slept == [3, 0.25, 10]


def test_waits_longer_each_time() -> None:
    """Without a header, and where nobody answers, pauses double."""
    service = Service(NotReachedError("cut"), Answer(502, {}, {}), Answer(200, {}, {}))
    assert service.patience().ask(service.ask).status == 200
    assert service.slept == [1, 2]


def test_gives_up() -> None:
    """The last answer is handed on, and a refusal at once."""
    service = Service(Answer(429, {}, {}), Answer(429, {}, {}))
    assert service.patience(2).ask(service.ask).status == 429
    refused = Service(Answer(403, {}, {}))
    assert refused.patience().ask(refused.ask).status == 403
    assert refused.slept == []
