"""run() is itself a generator function."""


def init():
    """Load nothing."""


def run(data):
    """Give three chunks."""
    yield "one "
    yield "two "
    yield data
