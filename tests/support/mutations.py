"""Texts of documents, changed as editors, merges and tired people change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

PIECES = [
    *"{}[]:,#&*!|>'\"%@`-?~\t\r\n\\ \0\ufeff\u2028\U0001f600",
    *("\n---\n", "<<: *a\n", "&a ", "*a", "!!python/name:os.system ", "? ", "- ", ": ", "|2-\n", "''", '"', "azureml:"),
    *(
        "${{",
        "-1",
        "0x1F",
        "1e999",
        "2024-13-45",
        "yes",
        "null",
        "é" * 50,
        "[" * 60,
        "{a: " * 40,
        "../" * 20,
        "/",
        "file:",
    ),
]


def mutated(text: str, other: str, chance: random.Random) -> str:
    """`text` after one to five changes of the kinds that editors, merges and tired people make."""
    for _ in range(chance.randint(1, 5)):
        at = chance.randint(0, len(text))
        end = min(len(text), at + chance.choice((0, 1, 1, 3, 20)))
        match chance.randrange(6):
            case 0:
                text = text[:at]
            case 1 | 2:
                text = text[:at] + chance.choice(PIECES) + text[end:]
            case 3:
                lines = text.splitlines(keepends=True) or [""]
                line = chance.randrange(len(lines))
                lines[line] = chance.choice(("", " ", "  ", "\t")) + lines[line] * chance.choice((0, 1, 2))
                text = "".join(lines)
            case 4:
                text = text[:at] + other[chance.randint(0, len(other)) :]
            case _:
                text = text[:at] + text[end:]
    return text
