"""Runs in `.venvs/kubectl`: judges Kubernetes objects by the schemas of Kubernetes itself, unknown keys refused.

A line of JSON on standard input is one object; the answer is a line of JSON: null, or what is wrong with it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import kubernetes_validate  # type: ignore[import-not-found]  # in that environment only

VERSION = "1.37.0"


def mistake_of(document: dict[str, Any]) -> str | None:
    """The first mistake, or None."""
    try:
        kubernetes_validate.validate(document, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(map(str, error.path))}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError as error:
        return f"no schema: {error}"
    return None


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(mistake_of(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
