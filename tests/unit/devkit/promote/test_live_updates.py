"""The change that makes a live update run init() again."""

from __future__ import annotations

import ast

import pytest

from devkit.promote.errors import PromotionError
from devkit.promote.live_updates import edited

SOURCES = {
    "plain": "def init():\n    global model\n    model = 1\n\n\ndef run(data): ...\n",
    "one line": "def init(): pass\ndef run(data): ...\n",
    "docstring": 'def init():\n    """Load."""\n',
    "tabs": "def init():\n\tpass\n",
    "windows": "def init():\r\n    pass\r\n",
    "not ASCII": "def init(): größe = 'ä'; x = 1\n",
    "decorated": "import functools\n\n\n@functools.cache\ndef init() -> None:\n    if True:\n        pass\n",
    "twice": "def init(): pass\n\n\ndef init():\n    x = 1\n",
}


@pytest.mark.parametrize("name", SOURCES)
def test_only_init_changes(name: str) -> None:
    """One statement more in the init() that counts, another one each time, and nothing else."""
    source = SOURCES[name]
    first, second = ast.parse(edited(source, 1)), ast.parse(edited(source, 2))
    assert ast.dump(first) != ast.dump(second)
    wanted = ast.parse(source)
    function = [each for each in wanted.body if isinstance(each, ast.FunctionDef) and each.name == "init"][-1]
    function.body.insert(0, ast.parse("_devkit_live_update = 1").body[0])
    assert ast.dump(first) == ast.dump(wanted)


def test_a_script_without_init() -> None:
    """There is nothing that an update could run again."""
    with pytest.raises(PromotionError, match=r"no init\(\)"):
        edited("def run(data): ...\n", 1)
