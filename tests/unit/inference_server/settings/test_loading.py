"""Flags over environment over config file over defaults, and what each refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from inference_server.errors import StartupError, UsageError
from inference_server.settings import LoadedSettings, Settings, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Loader = Callable[..., LoadedSettings]

KEY = "0123abcd-0123-4567-89ab-0123456789ab"


@pytest.fixture
def loaded(tmp_path: Path) -> Loader:
    """`load` in an empty folder: flags as words, variables as keywords."""

    def _load(*argv: str, **environ: str) -> LoadedSettings:
        return load(argv, environ, tmp_path)

    return _load


def config(folder: Path, **keys: object) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(keys), encoding="utf-8")
    return path


def test_defaults_are_those_of_azmlinfsrv_but_on_the_loopback_address(loaded: Loader, tmp_path: Path) -> None:
    """Without any source every setting has its declared default, and the app root is the current folder."""
    result = loaded()
    assert result.settings == Settings(app_root=tmp_path)
    assert {str(origin) for origin in result.origins.values()} == {"default"}
    assert result.warnings == ()


def test_a_flag_beats_the_environment_which_beats_the_file(loaded: Loader, tmp_path: Path) -> None:
    """Each source gives way to the next one, setting by setting, and the origin says which one won."""
    path = config(tmp_path, WORKER_COUNT=2, AZUREML_MODEL_DIR="file", AZUREML_LOG_LEVEL="debug")
    result = loaded("--worker_count", "4", WORKER_COUNT="3", AZUREML_MODEL_DIR="env")
    assert (result.settings.worker_count, result.settings.model_dir) == (4, "env")
    assert result.settings.log_level == "DEBUG"
    assert str(result.origins["worker_count"]) == "flag --worker_count"
    assert str(result.origins["model_dir"]) == "environment variable AZUREML_MODEL_DIR"
    assert str(result.origins["log_level"]) == f"key AZUREML_LOG_LEVEL of {path}"


def test_every_documented_key_of_the_config_file_works(loaded: Loader, tmp_path: Path) -> None:
    """The keys that azmlinfsrv documents and ignores in the file are read from it."""
    config(
        tmp_path,
        AML_APP_ROOT="root",
        AML_APP_INSIGHTS_ENABLED=True,
        AML_APP_INSIGHTS_KEY=KEY,
        AML_CORS_ORIGINS=["https://a.example", "https://b.example"],
        AML_MODEL_DC_STORAGE_ENABLED=True,
        SCORING_TIMEOUT_MS=700,
    )
    settings = loaded().settings
    assert settings.app_root == tmp_path / "root"
    assert (settings.appinsights_enabled, settings.appinsights_key) == (True, KEY)
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.model_data_collection
    assert settings.scoring_timeout_ms == 700


def test_strict_reads_from_the_file_only_what_azmlinfsrv_reads(loaded: Loader, tmp_path: Path) -> None:
    """Under --strict the keys that azmlinfsrv ignores are ignored, without a word."""
    config(tmp_path, AML_CORS_ORIGINS="*", WORKER_COUNT=3, SCORING_TIMEOUT_MS=700)
    result = loaded("--strict")
    assert result.settings.cors_origins == ()
    assert result.settings.worker_count == 1
    assert result.settings.scoring_timeout_ms == 700
    assert result.warnings == ()


def test_unknown_keys_of_the_config_file_are_named(loaded: Loader, tmp_path: Path) -> None:
    """A misspelt key is reported with the file it stands in."""
    path = config(tmp_path, SCORING_TIMEOUT_MS=1, SCORING_TIMEUOT=2)
    assert loaded().warnings == (f"The config file {path} has keys that set nothing: SCORING_TIMEUOT.",)


def test_a_workspace_config_in_the_folder_is_not_taken_for_ours(loaded: Loader, tmp_path: Path) -> None:
    """The config.json of an Azure ML workspace, found by chance, sets nothing and is not complained about."""
    config(tmp_path, subscription_id="0", resource_group="r", workspace_name="w")
    result = loaded()
    assert result.warnings == ()
    assert result.settings.workspace_name == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "is not JSON"), ("[]", "holds no JSON object"), ('{"WORKER_COUNT": {}}', "WORKER_COUNT in")],
)
def test_a_config_file_that_cannot_be_used_ends_the_start_with_3(
    loaded: Loader, tmp_path: Path, content: str, says: str
) -> None:
    """Malformed JSON, another JSON type, and a value that no setting can have are each told with the path."""
    path = tmp_path / "config.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StartupError, match=says) as caught:
        loaded()
    assert caught.value.exit_code == 3
    assert str(path) in str(caught.value)


def test_a_missing_config_file_is_an_error_unless_strict(loaded: Loader) -> None:
    """A named config file must exist; azmlinfsrv ignores a missing one."""
    with pytest.raises(StartupError, match=r"nope\.json \(flag --config_file\) does not exist") as caught:
        loaded("--config_file", "nope.json")
    assert caught.value.exit_code == 3
    assert loaded("--config_file", "nope.json", "--strict").settings.config_file is None


def test_the_config_file_beside_the_script_is_found(loaded: Loader, tmp_path: Path) -> None:
    """Without one in the app root, the config.json in the script's folder is read."""
    code = tmp_path / "code"
    code.mkdir()
    path = config(code, SERVICE_NAME="beside")
    result = loaded("code/score.py")
    assert result.settings.config_file == path
    assert result.settings.service_name == "beside"


