"""The first file of an instance, run by path: `python devkit_instance.py FOLDERS FLAGS...` is `infsrv FLAGS...`.

The interpreter may be anybody's, so this file imports nothing of the kit. FOLDERS, separated as in PATH, hold the
server and its dependencies for an interpreter that lacks them; they come last on sys.path, so that the user's versions
win. The workers find them because the server puts the folder it was loaded from last itself.
"""

from __future__ import annotations

import importlib
import os
import sys

if __name__ == "__main__":
    del sys.path[0]  # the folder of this file, whose modules are nobody's business
    sys.path += filter(None, sys.argv.pop(1).split(os.pathsep))
    sys.exit(importlib.import_module("inference_server.cli").main())
