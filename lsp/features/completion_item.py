"""One line of a completion list."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.spec.catalog import KeyInfo
from devkit.spec.skus import Sku
from lsp.features.sizes import table

if TYPE_CHECKING:
    from devkit.spec.positions import Span
    from lsp.features.edits import Edit

__all__ = ["Completion", "ItemKind", "escape"]

_ZERO = 1000
"""What makes every rank positive, so that their texts sort as they do."""
_PLACEHOLDER = re.compile(r"(?<!\\)\$(?:\{\d+:((?:[^\\}]|\\.)*)\}|\d+)")


class ItemKind(str, enum.Enum):
    """What an item stands for; an editor shows it as an icon. The values are names of LSP's CompletionItemKind."""

    KEY = "Property"
    VALUE = "EnumMember"
    SIZE = "Unit"
    BLOCK = "Snippet"
    FILE = "File"
    FOLDER = "Folder"
    REFERENCE = "Reference"
    VARIABLE = "Variable"


@dataclass(frozen=True)
class Completion:
    """One item.

    Attributes:
        label: What the list shows.
        kind: What it stands for.
        span: What it replaces; on one line.
        text: What it writes, with its whole indentation: an editor must not indent it again.
        is_snippet: Whether `text` is a snippet of the Language Server Protocol, with places to fill in.
        rank: Where it stands in the list: smaller is higher.
        filter_text: What is compared with the text between the span's start and the cursor; the label when empty.
        label_detail: Facts shown beside the label.
        detail: One line about it.
        about: What its documentation is made from, when somebody asks.
        is_deprecated: Whether it is better not used.
        asks_again: Whether the next list is wanted at once, as behind a key or inside a folder.
        indentation: What else must change so that the line is indented as its neighbours are.
    """

    label: str
    kind: ItemKind
    span: Span
    text: str
    is_snippet: bool = False
    rank: int = 0
    filter_text: str = ""
    label_detail: str = ""
    detail: str = ""
    about: KeyInfo | Sku | str = ""
    is_deprecated: bool = False
    asks_again: bool = False
    indentation: Edit | None = None

    @property
    def sort_text(self) -> str:
        """The rank as text that sorts like it."""
        return f"{self.rank + _ZERO:05}"

    @property
    def documentation(self) -> str:
        """What there is to know, in Markdown; made when it is asked for."""
        if isinstance(self.about, KeyInfo):
            return self.about.markdown
        return table(self.about) if isinstance(self.about, Sku) else self.about

    @property
    def plain_text(self) -> str:
        """What it writes in an editor without snippets."""
        return plain(self.text) if self.is_snippet else self.text


def escape(text: str) -> str:
    """Text as it must be written inside a snippet."""
    return re.sub(r"([\\$}])", r"\\\1", text)


def plain(snippet: str) -> str:
    """The text of a snippet with its suggestions filled in."""
    filled = _PLACEHOLDER.sub(lambda found: found[1] or "", snippet)
    return re.sub(r"\\([\\$}])", r"\1", filled)
