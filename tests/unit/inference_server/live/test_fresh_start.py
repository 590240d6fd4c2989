"""The property that live update stands on: after any edits the process is as if it had been started on the files."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.support.live_folder import LiveFolder, differences

EXAMPLES = int(os.environ.get("LIVE_EXAMPLES", "40"))

PRELUDE = """\
import functools
from functools import lru_cache
REGISTRY = {}
def deco(fn):
    @functools.wraps(fn)
    def wrapper(*args):
        return ("deco", fn(*args))
    return wrapper
def register(fn):
    REGISTRY[fn.__name__] = fn
    return fn
"""
CONSTANTS = ["A", "B", "C", "D"]
FUNCTIONS = ["f", "g", "h"]
CLASSES = ["K", "L"]
KINDS = (
    *("const", "const", "alias", "list", "dict", "mutate", "subscript", "if", "try", "for", "instance", "partial"),
    *("def", "def", "def", "nested", "lambda", "decorated", "cached", "registered", "class", "class", "subclass"),
    *("bump", "docstring", "comment", "init_", "init_"),
)


@st.composite
def expressions(draw: st.DrawFn, functions: list[str], classes: list[str], *, module: str) -> str:
    """A tuple of numbers, names and calls: any value may stand in it."""
    parts = [str(draw(st.integers(0, 3)))]
    choices = [st.sampled_from(CONSTANTS)]
    if functions:
        choices.append(st.sampled_from([f"{name}(1)" for name in functions]))
        choices.append(st.sampled_from(functions))
    if classes:
        choices.append(st.sampled_from([f"{name}().m()" for name in classes]))
        choices.append(st.sampled_from([f"{name}.limit" for name in classes]))
    if module == "score":
        choices.append(
            st.sampled_from(["helper.A", "helper.f(2)", "helper.K().m()", "helper.g", "hf(1)", "hA", "HK().m()"])
        )
    parts += draw(st.lists(st.one_of(choices), max_size=2))
    return f"({', '.join(parts)},)"


@st.composite
def statements(draw: st.DrawFn, *, module: str) -> str:  # noqa: C901, PLR0911, PLR0912  one case a kind of statement
    """One top-level statement."""
    kind = draw(st.sampled_from(KINDS))
    name = draw(st.sampled_from(CONSTANTS))
    any_expression = expressions(FUNCTIONS, CLASSES, module=module)
    index = draw(st.integers(0, 2))
    function, lower = FUNCTIONS[index], FUNCTIONS[:index]
    body = draw(expressions(lower, [], module=module))
    match kind:
        case "const":
            return f"{name} = {draw(any_expression)}"
        case "alias":
            return f"{name} = {draw(st.sampled_from(CONSTANTS + FUNCTIONS))}"
        case "list":
            return f"{name} = [{draw(any_expression)}]"
        case "dict":
            return f"{name} = {{'k': {draw(any_expression)}}}"
        case "mutate":
            return f"if isinstance({name}, list): {name}.append({draw(st.integers(0, 2))})"
        case "subscript":
            return f"if isinstance({name}, dict): {name}['s'] = {draw(any_expression)}"
        case "def":
            default = draw(st.sampled_from(["1", "2", "A", "B"]))
            doc = draw(st.sampled_from(["", '    """Doc."""\n']))
            return f"def {function}(x, y={default}):\n{doc}    return (x, y, {body})"
        case "nested":
            return f"def {function}(x):\n    def inner(z):\n        return (z, x, {body})\n    return inner(2)"
        case "decorated":
            return f"@deco\ndef {function}(x):\n    return {body}"
        case "cached":
            return f"@lru_cache(maxsize={draw(st.integers(1, 2))})\ndef {function}(x):\n    return {body}"
        case "registered":
            return f"@register\ndef {function}(x):\n    return {body}"
        case "class" | "subclass":
            members = [f"    limit = {draw(st.sampled_from(['1', '2', 'A', 'B']))}"]
            if draw(st.booleans()):
                members.append(
                    f"    def __init__(self):\n        self.value = {draw(st.sampled_from(['1', 'A', 'B']))}"
                )
            if draw(st.booleans()):
                members.append("    @staticmethod\n    def s():\n        return C")
            if draw(st.booleans()):
                members.append(
                    f"    @property\n    def p(self):\n        return {draw(st.sampled_from(['self.limit', 'A']))}"
                )
            extra = ", super().m()" if kind == "subclass" else ""
            members.append(
                f"    def m(self):\n        return (self.limit, {draw(st.sampled_from(['1', 'A', 'f(1)']))}{extra})"
            )
            head = "class L(K)" if kind == "subclass" else "class K"
            return f"{head}:\n" + "\n".join(members)
        case "instance":
            return f"{name} = {draw(st.sampled_from(CLASSES))}()"
        case "if":
            size = draw(st.integers(1, 9))
            return f"if len(repr(A)) > {size}:\n    {name} = {draw(any_expression)}\nelse:\n    extra = 1"
        case "try":
            return f"try:\n    {name} = undefined_name\nexcept NameError:\n    {name} = {draw(any_expression)}"
        case "for":
            return f"for item in range({draw(st.integers(0, 2))}):\n    {name} = (item, {draw(any_expression)})"
        case "bump":
            return draw(
                st.sampled_from(
                    [
                        "COUNT = 0",
                        "COUNT = 5",
                        "def bump():\n    global COUNT\n    COUNT = COUNT + 1",
                        "def bump():\n    global COUNT\n    COUNT = COUNT + 10",
                        "bump()",
                    ]
                )
            )
        case "lambda":
            return f"{name} = lambda x: (x, {body})"
        case "docstring":
            return draw(st.sampled_from(['"""One."""', '"""Two."""']))
        case "partial":
            return f"{name} = functools.partial({function}, 1)"
        case "init_" if module == "score":
            model = draw(any_expression)
            return draw(
                st.sampled_from(
                    [
                        f"def init():\n    global model\n    model = {model}",
                        f"def init():\n    global model\n    if model is None:\n        model = {model}",
                        "def init():\n    global model\n    model = K()",
                        "def init():\n    if isinstance(A, list):\n        A.append(7)",
                        "def init():\n    helper.load()",
                        "model = None",
                    ]
                )
            )
        case "init_":
            return draw(
                st.sampled_from(
                    [
                        "def load():\n    global STATE\n    STATE = A",
                        "def load():\n    global STATE\n    STATE = (f(1), B)",
                        "STATE = None",
                    ]
                )
            )
    return f"# comment {draw(st.integers(0, 9))}"


HELPER = [
    "A = 1",
    "B = [A]",
    "C = 'c'",
    "D = {'k': 1}",
    "COUNT = 0",
    "def f(x, y=1):\n    return (x, A)",
    "def g(x):\n    return (x, B)",
    "def h(x):\n    return f(x)",
    "class K:\n    limit = 1\n    def m(self):\n        return (self.limit, A)",
    "class L(K):\n    limit = 2\n    def m(self):\n        return super().m()",
    "STATE = None",
    "def load():\n    global STATE\n    STATE = A",
]
SCORE = [
    "import helper",
    "from helper import f as hf, A as hA, K as HK",
    *HELPER[:-2],
    "model = None",
    "def init():\n    global model\n    model = (A, f(1))",
    "OUT = (A, B, f(1), K().m())",
]


@st.composite
def edits(draw: st.DrawFn, *, module: str) -> tuple[str, float, str]:
    return (
        draw(st.sampled_from(["replace", "replace", "insert", "delete", "move"])),
        draw(st.floats(0, 1)),
        draw(statements(module=module)),
    )


def _defines(statement: str) -> str:
    head = statement.split("\ndef ")[1] if statement.startswith("@") else statement
    return head.split("(")[0].split(":")[0].split("=")[0].strip().removeprefix("def ").removeprefix("class ")


def _edited(lines: list[str], edit: tuple[str, float, str]) -> list[str]:
    action, place, text = edit
    index = min(int(place * len(lines)), len(lines) - 1)
    result = list(lines)
    if action == "replace":  # the statement that defines the same name, if there is one
        same = [i for i, line in enumerate(lines) if _defines(line) == _defines(text)]
        result[same[0] if same else index] = text
    elif action == "insert":
        result.insert(index, text)
    elif action == "delete" and len(result) > 1:
        del result[index]
    elif action == "move":
        result.insert(index, result.pop(int(place * 7919) % len(result)))
    return result


SAVES = st.lists(
    st.tuples(st.lists(edits(module="score"), max_size=2), st.lists(edits(module="helper"), max_size=2)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False)
@given(SAVES)
def test_after_any_edits_every_name_is_what_a_fresh_start_gives(saves: list[Any]) -> None:
    """Every value, function, class and shared object equals that of a start on the final files, or nothing changed."""
    with tempfile.TemporaryDirectory() as name:
        _play(Path(os.path.realpath(name)), saves)


def _text(lines: list[str]) -> str:
    return "\n".join([*(line for line in lines if line.startswith('"""')), PRELUDE, *lines]) + "\n"


def _play(root: Path, saves: list[Any]) -> None:
    score, helper = SCORE, HELPER
    live = LiveFolder(root, {"helper.py": _text(helper), "score.py": _text(score)})
    with contextlib.closing(live):
        for score_edits, helper_edits in saves:
            for edit in score_edits:
                score = _edited(score, edit)
            for edit in helper_edits:
                helper = _edited(helper, edit)
            before = live.picture()
            error: Exception | None = None
            try:
                todo = live.save({"helper.py": _text(helper), "score.py": _text(score)})
            except Exception as raised:  # noqa: BLE001  compared below
                error = raised
            fresh = None
            with contextlib.suppress(Exception), live.fresh_start():
                fresh = live.picture()
            note(f"--- helper\n{_text(helper)}\n--- score\n{_text(score)}")
            if fresh is None:
                assert error is not None, "a fresh start fails, the live update did not"
                assert differences(live.picture(), before) == []
                continue
            if error is not None:
                raise error
            note("\n".join(map(str, todo.steps)))
            now = {name: names for name, names in live.picture().items() if name in fresh}
            assert differences(now, fresh) == []
