"""run() asks for the request's headers."""


def init():
    """Load nothing."""


def run(data, request_headers):
    """Give back both."""
    return {"input": data, "headers": request_headers, "type": type(request_headers).__name__}