@pytest.mark.parametrize("argv", [["score.py"], ["--entry_script", "score.py"], ["--entry-script=score.py"]])
def test_the_script_may_be_named_in_three_ways(loaded: Loader, tmp_path: Path, argv: list[str]) -> None:
    """A bare word, azmlinfsrv's flag and its hyphenated spelling name the same script."""
    assert loaded(*argv, "--dev").settings.entry_script == tmp_path / "score.py"


def test_two_scripts_are_one_too_many(loaded: Loader) -> None:
    """A bare word beside --entry_script is refused rather than one of them ignored."""
    with pytest.raises(UsageError, match="Two scripts are named"):
        loaded("a.py", "--entry_script", "b.py")


def test_a_script_from_the_environment_is_relative_to_the_app_root(loaded: Loader, tmp_path: Path) -> None:
    """As in azmlinfsrv: the flag is relative to the current folder, the variable to AML_APP_ROOT."""
    settings = loaded(AML_APP_ROOT="app", AZUREML_ENTRY_SCRIPT="score.py", AZUREML_SOURCE_DIRECTORY="src").settings
    assert settings.entry_script == tmp_path / "app" / "score.py"
    assert settings.source_directory == tmp_path / "app" / "src"


def test_main_py_of_the_app_root_is_served_when_nothing_is_named(loaded: Loader, tmp_path: Path) -> None:
    """Azure's server imports `main` when it was told of no script."""
    (tmp_path / "main.py").touch()
    result = loaded()
    assert result.settings.entry_script == tmp_path / "main.py"
    result.require_script()


def test_without_a_script_the_user_is_told_of_those_that_lie_there(loaded: Loader, tmp_path: Path) -> None:
    """The first words are azmlinfsrv's; then comes the command that would work."""
    (tmp_path / "score.py").write_text("def init():\n    pass\ndef run(data):\n    return data\n", encoding="utf-8")
    (tmp_path / "helper.py").touch()
    with pytest.raises(UsageError, match=r"Either provide an entry_script .* run infsrv score\.py$") as caught:
        loaded().require_script()
    assert caught.value.exit_code == 1


