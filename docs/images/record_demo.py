"""Runs `make demo`'s tour and writes what it printed as docs/images/demo.svg, the picture of the README."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
WIDTH = 118


def main() -> int:
    """Record the tour; its exit code is this one's."""
    tour = [sys.executable, str(HERE.parents[1] / "examples" / "demo.py")]
    done = subprocess.run(tour, capture_output=True, text=True, check=False)  # noqa: S603  the example of this repository
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text("$ make demo", style="bold"))
    console.print(Text(done.stdout.rstrip()))
    picture = console.export_svg(title="make demo")
    # rich names a font on a content network; a picture in a README should load nothing from elsewhere.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    (HERE / "demo.svg").write_text(picture, encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
