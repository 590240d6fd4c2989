"""The headers may come before the input, which may be keyword-only."""


def init():
    """Load nothing."""


def run(request_headers, *, payload):
    """Give back both."""
    return [payload, request_headers.get("X-Own")]
