from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.gateway.mirror import RecordFile

if TYPE_CHECKING:
    from pathlib import Path


def test_the_record_file_is_bounded(tmp_path: Path) -> None:
    """At its limit it is set aside once; together they stay below twice the limit."""
    records = RecordFile(tmp_path / "mirror.jsonl", limit=100)
    for number in range(50):
        records.append(f"line {number:02}")
    new, old = (tmp_path / "mirror.jsonl").read_text(), (tmp_path / "mirror.jsonl.1").read_text()
    assert new.endswith("line 49\n")
    assert max(len(new), len(old)) <= 100
    assert (old + new).splitlines() == [f"line {number:02}" for number in range(50)][-len((old + new).splitlines()) :]
