"""Each kind of thing that a script may hold across a live update."""

from __future__ import annotations

import asyncio
import contextlib
import os
import textwrap
from typing import TYPE_CHECKING

import pytest

from inference_server import schema_registry
from inference_server.live import functions
from inference_server.live.steps import PatchCode
from tests.support.live_folder import LiveFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[..., LiveFolder]]:
    """Load files as a live folder: ``load(score, {path: text, ...})``, with ``helper=`` for one more."""
    with contextlib.ExitStack() as stack:

        def _load(score: str, files: dict[str, str] | None = None, *, helper: str = "") -> LiveFolder:
            files = {"score.py": score, "helper.py": helper} | (files or {})
            live = LiveFolder(
                tmp_path.resolve(), {name: textwrap.dedent(text).lstrip() for name, text in files.items()}
            )
            stack.callback(live.close)
            return live

        yield _load


def _edit(live: LiveFolder, old: str, new: str, file: str = "score.py") -> None:
    text = (live.root / file).read_text(encoding="utf-8")
    assert old in text
    live.save({file: text.replace(old, new)})


def test_a_changed_body_keeps_the_function_object_and_the_model(load: Callable[..., LiveFolder]) -> None:
    """Whoever holds run() has the new code, and init() is not called again."""
    live = load(
        """
        model = None
        def init():
            global model
            model = object()
        def run(data):
            return 1
        """
    )
    run, model = live.module.run, live.module.model
    _edit(live, "return 1", "return 2")
    assert live.module.run is run
    assert run("") == 2
    assert live.module.model is model
    assert live.init_calls == 1


def test_lines_follow_an_edit_above(load: Callable[..., LiveFolder]) -> None:
    """A function that only moved reports its new line, so that breakpoints and tracebacks are right."""
    live = load("def run(data):\n    return [each for each in data]\n")
    live.save({"score.py": "# one\n\n\ndef run(data):\n    return [each for each in data]\n"})
    assert live.module.run.__code__.co_firstlineno == 4
    assert live.module.run.__code__.co_filename == str(live.root / "score.py")


def test_instances_made_in_init_get_new_methods(load: Callable[..., LiveFolder]) -> None:
    """Changed, added and removed methods, properties and class attributes reach an instance that init() made."""
    live = load(
        """
        class Model:
            scale = 1
            def __init__(self): self.__weight = 10
            def predict(self): return self.__weight * self.scale
            @property
            def name(self): return "a"
            @staticmethod
            def kind(): return "k1"
            @classmethod
            def build(cls): return cls.scale
            def old(self): pass
        def init():
            global model
            model = Model()
        """
    )
    model = live.module.model
    _edit(live, "* self.scale", "* self.scale + 1")
    assert model.predict() == 11
    _edit(live, 'return "a"', 'return "b"')
    _edit(live, '"k1"', '"k2"')
    assert (model.name, model.kind()) == ("b", "k2")
    _edit(live, "scale = 1", "scale = 2")
    _edit(live, "    def old(self): pass", "    def new(self): return super().__repr__()")
    assert (model.predict(), model.build()) == (21, 2)
    assert model.new().startswith("<score.Model object")
    assert not hasattr(model, "old")
    assert live.module.model is model
    assert live.init_calls == 1


def test_a_method_that_init_calls_makes_it_run_again(load: Callable[..., LiveFolder]) -> None:
    """The constructor and every method named in init() belong to what init() uses."""
    live = load("class Model:\n    def __init__(self): self.w = 1\ndef init():\n    global m\n    m = Model()\n")
    _edit(live, "self.w = 1", "self.w = 2")
    assert (live.module.m.w, live.init_calls) == (2, 2)


