"""What a script sees of its surroundings."""

import os
import sys


def init():
    """Load nothing."""


def run(data):
    """Give the variables and the names that scripts rely on."""
    wanted = ("AZUREML_MODEL_DIR", "AML_APP_ROOT", "AZUREML_ENTRY_SCRIPT", "SERVER_PORT", "WORKER_COUNT")
    root = os.path.realpath(".")
    return {
        "variables": {name: os.environ.get(name, "unset").replace(root, "<dir>") for name in wanted if name in data},
        "name": __name__,
        "file": os.path.realpath(__file__).replace(root, "<dir>"),
        "in sys.modules": __name__ in sys.modules,
        "app root on sys.path": root in sys.path,
    }
