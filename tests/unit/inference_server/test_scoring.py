"""scoring: a script is loaded as plain Python would load it, and refused with its own traceback."""

from __future__ import annotations

import pickle
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from inference_server.errors import StartupError
from inference_server.scoring import ScoringScript, user_traceback
from inference_server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAIN = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"


@pytest.fixture(autouse=True)
def _clean_process(tmp_path: Path) -> Iterator[None]:
    for name in ("score", "entry_module"):  # an engine of another test may have left it
        sys.modules.pop(name, None)
    path, modules = list(sys.path), dict(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - set(modules):
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def load(folder: Path, source: str = PLAIN, *, name: str = "score.py", **values: Any) -> ScoringScript:
    script = folder / name
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(dedent(source))
    return ScoringScript.load(Settings(entry_script=script, app_root=folder, **values))


def init(script: ScoringScript, model_dir: str = "") -> None:
    script.init(model_dir, lambda coroutine: coroutine.close())


def test_module_stands_in_sys_modules_under_its_stem(tmp_path: Path) -> None:
    """Classes of a script can be pickled, because its module is found by its name."""
    script = load(tmp_path, PLAIN + "\n\nclass Model:\n    weight = 3\n")
    assert sys.modules["score"] is script.module
    assert pickle.loads(pickle.dumps(script.module.Model())).weight == 3  # noqa: S301  its own bytes


def test_dataclass_with_postponed_annotations_works(tmp_path: Path) -> None:
    """A dataclass in a script that postpones annotations can look up its module."""
    source = (
        "from __future__ import annotations\nimport dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int = 1\n"
    )
    assert load(tmp_path, source + PLAIN).module.A().x == 1


@pytest.mark.parametrize("name", ["json.py", "pytest.py", "statistics.py"])
def test_a_taken_name_is_not_shadowed(tmp_path: Path, name: str) -> None:
    """A script called like a module that is imported, or of the standard library, leaves that one in place."""
    before = sys.modules.get(name.removesuffix(".py"))
    script = load(tmp_path, name=name)
    assert script.module.__name__ == "entry_module"
    assert sys.modules.get(name.removesuffix(".py")) is before


def test_code_bears_the_files_real_path(tmp_path: Path) -> None:
    """Breakpoints and tracebacks refer to the absolute path of the file, with links resolved."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    script = load(tmp_path / "link")
    assert script.run.__code__.co_filename == str(tmp_path / "real" / "score.py")
    assert script.module.__file__ == str(tmp_path / "real" / "score.py")


def test_source_is_never_taken_from_a_cache(tmp_path: Path) -> None:
    """Two versions of a script of one size within one second are told apart."""
    assert load(tmp_path, PLAIN + "X = 1\n").module.X == 1
    assert load(tmp_path, PLAIN + "X = 2\n").module.X == 2


def test_helper_beside_the_script_can_be_imported(tmp_path: Path) -> None:
    """The script's folder is first on sys.path, the app root and its source folder are last."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "my_helper_1.py").write_text("VALUE = 1\n")
    (tmp_path / "my_helper_2.py").write_text("VALUE = 2\n")
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "my_helper_3.py").write_text("VALUE = 3\n")
    source = "from my_helper_1 import VALUE as a\nfrom my_helper_2 import VALUE as b\nimport my_helper_3\n"
    script = load(tmp_path, source + PLAIN, name="code/score.py", source_directory=tmp_path / "extra")
    assert (script.module.a, script.module.b, script.module.my_helper_3.VALUE) == (1, 2, 3)
    assert sys.path[0] == str(tmp_path / "code")
    assert sys.path[-2:] == [str(tmp_path), str(tmp_path / "extra")]


def test_our_own_folder_is_not_on_the_path(tmp_path: Path) -> None:
    """A user's config.py, swagger.py or engine.py cannot be confused with one of the server's."""
    (tmp_path / "swagger.py").write_text("VALUE = 'mine'\n")
    assert load(tmp_path, "import swagger\n" + PLAIN).module.swagger.VALUE == "mine"
    assert not any(folder.endswith("inference_server") for folder in sys.path)


def test_strict_loads_as_azmlinfsrv_does(tmp_path: Path) -> None:
    """Under --strict the script is no registered module, and its folder is not on sys.path."""
    script = load(tmp_path, name="code/score.py", strict=True)
    assert script.module.__name__ == "entry_module"
    assert "entry_module" not in sys.modules
    assert str(tmp_path / "code") not in sys.path


def refusal(folder: Path, source: str) -> str:
    with pytest.raises(StartupError) as refused:
        load(folder, source).signature()
    assert refused.value.exit_code == 3
    return str(refused.value)


def test_missing_script(tmp_path: Path) -> None:
    """A script that is not there is named, with azmlinfsrv's last line."""
    with pytest.raises(StartupError) as refused:
        ScoringScript.load(Settings(entry_script=tmp_path / "nowhere.py", app_root=tmp_path))
    text = str(refused.value)
    assert f"There is no scoring script at {tmp_path / 'nowhere.py'}" in text
    assert "FileNotFoundError: [Errno 2] No such file or directory" in text
    assert text.endswith("Failed to import user script because it raised an unhandled exception")


def test_no_script_and_no_main(tmp_path: Path) -> None:
    """Without an entry script there has to be a main.py; the message lists what there is."""
    (tmp_path / "other.py").touch()
    with pytest.raises(StartupError) as refused:
        ScoringScript.load(Settings(entry_script=None, app_root=tmp_path))
    assert str(refused.value).startswith("No score script found. Expected score script main.py.")
    assert "Current contents of AML_APP_ROOT: ['other.py']" in str(refused.value)