@pytest.mark.parametrize(
    ("source", "old", "new"),
    [
        ("class M:\n    __slots__ = ('a',)\n    def __init__(self): self.a = 1\n", "('a',)", "('a', 'b')"),
        ("class B: pass\nclass C: pass\nclass M(B): pass\n", "M(B)", "M(C)"),
        ("import enum\nclass M(enum.Enum):\n    A = 1\n", "A = 1", "A = 1; B = 2"),
        (
            "from __future__ import annotations\nimport dataclasses as d\n@d.dataclass\nclass M:\n    a: int = 1\n",
            "a: int = 1",
            "a: int = 1\n    b: str = 'x'",
        ),
    ],
    ids=["slots", "base class", "enum", "dataclass"],
)
def test_a_class_that_cannot_be_patched_is_made_anew_and_init_with_it(
    load: Callable[..., LiveFolder], source: str, old: str, new: str
) -> None:
    """Slots, bases, enums and dataclass fields: the statement runs again, and so does init() that uses it."""
    live = load(source + "def init():\n    global held\n    held = M\n")
    before = live.module.M
    _edit(live, old, new)
    assert live.module.M is not before
    assert live.module.held is live.module.M
    assert live.init_calls == 2
    with live.fresh_start() as fresh:
        assert sorted(vars(fresh.M)) == sorted(vars(live.module.M))


def test_a_changed_method_of_a_dataclass_is_patched_in_place(load: Callable[..., LiveFolder]) -> None:
    """A dataclass with postponed annotations keeps its identity when only a method's body changes."""
    live = load(
        """
        from __future__ import annotations
        from dataclasses import dataclass
        @dataclass
        class Row:
            a: int
            def double(self): return self.a * 2
        def init():
            global row
            row = Row(4)
        """
    )
    row = live.module.row
    _edit(live, "* 2", "* 3")
    assert (row.double(), live.init_calls) == (12, 1)
    assert isinstance(row, live.module.Row)


def test_lru_cache_forgets_when_what_it_computes_from_changes(load: Callable[..., LiveFolder]) -> None:
    """A new constant and a new body empty the cache, also of the object held before; another edit does not."""
    live = load(
        """
        from functools import lru_cache
        FACTOR = 2
        @lru_cache
        def scaled(x): return x * FACTOR
        def run(data): return 0
        """
    )
    held = live.module.scaled
    assert held(3) == 6
    _edit(live, "return 0", "return 1")
    assert live.module.scaled is held
    assert held.cache_info().currsize == 1
    _edit(live, "FACTOR = 2", "FACTOR = 5")
    assert (live.module.scaled(3), held(3)) == (15, 15)
    held = live.module.scaled
    _edit(live, "x * FACTOR", "x - FACTOR")
    assert (live.module.scaled(3), held(3)) == (-2, -2)


SCHEMA = """
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType as T
SAMPLE = {"a": 1}
@input_schema("data", T(SAMPLE))
@output_schema(T(5))
def run(data):
    return data["a"]
"""


def test_a_run_decorated_with_a_schema_is_patched_and_re_decorated(load: Callable[..., LiveFolder]) -> None:
    """A body is patched under its decorators; changed arguments and samples are registered anew, as often as needed."""
    live = load(SCHEMA)
    run = live.module.run
    _edit(live, 'data["a"]', 'data["a"] + 1')
    assert live.module.run is run
    assert run(data={"a": 1}) == 2
    for number in (6, 7):
        _edit(live, f"T({number - 1})", f"T({number})")
        assert schema_registry.output_schema(live.module.run)["example"] == number
    _edit(live, '{"a": 1}', '{"b": 2}')
    assert "b" in schema_registry.input_schema(live.module.run)["example"]["data"]
    _edit(live, '["a"] + 1', '["b"] + 3')
    assert live.module.run(data={"b": 2}) == 5


def test_a_failed_re_decoration_leaves_the_registered_schema(load: Callable[..., LiveFolder]) -> None:
    """When the statement raises, the process-wide registry is as it was."""
    live = load(SCHEMA)
    with pytest.raises(NameError):
        _edit(live, "T(5)", "T(undefined)")
    assert schema_registry.output_schema(live.module.run)["example"] == 5
    assert live.module.run(data={"a": 4}) == 4


