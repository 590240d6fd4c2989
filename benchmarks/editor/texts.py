"""The documents that are opened: valid ones of a given length, and the place in each that is typed at."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SHAPES", "Text", "text"]

HEAD = """\
name: blue
endpoint_name: shop
model: azureml:shop:1
code_configuration:
  code: src
  scoring_script: score.py
environment: azureml:shop-environment:3
instance_type: Standard_DS3_v2
instance_count: 2
request_settings:
  request_timeout_ms: 3000
  max_concurrent_requests_per_instance: 1
liveness_probe:
  initial_delay: 30
  period: 10
  failure_threshold: 10
environment_variables:
"""
LONG = 10_000
SHAPES = ("one wide map", "many documents")


@dataclass(frozen=True)
class Text:
    """A document, and the line with the value of ``instance_type`` that is typed at."""

    lines: int
    shape: str
    content: str
    line: int

    @property
    def completions(self) -> int:
        """How many are asked for in a session: few where the slower server takes seconds for each."""
        return 10 if self.lines >= LONG else 30

    @property
    def mistakes(self) -> int:
        """How many changes are waited for until the diagnostics tell of them; an even number, so it ends right."""
        return 4 if self.lines >= LONG else 10


def text(lines: int, shape: str) -> Text:
    """A text of about so many lines.

    Args:
        lines: how many.
        shape: one of `SHAPES`. A wide map is one deployment with many environment variables; many documents are
            deployments of 50 lines, divided by ``---``.
    """
    content = _document(lines) if shape == SHAPES[0] else "---\n".join(_document(49) for _ in range(lines // 50))
    typed = [number for number, line in enumerate(content.splitlines()) if line.startswith("instance_type:")]
    return Text(lines, shape, content, typed[len(typed) // 2])


def _document(lines: int) -> str:
    variables = lines - HEAD.count("\n")
    return HEAD + "".join(f"  VARIABLE_{number}: value {number}\n" for number in range(variables))
