"""Loads every deployment of a folder with azure-ai-ml, several times in one process; prints the seconds as JSON.

Runs in an environment of its own, which has azure-ai-ml and nothing of ours.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from pathlib import Path


def main() -> None:
    """Arguments: the folder and how often."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    folder, times = Path(sys.argv[1]), int(sys.argv[2])
    from azure.ai.ml import load_online_deployment

    taken = []
    for _ in range(times):
        began = time.perf_counter()
        for path in sorted(folder.glob("*.yml")):
            load_online_deployment(path)
        taken.append(time.perf_counter() - began)
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