def test_async_functions_and_running_generators(load: Callable[..., LiveFolder]) -> None:
    """The next call has the new code; a generator that already runs ends with the code it began with."""
    live = load("async def run(data): return 'old'\ndef numbers():\n    yield 'old'\n    yield 'old'\n")
    running = live.module.numbers()
    assert next(running) == "old"
    text = (live.root / "score.py").read_text()
    live.save({"score.py": text.replace("old", "new")})
    assert asyncio.run(live.module.run("")) == "new"
    assert (next(running), next(live.module.numbers())) == ("old", "new")


def test_functions_held_in_containers_partials_and_closures(load: Callable[..., LiveFolder]) -> None:
    """Whatever holds a function, a nested one included, has the new code."""
    live = load(
        """
        import functools
        held = {}
        def f(x): return ("old", x)
        def make(n):
            def inner(x): return ("old", n + x)
            return inner
        def run(data): pass
        """
    )
    module = live.module
    held = [module.f, functools_partial(module.f), module.make(1)]
    text = (live.root / "score.py").read_text()
    live.save({"score.py": text.replace("old", "new")})
    assert [each(1) for each in held] == [("new", 1), ("new", 1), ("new", 2)]


def functools_partial(function: Callable[..., object]) -> Callable[[int], object]:
    """A reference that only the test has."""
    import functools

    return functools.partial(function)


def test_a_decorated_function_follows_its_decorator(load: Callable[..., LiveFolder]) -> None:
    """A change inside a decorator of the folder reaches the functions under it, in every module that imported them."""
    live = load(
        "from helper import f\ndef run(data): return f(1)\n",
        helper="""
        def deco(fn):
            def wrapper(x): return ("a", fn(x))
            return wrapper
        @deco
        def f(x): return x
        """,
    )
    _edit(live, '"a"', '"b"', "helper.py")
    assert live.module.run("") == ("b", 1)
    _edit(live, "@deco\n", "", "helper.py")
    assert live.module.run("") == 1


def test_packages_submodules_and_relative_imports(load: Callable[..., LiveFolder]) -> None:
    """Changes deep in a package reach the script, through re-exports and relative imports; new modules are imported."""
    live = load(
        """
        import pkg.sub.deep
        from pkg import value, double
        def run(data): return (value, double(1), pkg.sub.deep.LIMIT)
        """,
        {
            "pkg/__init__.py": "from .sub import value\nfrom .sub.deep import double\n",
            "pkg/sub/__init__.py": "value = 1\n",
            "pkg/sub/deep.py": "from .. import sub\nLIMIT = sub.value + 1\ndef double(x): return x * 2\n",
        },
    )
    assert live.module.run("") == (1, 2, 2)
    _edit(live, "value = 1", "value = 5", "pkg/sub/__init__.py")
    _edit(live, "x * 2", "x * 20", "pkg/sub/deep.py")
    assert live.module.run("") == (5, 20, 6)
    live.save(
        {
            "pkg/extra.py": "EXTRA = 9\n",
            "pkg/__init__.py": "from .extra import EXTRA as value\nfrom .sub.deep import double\n",
        }
    )
    assert live.module.run("")[0] == 9


def test_state_of_a_helper_survives_edits_beside_it(load: Callable[..., LiveFolder]) -> None:
    """What run() has put into a module-level dict is there after its neighbours have changed."""
    live = load(
        "import helper\ndef run(data): return helper.seen(data)\n",
        helper="COUNTS = {}\ndef seen(x):\n    COUNTS[x] = COUNTS.get(x, 0) + 1\n    return COUNTS[x]\n",
    )
    assert [live.module.run("a"), live.module.run("a")] == [1, 2]
    _edit(live, "return COUNTS[x]", "return COUNTS[x] * 100", "helper.py")
    assert live.module.run("a") == 300


def test_an_init_that_raises_half_way_is_undone(load: Callable[..., LiveFolder]) -> None:
    """Globals that init() had already set, patched code and new names are all as before."""
    live = load(
        "STEP = 1\ndef init():\n    global model, extra\n    model = STEP\ndef run(data): return (model, STEP)\n"
    )
    with pytest.raises(ZeroDivisionError):
        _edit(live, "    model = STEP\n", "    model = 99\n    extra = 1\n    1 / 0\n")
    assert live.module.run("") == (1, 1)
    assert not hasattr(live.module, "extra")
    assert live.module.init.__code__.co_names == ("STEP", "model")


