"""azure-ai-ml as a judge of documents, for the tests that compare us with it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.spec.kinds import Family
    from devkit.spec.overrides import Override

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venvs" / "azure" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
"""Where `make azure-oracle` installs it."""


class Oracle:
    """azure-ai-ml in its own environment, asked over a pipe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        script = ROOT / "tests" / "support" / "azure_oracle.py"
        self._process = subprocess.Popen(
            [PYTHON, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(
        self, family: Family, document: Any, folder: Path | None = None, overrides: Sequence[Override] = ()
    ) -> tuple[bool, str]:
        """Whether azure-ai-ml takes the document, and what it says if not."""
        request: dict[str, Any] = {"family": family.value, "folder": str(folder or self._folder), "document": document}
        request["overrides"] = [(each.path, each.value) for each in overrides]
        return self._answer(request)

    def ask_text(self, family: Family, text: str, folder: Path) -> tuple[bool, str]:
        """The same for the text of a file in `folder`, with the look at its script that az takes before sending."""
        return self._answer({"family": family.value, "folder": str(folder), "text": text})

    def _answer(self, request: dict[str, Any]) -> tuple[bool, str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["accepted"], answer["message"]

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=20)
