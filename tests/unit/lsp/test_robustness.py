"""Whatever is typed, no feature raises, and what is found is what a fresh open of the same text finds."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lsprotocol import types

from devkit.spec.positions import Encoding, Span
from lsp.features import actions
from lsp.features.completion import complete
from lsp.features.hover import hover
from lsp.workspace import Workspace

if TYPE_CHECKING:
    from devkit.spec.findings import Finding

EXAMPLES = Path(__file__).parents[3] / "examples"
DOCUMENTS = sorted(path for path in EXAMPLES.rglob("*.yml") if "broken" not in path.parts)
IN_CI = bool(os.environ.get("CI"))
PIECES = [
    ":",
    " ",
    "\n",
    "\t",
    '"',
    "'",
    "{",
    "}",
    "[",
    "]",
    "- ",
    "#",
    "&a ",
    "*a",
    "|\n",
    "---\n",
    "\u2028",
    "\x85",
    "🚀",
    "\r",
]


class Session:
    """One document in a workspace, changed as an editor changes it."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.workspace = Workspace()
        self.workspace.is_told_of_files = True
        self.workspace.encoding = Encoding.UTF16
        self.workspace.open(path.as_uri(), text, 1, "yaml")

    @property
    def text(self) -> str:
        """The text as the server has it."""
        return self.workspace.snapshot.buffers[self.path].text

    def replace(self, start: int, end: int, new_text: str) -> None:
        """Replace a piece of the text, by offsets."""
        lines = self.workspace.snapshot.buffers[self.path].lines
        first, last = (types.Position(*lines.position(offset, Encoding.UTF16)) for offset in (start, end))
        change = types.TextDocumentContentChangePartial(range=types.Range(first, last), text=new_text)
        self.workspace.change(self.path.as_uri(), 1, [change])

    def findings(self) -> list[Finding]:
        """The document's findings."""
        return self.workspace.snapshot.findings(self.path)

    def use(self, offset: int) -> None:
        """Ask for what an editor asks for while somebody types."""
        document = self.workspace.snapshot.document(self.path)
        assert document is not None
        complete(document, offset)
        hover(document, offset)
        whole = Span(0, len(self.text))
        actions.quick_fixes(document, self.findings(), whole)
        actions.fix_all(document, self.findings())

    def assert_as_fresh(self) -> None:
        """The findings are those of a session that begins with this text."""
        assert self.findings() == Session(self.path, self.text).findings()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_prefix_typed_in(path: Path) -> None:
    """An example that is typed character by character raises nothing, and is found as if opened at that moment."""
    text = path.read_text(encoding="utf-8")
    session = Session(path, "")
    step = 1 if IN_CI else 7
    for end in range(0, len(text), step):
        session.replace(end, end, text[end : end + step])
        session.use(min(end + step, len(text)))
        if end % (10 * step) == 0:
            session.assert_as_fresh()
    assert session.text == text
    session.assert_as_fresh()


@pytest.mark.parametrize("seed", range(20))
def test_random_edits(seed: int) -> None:
    """Pieces of YAML typed, pasted and deleted anywhere raise nothing and leave nothing behind."""
    chance = random.Random(seed)  # noqa: S311  no secret
    path = chance.choice(DOCUMENTS)
    session = Session(path, path.read_text(encoding="utf-8"))
    for _ in range(100 if IN_CI else 10):
        text = session.text
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice([0, 0, 0, 1, 5, 40]))
        pasted = chance.choice([*PIECES, text[start : start + 30], ""])
        session.replace(start, end, pasted)
        session.use(chance.randrange(len(session.text) + 1))
        session.assert_as_fresh()


@pytest.mark.parametrize("seed", range(10))
def test_random_cuts(seed: int) -> None:
    """A text that is cut out of an example raises nothing."""
    chance = random.Random(f"cut {seed}")  # noqa: S311  no secret
    for _ in range(50 if IN_CI else 5):
        path = chance.choice(DOCUMENTS)
        text = path.read_text(encoding="utf-8")
        start, end = sorted(chance.choices(range(len(text) + 1), k=2))
        session = Session(path, text)
        session.replace(start, end, "")
        session.use(min(start, len(session.text)))
        session.assert_as_fresh()


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
HEAD = "endpoint_name: shop\ninstance_type: Standard_DS3_v2\n"


@pytest.mark.parametrize(
    "tail",
    [
        BOMB,
        "x: " + "[" * 400 + "]" * 400 + "\n",
        "x: " + "{a: " * 400,
        "".join(f"{' ' * level}a{level}:\n" for level in range(400)),
        f"description: {'x' * 2**20}\n",
        f"tags: {{{', '.join(f'k{n}: v' for n in range(20_000))}}}\n",
    ],
    ids=["alias bomb", "400 brackets", "400 open braces", "400 levels", "a line of 1 MB", "a wide flow mapping"],
)
def test_what_is_made_to_break_parsers(tmp_path: Path, tail: str) -> None:
    """Bombs, deep nesting and very long lines are answered, before and after a change behind them."""
    session = Session(tmp_path / "blue.yml", HEAD + tail)
    session.use(len(HEAD) + len(tail) // 2)
    session.replace(0, 0, "name: blue\n")
    session.use(5)
    session.assert_as_fresh()
