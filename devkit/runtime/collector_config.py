"""The file that azureml-ai-monitoring reads in an instance: which collections a script may write to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["collector_config"]


def collector_config(data_collector: Mapping[str, Any]) -> str:
    """The text of mdc-config.json for a REST `dataCollector` block.

    azureml-ai-monitoring 1.0.0 reads `sampleRatePercentage`, azure-ai-ml 1.35.2 writes `sampling_percentage`, which
    nobody reads: both are written, so that sampling holds and either looks as expected (sources read 2026-11-21).
    """
    collections = data_collector.get("collections") or {}
    return json.dumps(
        {"collections": {name.lower(): _collection(each) for name, each in collections.items()}, "runMode": "local"},
        indent=2,
    )


def _collection(block: Mapping[str, Any]) -> dict[str, object]:
    rate = block.get("samplingRate")
    percentage = round(100 * (1.0 if rate is None else float(rate)))
    return {
        "enabled": str(block.get("dataCollectionMode", "")).lower() == "enabled",
        "sampleRatePercentage": percentage,
        "sampling_percentage": percentage,
    }