def test_a_failed_change_of_two_modules_leaves_both(load: Callable[..., LiveFolder]) -> None:
    """When the script's top level raises, the helper that was updated first is the old one again."""
    live = load(
        "from helper import f\nX = f(1)\n",
        helper="A = 1\ndef f(x): return x + A\nclass K:\n    n = 1\n    def m(self): return 1\n",
    )
    cls = __import__("helper").K
    with pytest.raises(NameError):
        live.save(
            {
                "helper.py": "A = 5\ndef f(x, y=2): return x - A\nclass K:\n    n = 2\n    def other(self): return 1\n",
                "score.py": "from helper import f\nX = f(1) + undefined\n",
            }
        )
    assert (live.module.f(1), live.module.X, __import__("helper").A) == (2, 2, 1)
    assert __import__("helper").K is cls
    assert (cls.n, cls().m(), hasattr(cls, "other")) == (1, 1, False)


def test_a_deleted_module_that_is_still_imported_fails_and_keeps_the_old(load: Callable[..., LiveFolder]) -> None:
    """A fresh start would fail, so the update does; the functions in memory stay."""
    live = load("import helper\ndef run(data): return helper.f()\n", helper="def f(): return 1\n")
    with pytest.raises(ModuleNotFoundError):
        live.save({}, delete=("helper.py",))
    assert live.module.run("") == 1
    assert live.save({"helper.py": "def f(): return 2\n"})
    assert live.module.run("") == 2


def test_a_new_file_ends_a_failed_optional_import(load: Callable[..., LiveFolder]) -> None:
    """``try: import`` of a module of the folder takes it as soon as the file is there."""
    live = load(
        "try:\n    import extra\nexcept ImportError:\n    extra = None\ndef run(data): return extra and extra.X\n"
    )
    assert live.module.run("") is None
    live.save({"extra.py": "X = 3\n"})
    assert live.module.run("") == 3


def test_a_touched_or_reformatted_comment_executes_nothing(load: Callable[..., LiveFolder]) -> None:
    """A file with other comments only has its code moved: nothing is run or called."""
    live = load("import os\nos.environ['LIVE_RUNS'] = os.environ.get('LIVE_RUNS', '') + 'x'\ndef run(data): return 1\n")
    try:
        todo = live.save({"score.py": "# note\n" + (live.root / "score.py").read_text()})
        assert [type(step) for step in todo.steps] == [PatchCode]
        assert os.environ["LIVE_RUNS"] == "x"
        assert live.save({"score.py": (live.root / "score.py").read_text()}).steps == ()
    finally:
        del os.environ["LIVE_RUNS"]


def test_a_model_placeholder_may_change_its_annotation(load: Callable[..., LiveFolder]) -> None:
    """``model = None`` becoming ``model: object = None`` is not a reason to load the model again."""
    live = load("model = None\ndef init():\n    global model\n    model = object()\n")
    model = live.module.model
    _edit(live, "model = None\ndef", "model: object = None\ndef")
    assert live.module.model is model


@pytest.mark.parametrize("held", [False, True], ids=["nobody holds one", "someone holds one"])
def test_the_process_is_searched_only_for_inner_functions_that_someone_holds(
    load: Callable[..., LiveFolder], monkeypatch: pytest.MonkeyPatch, *, held: bool
) -> None:
    """A lambda in run() must not cost a look at every object of the process on each save."""
    searches: list[object] = []
    search = functions._in_process
    monkeypatch.setattr(functions, "_in_process", lambda swaps: [searches.append(swaps), search(swaps)][1])
    live = load("def run(data):\n    key = lambda each: (0, each)\n    return key\n")
    key = live.module.run("") if held else None
    for number in (1, 2):
        _edit(live, f"({number - 1},", f"({number},")
        assert live.module.run("")(5) == (number, 5)
        assert key is None or key(5) == (number, 5)
    assert bool(searches) is held
