from __future__ import annotations

import subprocess
import sys

import pytest

_FREED = """
import psutil
from devkit.control_plane.memory import give_back

pieces = [bytearray(4000) for _ in range(10_000)]
kept = pieces[::10]
del pieces[:]
before = psutil.Process().memory_info().rss
give_back()
print(before - psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps free memory so")
def test_free_memory_is_given_back() -> None:
    """What was freed between pieces that stay does not count against the process any longer."""
    done = subprocess.run([sys.executable, "-c", _FREED], capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) > 2 << 20
