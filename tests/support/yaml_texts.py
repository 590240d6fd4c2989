"""YAML texts for property tests: valid ones of every style, and broken ones made of them."""

from __future__ import annotations

import yaml
from hypothesis import strategies as st

WORDS = st.sampled_from(
    [
        "a",
        "blue",
        "b c",
        "x:y",
        "http://a:1/b",
        "a#b",
        "0755",
        "1:30",
        "yes",
        "~",
        "null",
        "1.5",
        "-1",
        "é",
        "\U0001f600",
        "2026-11-21",
        "azureml:env:1",
        "a, b",
        "$schema",
        "-x",
        "?x",
        "word's",
        'say "x"',
        "{{ x }}",
        "[x",
        "#no",
        "&a",
        "",
        " lead",
        "trail ",
        "two\nlines",
        "tab\there",
        "- item",
        "key: value",
        "...",
        "---",
        "<<",
        "=",
        "\\n",
        "*a",
        "!t",
    ]
)
VALUES = st.recursive(
    WORDS | st.integers(-5, 5) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
PIECES = st.sampled_from(
    [
        "a",
        "b: ",
        "key:\n  ",
        "name: x",
        "- ",
        "- a\n",
        "\n",
        "\n  ",
        "\n    ",
        "\n- ",
        "  ",
        "'q'",
        "'it''s'",
        '"d\\n\\x41 e"',
        '"',
        "'",
        "{",
        "}",
        "[",
        "]",
        ", ",
        ",",
        ": ",
        ":",
        "# c",
        "\n# c\n",
        " #c",
        "|\n",
        "|-\n  t\n",
        ">\n  f\n  g\n",
        "|2+\n",
        "&x ",
        "*x",
        "!!str ",
        "!t ",
        "---\n",
        "...\n",
        "--- ",
        "? ",
        "<<: *x",
        "é",
        "\U0001f600",
        "\r\n",
        "\r",
        "1",
        "yes",
        "~",
        "http://a:b",
        "a#b",
        "\u2028",
        "\x85",
        "\n  k: v",
        "- - a",
        "x:y",
        "\t",
        "%YAML 1.1\n",
        "\ufeff",
        "\\",
    ]
)


@st.composite
def dumped(draw: st.DrawFn) -> str:
    """What PyYAML writes of a value: block and flow style, every kind of quotes, widths, line ends, anchors."""
    value = draw(VALUES)
    shared = draw(st.booleans())
    return yaml.dump(
        {"first": value, "again": value} if shared else value,
        default_flow_style=draw(st.sampled_from([None, True, False])),
        default_style=draw(st.sampled_from([None, None, "'", '"', "|", ">"])),
        width=draw(st.sampled_from([10, 30, 80])),
        indent=draw(st.sampled_from([2, 4])),
        allow_unicode=draw(st.booleans()),
        line_break=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        explicit_start=draw(st.booleans()),
    )


def mutated(text: str) -> st.SearchStrategy[str]:
    """A piece of a text with a few things inserted and cut out."""
    edit = st.tuples(st.integers(0, len(text)), st.integers(0, 6), PIECES | st.just(""))
    bounds = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    return st.builds(_edited, st.just(text), bounds, st.lists(edit, max_size=4))


def _edited(text: str, bounds: tuple[int, int], edits: list[tuple[int, int, str]]) -> str:
    for start, length, piece in edits:
        text = text[:start] + piece + text[start + length :]
    return text[min(bounds) : max(bounds)]


WRITTEN = """\
# a deployment
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: my-endpoint   # why
model:
  path: ../../model-1/model/
  tags: {a: b, "c": 'd', e: [1, 2, {f: g}]}
code_configuration:
  code: ./src
  scoring_script: "score.py"
environment: &env
  conda_file: ../env/conda.yaml
  image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest
  inference_config:
    liveness_route: {port: 8501, path: /v1/models}
other:
  <<: *env
  image: x
description: this is
  a long text

  and more
script: |
  echo one
    two

  three
folded: >-
  some
  text

    more
list:
- a
- b: 1
  c: 2
-
  - x
nested:
  - - 1
    - 2
  - name: z
    args: ["--a", '--b',
      --c, {d: e,
      f: g}]
quoted: "several
  lines \\
  joined\\n"
? complex
: value
? [a, b]
: c
empty:
last: ~
---
second: document
...
"""
"""A text with everything in it that a person writes by hand."""

TEXTS = st.one_of(st.lists(PIECES, max_size=14).map("".join), dumped(), mutated(WRITTEN), dumped().flatmap(mutated))
