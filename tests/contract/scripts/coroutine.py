"""`async def run`, which azmlinfsrv cannot serve."""


def init():
    """Load nothing."""


async def run(data):
    """Give back what came."""
    return {"awaited": data}
