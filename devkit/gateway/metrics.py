"""What a gateway counts, for each deployment, and the text that Prometheus reads."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["BOUNDS_S", "Counts", "render"]

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Upper bounds of the duration's buckets, in seconds."""
_ERROR = 400


class Counts:
    """The counters of one deployment; they only grow."""

    __slots__ = ("buckets", "by_model_status", "by_status", "mirrored", "seconds")

    def __init__(self) -> None:
        self.by_status: Counter[int] = Counter()
        """What the client got; 499 where it left before its answer."""
        self.by_model_status: Counter[int] = Counter()
        """What the instance said."""
        self.buckets = [0] * (len(BOUNDS_S) + 1)
        self.seconds = 0.0
        self.mirrored: Counter[str] = Counter()
        """Mirrored requests by what came of them."""

    @property
    def requests(self) -> int:
        """Answered requests."""
        return sum(self.by_status.values())

    @property
    def errors(self) -> int:
        """Answers of 400 and above."""
        return sum(count for status, count in self.by_status.items() if status >= _ERROR)

    def observe(self, status: int, seconds: float) -> None:
        """Count one answer."""
        self.by_status[status] += 1
        self.buckets[bisect_left(BOUNDS_S, seconds)] += 1
        self.seconds += seconds

    def quantile(self, share: float) -> float | None:
        """The upper bound of the bucket that holds the quantile, in seconds; None before the first request."""
        total = sum(self.buckets)
        if not total:
            return None
        reached = 0
        for bound, count in zip(BOUNDS_S, self.buckets, strict=False):
            reached += count
            if reached >= share * total:
                return bound
        return float("inf")


def render(counts: Mapping[str, Counts], gauges: Mapping[str, Mapping[str, float]]) -> str:
    """The text of all deployments; the deployment `""` stands for what the gateway answered before it chose one."""
    return "\n".join([*_counters(counts), *_durations(counts), *_gauges(gauges)]) + "\n"


def _counters(counts: Mapping[str, Counts]) -> Iterator[str]:
    yield "# TYPE devkit_gateway_requests_total counter"
    for name, each in counts.items():
        for status, count in sorted(each.by_status.items()):
            yield f'devkit_gateway_requests_total{{deployment="{name}",status="{status}"}} {count}'
    yield "# TYPE devkit_gateway_model_answers_total counter"
    for name, each in counts.items():
        for status, count in sorted(each.by_model_status.items()):
            yield f'devkit_gateway_model_answers_total{{deployment="{name}",status="{status}"}} {count}'
    yield "# TYPE devkit_gateway_mirrored_total counter"
    for name, each in counts.items():
        for outcome, count in sorted(each.mirrored.items()):
            yield f'devkit_gateway_mirrored_total{{deployment="{name}",outcome="{outcome}"}} {count}'


def _durations(counts: Mapping[str, Counts]) -> Iterator[str]:
    metric = "devkit_gateway_request_duration_seconds"
    yield f"# TYPE {metric} histogram"
    for name, each in counts.items():
        reached = 0
        for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), each.buckets, strict=True):
            reached += count
            yield f'{metric}_bucket{{deployment="{name}",le="{bound}"}} {reached}'
        yield f'{metric}_sum{{deployment="{name}"}} {each.seconds:.6f}'
        yield f'{metric}_count{{deployment="{name}"}} {reached}'


def _gauges(gauges: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    names = sorted({key for values in gauges.values() for key in values})
    for key in names:
        yield f"# TYPE devkit_gateway_{key} gauge"
        for deployment, values in gauges.items():
            yield f'devkit_gateway_{key}{{deployment="{deployment}"}} {values[key]:g}'
