from __future__ import annotations

from pathlib import Path

from devkit.cli.reference import commands_page

PAGE = Path(__file__).parents[4] / "docs" / "commands.md"


def test_the_page_of_commands_is_current() -> None:
    """A command or flag that changed is told; `python -m devkit.cli.reference > docs/commands.md` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == commands_page()


def test_every_verb_has_its_flags() -> None:
    """The letters that scripts written for az use are on the page."""
    page = commands_page()
    section = page.partition("## devkit online-deployment create\n")[2].partition("\n## ")[0]
    assert all(f"`{flag}`" in section for flag in ("-f", "-n", "-e", "--all-traffic", "--set", "--no-wait", "--dev"))
