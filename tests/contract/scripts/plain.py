"""The usual script: a JSON string in, a dictionary out."""


def init():
    """Load nothing."""


def run(data):
    """Give back what came."""
    return {"input": data}
