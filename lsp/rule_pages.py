"""The rules' documentation on this machine, so that the link of a finding works offline and fits the version."""

from __future__ import annotations

from functools import cache

from devkit import __version__
from devkit.checks.docs import rules_page
from devkit.disk.user_cache import cache_folder
from devkit.disk.whole_files import write_whole
from lsp.places import uri_of

__all__ = ["page_of"]


def page_of(code: str) -> str | None:
    """The URI of a rule's section, by the line that editors go to; None where the page cannot be written."""
    page, lines = _page()
    return f"{page}#L{lines[code]}" if page and code in lines else None


@cache
def _page() -> tuple[str, dict[str, int]]:
    """The URI of the page, written once a process, and the line (from one) of each rule's heading."""
    text = rules_page()
    path = cache_folder() / f"rules-{__version__}.md"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_whole(path, text)
    except (OSError, UnicodeDecodeError):  # a home folder that cannot be written
        return "", {}
    headings = enumerate(text.split("\n"), start=1)
    return uri_of(path), {line.split()[1]: number for number, line in headings if line.startswith("### DK")}