def test_main_is_the_script_where_none_is_named(tmp_path: Path) -> None:
    """Without an entry script main.py in the app root is served."""
    (tmp_path / "main.py").write_text(PLAIN)
    assert ScoringScript.load(Settings(entry_script=None, app_root=tmp_path)).path == tmp_path / "main.py"


@pytest.mark.parametrize(
    ("source", "ending"),
    [
        ("def run(:", "SyntaxError: invalid syntax"),
        ("import nowhere_to_be_found", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(7)", "SystemExit: 7"),
    ],
)
def test_errors_at_import_show_the_users_traceback_alone(tmp_path: Path, source: str, ending: str) -> None:
    """A script that cannot be imported is refused with its own traceback, without a line of this server's."""
    text = refusal(tmp_path, f"\n{source}\n")
    assert text.splitlines()[-2:] == [
        ending,
        "Failed to import user script because it raised an unhandled exception",
    ]
    assert f'File "{tmp_path}/score.py", line 2' in text
    assert "inference_server" not in text
    assert "importlib" not in text


def test_cause_of_an_error_is_kept(tmp_path: Path) -> None:
    """The error that led to another one stands in the traceback too."""
    text = refusal(tmp_path, "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('bad') from e\n")
    assert "ZeroDivisionError" in text
    assert "The above exception was the direct cause" in text
    assert "ValueError: bad" in text


def test_failed_import_leaves_no_module(tmp_path: Path) -> None:
    """A script that failed at import is not in sys.modules."""
    refusal(tmp_path, "1 / 0")
    assert "score" not in sys.modules


@pytest.mark.parametrize("missing", ["init", "run"])
def test_missing_functions_are_named(tmp_path: Path, missing: str) -> None:
    """A script without init() or run() is refused with azmlinfsrv's words."""
    text = refusal(tmp_path, PLAIN.replace(f"def {missing}", "def other"))
    assert text == f"User script at {tmp_path}/score.py does not have a {missing}() function defined."


def test_driver_module_takes_over_run(tmp_path: Path) -> None:
    """A driver_module with a run() is what is called; init() stays the driver's."""
    (tmp_path / "the_model.py").write_text("def run(data):\n    return 'model'\n")
    script = load(tmp_path, "import the_model as driver_module\n" + PLAIN)
    assert script.run("x") == "model"
    assert script.module.init.__module__ == "score"
    assert "Found driver script at" in script.describe()
    assert "the_model.py" in script.describe()


def test_init_failure_shows_the_traceback_and_the_model_folder(tmp_path: Path) -> None:
    """When init() raises, the user sees its traceback and what lies in the model's folder."""
    model = tmp_path / "model"
    (model / "inner").mkdir(parents=True)
    (model / "inner" / "a.pkl").touch()
    script = load(tmp_path, PLAIN.replace("pass", "raise ValueError('no model')"))
    with pytest.raises(StartupError) as refused:
        init(script, f"{model}/")
    lines = str(refused.value).splitlines()
    assert lines[0] == "User's init function failed"
    assert lines[1] == "Encountered Exception Traceback (most recent call last):"
    assert "ValueError: no model" in lines
    assert lines[-4:] == ["Model Directory Contents:", "model/", "    inner/", "        a.pkl"]


def test_a_large_model_folder_is_cut(tmp_path: Path) -> None:
    """No more than 200 lines of the model's folder are shown, and the message says so."""
    for number in range(250):
        (tmp_path / f"{number:03}").touch()
    script = load(tmp_path / "code", PLAIN.replace("pass", "raise SystemExit"))
    with pytest.raises(StartupError) as refused:
        init(script, str(tmp_path))
    text = str(refused.value)
    assert text.endswith("\n    198\nOutput Truncated. First 200 lines shown.")


def test_loading_again_forgets_the_schemas(tmp_path: Path) -> None:
    """A script with inference-schema's decorators can be loaded twice in one process."""
    source = """
        from inference_schema.schema_decorators import input_schema, output_schema
        from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

        def init():
            pass

        @input_schema("data", StandardPythonParameterType(1))
        @output_schema(StandardPythonParameterType(2))
        def run(data):
            return data
    """
    load(tmp_path, source)
    assert load(tmp_path, source).signature().kind.value == "schema"
    assert load(tmp_path).signature().kind.value == "text"


def test_traceback_of_user_code_keeps_the_librarys_frames(tmp_path: Path) -> None:
    """Frames below the user's are kept: the error may have come from a library."""
    script = load(tmp_path, "import json\ndef init():\n    pass\ndef run(data):\n    return json.loads(data)\n")
    try:
        script.run("{")
    except ValueError as error:
        text = user_traceback(error)
    assert "json/decoder.py" in text


@pytest.mark.parametrize(("line", "mentions"), [("import json", False), ("import flask", True)])
def test_use_of_flask_is_noticed_in_the_script_and_beside_it(tmp_path: Path, line: str, mentions: bool) -> None:
    """A script or a module of its folder that names Flask is served with Flask's request at hand."""
    assert load(tmp_path, f"{line}\n{PLAIN}").mentions_flask() is mentions
    (tmp_path / "my_helper_4.py").write_text(f"{line}\n")
    assert load(tmp_path, f"import my_helper_4\n{PLAIN}", name="code/score.py").mentions_flask() is mentions
