from __future__ import annotations

import json

from devkit.runtime.collector_config import collector_config


def test_the_file_has_what_azureml_ai_monitoring_reads() -> None:
    """Names in lower case, whether each is enabled, and its rate in percent under the key that is read."""
    block = {
        "collections": {
            "Model_Inputs": {"dataCollectionMode": "Enabled", "samplingRate": 0.25},
            "request": {"dataCollectionMode": "Disabled"},
        },
        "rollingRate": "Hour",
    }
    assert json.loads(collector_config(block)) == {
        "collections": {
            "model_inputs": {"enabled": True, "sampleRatePercentage": 25, "sampling_percentage": 25},
            "request": {"enabled": False, "sampleRatePercentage": 100, "sampling_percentage": 100},
        },
        "runMode": "local",
    }
