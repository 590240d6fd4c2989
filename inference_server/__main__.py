"""``python -m inference_server``: the command ``infsrv`` without its launcher."""

from __future__ import annotations

import sys

from inference_server.cli import main

if __name__ == "__main__":
    sys.exit(main())
