"""More parameters than one: azmlinfsrv fills the first only."""


def init():
    """Load nothing."""


def run(data, factor=2, *, offset=1):
    """Give back all three."""
    return [data, factor, offset]
