"""A script without a mistake."""

import json

import pandas as pd


def init():
    """Load nothing."""


def run(raw_data):
    """Give back what came."""
    return pd.DataFrame(json.loads(raw_data)).sum().to_dict()
