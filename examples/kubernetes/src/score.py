"""Counts the words that matter."""

import collections
import json
import os
from pathlib import Path


def init():
    """Read the words that do not."""
    global stop_words
    path = Path(os.environ["AZUREML_MODEL_DIR"]) / "stop-words.txt"
    stop_words = frozenset(path.read_text().split())


def run(raw_data):
    """How often each word of the text occurs, most frequent first."""
    words = json.loads(raw_data)["text"].lower().split()
    return collections.Counter(word for word in words if word not in stop_words)
