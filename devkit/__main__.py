"""``python -m devkit``: the command ``devkit`` of this interpreter."""

import sys

from _endpoint_devkit.entry import devkit

if __name__ == "__main__":
    sys.exit(devkit())
