"""A script without a mistake."""

import json


def init():
    """Load nothing."""


def run(raw_data):
    """Give back what came."""
    return json.loads(raw_data)