def test_strict_refuses_a_script_that_only_the_environment_names(loaded: Loader) -> None:
    """Azure's server wants one of its two flags; without --strict the variable is enough."""
    loaded(AZUREML_ENTRY_SCRIPT="score.py").require_script()
    with pytest.raises(UsageError, match=r"configuration file using --config_file$"):
        loaded("--strict", AZUREML_ENTRY_SCRIPT="score.py").require_script()
    loaded("--strict", "score.py").require_script()


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--port", "99999"], "argument --port: invalid value '99999': expected a port from 1 to 65535"),
        (["--port", "x"], "argument --port: invalid value 'x'"),
        (["--worker_count", "0"], "argument --worker_count: invalid value '0': expected a whole number of at least 1"),
        (["--nope"], r"unrecognized arguments: --nope\. Run infsrv --help"),
        (["--port"], "expected one argument"),
        (["--dev", "--debug", "x:y"], "expected PORT or HOST:PORT"),
        (["--debug"], "--debug works only together with --dev"),
        (["--wait"], "--wait works only together with --dev"),
        (["--dev", "--wait"], "Add --debug"),
    ],
)
def test_a_bad_flag_ends_the_start_with_1(loaded: Loader, argv: list[str], says: str) -> None:
    """The message names the flag, its value and what was expected."""
    with pytest.raises(UsageError, match=says) as caught:
        loaded(*argv)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("SCORING_TIMEOUT_MS", "soon"), ("WORKER_COUNT", "-1"), ("WORKER_TIMEOUT", "nan"), ("AZUREML_LOG_LEVEL", "loud")],
)
def test_a_bad_variable_ends_the_start_with_3(loaded: Loader, name: str, value: str) -> None:
    """The message names the variable, its value and what was expected."""
    with pytest.raises(StartupError, match=rf"{name}: '{value}' cannot be used: expected .*variable {name}") as caught:
        loaded(**{name: value})
    assert caught.value.exit_code == 3


def test_help_ends_with_0(loaded: Loader, capsys: pytest.CaptureFixture[str]) -> None:
    """--help names every flag of azmlinfsrv and is no failure."""
    with pytest.raises(SystemExit) as caught:
        loaded("--help")
    assert caught.value.code == 0
    out = capsys.readouterr().out
    for flag in ("entry_script", "model_dir", "port", "health_port", "worker_count", "appinsights_instrumentation_key"):
        assert f"--{flag}" in out


def test_the_port_variable_works_except_under_strict(loaded: Loader) -> None:
    """Azure's server overwrites SERVER_PORT; here it is served."""
    assert loaded(SERVER_PORT="7001").settings.port == 7001
    assert loaded("--strict", SERVER_PORT="7001").settings.port == 5001


def test_strict_listens_on_every_interface(loaded: Loader) -> None:
    """Azure's server always binds 0.0.0.0; an explicit --host wins."""
    assert loaded("--strict").settings.host == "0.0.0.0"  # noqa: S104  a comparison, nothing is bound
    assert loaded("--strict", "--host", "127.0.0.1").settings.host == "127.0.0.1"


@pytest.mark.parametrize("name", ["SEPERATE_HEALTH_ENDPOINT", "SEPARATE_HEALTH_ENDPOINT"])
def test_the_health_endpoint_is_separate_when_asked_for(loaded: Loader, name: str) -> None:
    """The variable, in either spelling, opens port 5000; a flag or HEALTH_PORT moves it."""
    assert loaded(**{name: "true"}).settings.health_port == 5000
    assert loaded("--health_port", "7002", **{name: "true"}).settings.health_port == 7002
    assert loaded(**{name: "true", "HEALTH_PORT": "7003"}).settings.health_port == 7003


def test_a_health_port_alone_opens_nothing_unless_it_is_a_flag(loaded: Loader) -> None:
    """Images set HEALTH_PORT without meaning a second listener; a person who types the flag means it."""
    assert loaded(HEALTH_PORT="7003").settings.health_port is None
    assert loaded("--health_port", "7003").settings.health_port == 7003
    assert loaded("--health_port", "5001").settings.health_port is None
    assert loaded("--strict", "--health_port", "7003").settings.health_port is None


