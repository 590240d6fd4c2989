"""The command: the two servers in turns on the same texts, a table, and what became of the goals."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.editor import page
from benchmarks.editor.measuring import Session, run
from benchmarks.editor.subjects import ours, theirs
from benchmarks.editor.texts import LONG, SHAPES, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.editor.subjects import Subject
    from benchmarks.editor.texts import Text

DOCUMENT = Path("docs/benchmarks-editor.md")
ROUNDS = 3
TEXTS = (text(50, SHAPES[0]), *(text(lines, shape) for lines in (2_000, LONG) for shape in SHAPES))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the page; a missed goal is printed as missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.editor", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of the short texts, and nothing is written")
    options = parser.parse_args(arguments)
    peer = theirs()
    if peer is None:
        return 0
    _measure(TEXTS[0], (ours(), peer), rounds=1)  # for nothing: the first start of a program reads it from the disk
    texts = [each for each in TEXTS if each.lines < LONG or not options.quick]
    rows = [_measure(each, (ours(), peer), rounds=1 if options.quick else ROUNDS) for each in texts]
    written = page.page(rows)
    print(written)
    if not options.quick:
        DOCUMENT.write_text(written, encoding="utf-8")
    return 0


def _measure(text: Text, subjects: tuple[Subject, Subject], rounds: int) -> page.Row:
    """Take turns, so that a machine that slows down slows both down."""
    sessions = (Session(), Session())
    for number in range(1, rounds + 1):
        print(f"{text.lines:,} lines, {text.shape}, round {number} of {rounds}", flush=True)
        for subject, session in zip(subjects, sessions, strict=True):
            with tempfile.TemporaryDirectory() as parent:
                run(subject, text, _project(Path(parent).resolve()), session)
    return page.Row(text, *sessions)


def _project(folder: Path) -> Path:
    (folder / "src").mkdir()
    (folder / "src" / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    (folder / "endpoint.yml").write_text("name: shop\nauth_mode: key\n")
    return folder


if __name__ == "__main__":
    sys.exit(main())
