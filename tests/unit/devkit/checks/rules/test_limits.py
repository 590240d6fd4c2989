from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.projects import DEPLOYMENT, SCRIPT, Place, found, places

if TYPE_CHECKING:
    from pathlib import Path

CODE = "code_configuration:\n  code: src\n  scoring_script: score.py\n"


@pytest.mark.parametrize(
    ("allowed", "workers", "wrong"), [(4, None, 1), (4, '"4"', 0), (4, '"2"', 1), (1, None, 0), (4, '"many"', 1)]
)
def test_requests_need_workers(tmp_path: Path, allowed: int, workers: str | None, wrong: int) -> None:
    """As many requests at once as workers; without WORKER_COUNT there is one."""
    variables = f"environment_variables:\n  WORKER_COUNT: {workers}\n" if workers else ""
    text = f"{DEPLOYMENT}{CODE}request_settings:\n  max_concurrent_requests_per_instance: {allowed}\n{variables}"
    assert len(found(tmp_path, {"d.yml": text, "src/score.py": SCRIPT}, "workers-and-concurrency")) == wrong


def test_a_container_with_its_own_server_is_not_judged_by_workers(tmp_path: Path) -> None:
    """WORKER_COUNT means nothing without a scoring script."""
    text = f"{DEPLOYMENT}request_settings:\n  max_concurrent_requests_per_instance: 9\n"
    assert found(tmp_path, {"d.yml": text}, "workers-and-concurrency") == []


def test_a_worker_must_live_as_long_as_a_request(tmp_path: Path) -> None:
    """30 s for a worker and 60 s for a request do not go together."""
    variables = 'environment_variables:\n  WORKER_TIMEOUT: "{}"\nrequest_settings:\n  request_timeout_ms: 60000\n'
    assert len(found(tmp_path, {"d.yml": DEPLOYMENT + variables.format(30)}, "worker-timeout")) == 1
    assert found(tmp_path, {"d.yml": DEPLOYMENT + variables.format(90)}, "worker-timeout") == []


@pytest.mark.parametrize(("seconds", "wrong"), [(None, 0), (60.0, 0), (400.0, 2)])
def test_probes_are_held_against_a_measured_init(tmp_path: Path, seconds: float | None, wrong: int) -> None:
    """Both probes wait 310 s by default; nothing is said while nothing was measured."""
    assert len(found(tmp_path, {"d.yml": DEPLOYMENT}, "probe-shorter-than-init", seconds)) == wrong


def test_keys_that_only_azure_fills_are_told(tmp_path: Path) -> None:
    """The key is shown as unnecessary, at its place."""
    files = {"d.yml": DEPLOYMENT + "provisioning_state: Succeeded\n"}
    assert places(tmp_path, files, "ignored-key") == [Place("d.yml", 6, 1, "provisioning_state")]
    assert found(tmp_path, files, "ignored-key")[0].tags == {"unnecessary"}


def test_a_deprecated_key_is_told_with_its_reason(tmp_path: Path) -> None:
    """The declaration's reason is the remedy."""
    files = {"d.yml": DEPLOYMENT + "request_settings:\n  max_queue_wait_ms: 500\n"}
    (finding,) = found(tmp_path, files, "deprecated-key")
    assert finding.tags == {"deprecated"}
    assert finding.remedy


def test_a_missing_instance_count_is_a_hint(tmp_path: Path) -> None:
    """It is the service's choice then; with the key there, whatever its value, nothing is said here."""
    assert len(found(tmp_path, {"d.yml": DEPLOYMENT.replace("instance_count: 1\n", "")}, "instance-count")) == 1
    assert found(tmp_path, {"d.yml": DEPLOYMENT.replace("count: 1", "count:")}, "instance-count") == []


@pytest.mark.parametrize(
    ("asked", "allowed", "wrong"),
    [("500m", "1", 0), ("1", "500m", 1), ("2", "1000m", 1), ("1", "1.0", 0), ("lots", "1", 0), (".5", "1", 0)],
)
def test_a_container_requests_no_more_than_its_limit(tmp_path: Path, asked: str, allowed: str, wrong: int) -> None:
    """Quantities are compared as Kubernetes reads them; what is none is not judged here."""
    text = DEPLOYMENT.replace("managedOnline", "kubernetesOnline").replace("Standard_DS3_v2", "small")
    text += f'type: kubernetes\nresources:\n  requests: {{cpu: "{asked}"}}\n  limits: {{cpu: "{allowed}"}}\n'
    assert len(found(tmp_path, {"d.yml": text}, "requests-over-limits")) == wrong


@pytest.mark.parametrize(("asked", "allowed", "wrong"), [("2Gi", "1024Mi", 1), ("1Gi", "1024Mi", 0), ("1G", "1Gi", 0)])
def test_memory_is_compared_across_suffixes(tmp_path: Path, asked: str, allowed: str, wrong: int) -> None:
    """Binary and decimal suffixes are different numbers."""
    text = DEPLOYMENT.replace("managedOnline", "kubernetesOnline").replace("Standard_DS3_v2", "small")
    text += f'type: kubernetes\nresources:\n  requests: {{memory: "{asked}"}}\n  limits: {{memory: "{allowed}"}}\n'
    assert len(found(tmp_path, {"d.yml": text}, "requests-over-limits")) == wrong