def test_a_key_given_by_flag_switches_application_insights_on(loaded: Loader) -> None:
    """As in azmlinfsrv, the flag needs no variable beside it; the key never shows in a repr."""
    settings = loaded("--appinsights_instrumentation_key", KEY).settings
    assert settings.appinsights_enabled
    assert KEY not in repr(settings)


@pytest.mark.parametrize("environ", [{}, {"AML_APP_INSIGHTS_KEY": "not-a-uuid"}])
def test_application_insights_without_a_usable_key_is_off_and_says_so(loaded: Loader, environ: dict[str, str]) -> None:
    """A missing or malformed key is a warning, never a failed start."""
    result = loaded(AML_APP_INSIGHTS_ENABLED="true", **environ)
    assert not result.settings.appinsights_enabled
    assert result.warnings[0].endswith("Application Insights has been disabled.")


def test_an_empty_variable_counts_as_unset(loaded: Loader) -> None:
    """`ENV WORKER_COUNT=` in an image is no failed start."""
    assert loaded(WORKER_COUNT="", AZUREML_ENTRY_SCRIPT="").settings == loaded().settings


def test_a_switch_that_is_neither_true_nor_false_says_how_it_was_read(loaded: Loader) -> None:
    """Azure's server takes anything but `true` for false; so does this server, but not silently."""
    result = loaded(SERVER_VERSION_LOG_RESPONSE_ENABLED="1")
    assert not result.settings.server_version_header
    [warning] = result.warnings
    assert warning.startswith("'1' (environment variable SERVER_VERSION_LOG_RESPONSE_ENABLED) counts as false")


def test_what_has_no_effect_is_said(loaded: Loader) -> None:
    """Preloading and several workers in development mode are accepted with a warning each."""
    result = loaded("--dev", WORKER_COUNT="2", WORKER_PRELOAD="true")
    assert [warning.split(" ")[0] for warning in result.warnings] == ["--dev", "WORKER_PRELOAD"]


def test_debug_listens_on_loopback_unless_told(loaded: Loader) -> None:
    """The bare flag, a port, and a host with a port are understood."""
    assert loaded("--dev", "--debug").settings.debug == ("127.0.0.1", 5678)
    assert loaded("--dev", "--debug", "7").settings.debug == ("127.0.0.1", 7)
    assert loaded("--dev", "--debug", "192.0.2.1:7", "--wait").settings.debug == ("192.0.2.1", 7)
    assert loaded("--dev", "--debug", "[::1]:7").settings.debug == ("::1", 7)


def test_settings_travel_to_another_process_and_back(loaded: Loader) -> None:
    """What a worker reads from JSON equals what its parent had, paths and tuples included."""
    settings = loaded(
        "score.py", "--dev", "--debug", "7", "--access_control_allow_origins", "*, a", AZUREML_SOURCE_DIRECTORY="src"
    ).settings
    assert Settings.from_json(settings.to_json()) == settings


def test_every_bad_variable_is_told_at_once(loaded: Loader) -> None:
    """Two mistakes need one start to be found, not two."""
    with pytest.raises(StartupError) as caught:
        loaded(SCORING_TIMEOUT_MS="soon", WORKER_COUNT="two")
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["WORKER_COUNT", "SCORING_TIMEOUT_MS"]


def test_a_bad_flag_comes_before_bad_variables(loaded: Loader) -> None:
    """The exit code is that of the flag, whatever else is wrong."""
    with pytest.raises(UsageError, match="argument --port"):
        loaded("--port", "x", SCORING_TIMEOUT_MS="soon")


def test_variables_of_other_servers_are_named_when_they_do_nothing(loaded: Loader) -> None:
    """Gunicorn's arguments, which azmlinfsrv obeys, do not pass in silence."""
    [warning] = loaded(GUNICORN_CMD_ARGS="--threads 4").warnings
    assert warning.startswith("GUNICORN_CMD_ARGS has no effect")
    assert "debuggability features" in loaded(AML_DBG_MODEL_INFO="1").warnings[0]
