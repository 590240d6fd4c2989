"""A second parameter without a default: the call itself fails."""


def init():
    """Load nothing."""


def run(data, factor):
    """Never reached."""
    return [data, factor]
