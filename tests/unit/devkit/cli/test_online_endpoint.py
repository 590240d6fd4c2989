from __future__ import annotations

import subprocess
import sys

ASK = """
import sys
import devkit.cli.online_endpoint_client_verbs, devkit.control_plane.daemon
from devkit.cli.connecting import reported
with reported():
    pass
print(sorted({"pydantic", "aiohttp", "yaml"} & set(sys.modules)))
"""


def test_scoring_waits_for_no_document_model() -> None:
    """The commands that read no document import none of the slow libraries, so that they answer soon."""
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
