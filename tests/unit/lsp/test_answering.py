"""Who types does not wait for what an editor asks beside it."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from lsp import server
from lsp.answers import load_answer
from lsp.server import Server

if TYPE_CHECKING:
    from pathlib import Path

    from lsp.answers.question import Answer, Question

PATIENCE = 60.0


@pytest.mark.asyncio
async def test_completion_overtakes_the_outline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A completion is answered while the symbols of the document are still being gathered."""
    standing, let_go = threading.Event(), threading.Event()

    def load(name: str) -> Answer:
        answer = load_answer(name)

        def stands(question: Question, params: Any) -> Any:
            standing.set()
            let_go.wait(PATIENCE)
            return answer(question, params)

        return stands if name == "overview.find_symbols" else answer

    monkeypatch.setattr(server, "load_answer", load)
    path = tmp_path / "blue-deployment.yml"
    path.write_text("name: blue\nendpoint_name: shop\ninst", encoding="utf-8")
    serving = Server()
    document = SimpleNamespace(uri=path.as_uri())
    symbols = asyncio.ensure_future(serving.answer("overview.find_symbols", SimpleNamespace(text_document=document)))
    try:
        assert await asyncio.to_thread(standing.wait, PATIENCE)
        params = SimpleNamespace(text_document=document, position=SimpleNamespace(line=2, character=4), context=None)
        found = await asyncio.wait_for(serving.answer("completion.find_completions", params), PATIENCE)
        assert "instance_type" in [each.label for each in found.items]
        assert not symbols.done()
    finally:
        let_go.set()
    assert [each.name for each in await symbols]
    serving.end()
