from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from devkit.gateway.bodies import Copy


@given(st.lists(st.binary(max_size=20)), st.integers(0, 100))
def test_a_copy_is_whole_or_not_there(pieces: list[bytes], limit: int) -> None:
    """Size and digest are of everything; the bytes are kept up to the limit."""
    copy = Copy(limit)
    for piece in pieces:
        copy.add(piece)
    everything = b"".join(pieces)
    assert copy.size == len(everything)
    assert copy.digest == hashlib.sha256(everything).hexdigest()
    assert copy.whole == (everything if len(everything) <= limit else None)
