from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.runtime.process_log import cut_log, tail

if TYPE_CHECKING:
    from pathlib import Path


def test_a_log_within_its_bounds_stays(tmp_path: Path) -> None:
    """Nothing is moved before the limit is passed."""
    log = tmp_path / "log"
    log.write_text("one\n")
    assert not cut_log(log, 4)
    assert log.read_text() == "one\n"


def test_a_process_goes_on_writing_to_a_log_that_was_cut(tmp_path: Path) -> None:
    """What is written after the cut stands in the file, what stood before it in the file before."""
    log = tmp_path / "log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"one\ntwo\n")
        assert cut_log(log, 4)
        writer.write(b"three\n")
    assert log.read_text() == "three\n"
    assert tail(log, 2) == "two\nthree\n"


def test_the_tail_reaches_over_blocks(tmp_path: Path) -> None:
    """Lines are found however far the end lies from the last line break."""
    log = tmp_path / "log"
    lines = [f"{number} {'x' * 100}\n" for number in range(3000)]
    log.write_text("".join(lines))
    assert tail(log, 2000) == "".join(lines[-2000:])
    assert tail(log, 9999) == "".join(lines)
    assert tail(log, 0) == ""


def test_no_log_is_an_empty_one(tmp_path: Path) -> None:
    """Asking for the log of an instance that wrote nothing is no error."""
    assert tail(tmp_path / "log", 10) == ""
    assert not cut_log(tmp_path / "log")
