from __future__ import annotations

from devkit.gateway.metrics import Counts, render


def test_requests_and_errors_are_counted_by_status() -> None:
    """An error is an answer of 400 and above."""
    counts = Counts()
    for status in (200, 200, 424, 429):
        counts.observe(status, 0.01)
    assert (counts.requests, counts.errors) == (4, 2)


def test_a_quantile_is_the_bound_of_its_bucket() -> None:
    """None before the first request."""
    counts = Counts()
    assert counts.quantile(0.5) is None
    for seconds in (0.002, 0.003, 0.003, 400.0):
        counts.observe(200, seconds)
    assert counts.quantile(0.5) == 0.005
    assert counts.quantile(0.99) == float("inf")


def test_prometheus_reads_counters_a_histogram_and_gauges() -> None:
    """Each metric has one TYPE line; buckets add up."""
    counts = Counts()
    counts.observe(200, 0.003)
    counts.observe(424, 2.0)
    counts.by_model_status[500] += 1
    counts.mirrored["same"] += 3
    text = render({"": Counts(), "blue": counts}, {"blue": {"in_flight": 1, "waiting": 0, "instances": 2}})
    assert 'devkit_gateway_requests_total{deployment="blue",status="424"} 1' in text
    assert 'devkit_gateway_model_answers_total{deployment="blue",status="500"} 1' in text
    assert 'devkit_gateway_mirrored_total{deployment="blue",outcome="same"} 3' in text
    assert 'devkit_gateway_request_duration_seconds_bucket{deployment="blue",le="0.005"} 1' in text
    assert 'devkit_gateway_request_duration_seconds_bucket{deployment="blue",le="+Inf"} 2' in text
    assert 'devkit_gateway_request_duration_seconds_sum{deployment="blue"} 2.003000' in text
    assert 'devkit_gateway_instances{deployment="blue"} 2' in text
    types = [line for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(types) == len(set(types))
