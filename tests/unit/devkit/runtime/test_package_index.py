from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.runtime.package_index import pip_settings, uv_environment

if TYPE_CHECKING:
    from pathlib import Path


def test_pips_files_are_read_and_the_environment_wins(tmp_path: Path) -> None:
    """A later file wins over an earlier one, and a variable over both."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("[global]\nindex-url = https://a.invalid/simple\ncert = /ca.pem\n")
    second.write_text("[global]\nindex-url = https://b.invalid/simple\n")
    assert pip_settings({}, [first, second]) == {"index-url": "https://b.invalid/simple", "cert": "/ca.pem"}
    named = pip_settings({"PIP_INDEX_URL": "https://c.invalid/simple"}, [first, second, tmp_path / "absent"])
    assert named["index-url"] == "https://c.invalid/simple"


def test_a_damaged_file_is_passed_over(tmp_path: Path) -> None:
    """It is pip that tells of a damaged pip.conf."""
    damaged = tmp_path / "pip.conf"
    damaged.write_text("index-url = https://a.invalid/simple\n")
    assert pip_settings({}, [damaged]) == {}


def test_uv_looks_where_pip_looks(tmp_path: Path) -> None:
    """Index, further indexes, folders and certificates are handed on; folders that are not there are left out."""
    settings = {
        "index-url": "https://a.invalid/simple",
        "extra-index-url": f"https://b.invalid/simple file://{tmp_path} file://{tmp_path}/absent",
        "find-links": f"{tmp_path} {tmp_path}/absent",
        "cert": "/ca.pem",
    }
    assert uv_environment({}, settings) == {
        "SSL_CERT_FILE": "/ca.pem",
        "UV_DEFAULT_INDEX": "https://a.invalid/simple",
        "UV_INDEX": f"https://b.invalid/simple file://{tmp_path}",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": str(tmp_path),
    }


def test_what_uv_was_told_itself_stays() -> None:
    """Whoever set uv's own variables has decided."""
    assert uv_environment({"UV_INDEX_URL": "https://x.invalid"}, {"index-url": "https://a.invalid/simple"}) == {}
