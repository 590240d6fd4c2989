"""Starts that fail, and starts whose words an operator reads: each row of the start-up contract."""

from __future__ import annotations

from tests.contract.model import Start

__all__ = ["STARTS"]

INIT = "def init():\n    pass\n\n\n"
RUN = "def run(data):\n    return data\n"
GOOD = INIT + RUN
RAW = "from azureml.contrib.services.aml_request import rawhttp\n\n\n"
SCHEMA = (
    "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType\n"
    "from inference_schema.schema_decorators import input_schema\n\n\n"
)
DECORATOR = "@input_schema('data', StandardPythonParameterType(1))\n"
POSTPONED = (
    "from __future__ import annotations\n\nfrom dataclasses import dataclass\n\n\n"
    "@dataclass\nclass Row:\n    size: int\n\n\n"
)
LOGGING = """{
  "version": 1, "disable_existing_loggers": false,
  "formatters": {"short": {"format": "SHORT %(name)s: %(message)s"}},
  "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "short"}},
  "loggers": {"azmlinfsrv": {"level": "INFO", "handlers": ["out"], "propagate": false}}
}"""

FAILURES = (
    Start("no script named", flags=()),
    Start("only the variable names a script", flags=(), env={"AZUREML_ENTRY_SCRIPT": "score.py"}),
    Start("unknown flag", flags=("--entry_script", "score.py", "--nonsense")),
    Start("flag without a value", flags=("--entry_script",)),
    Start("port too high", flags=("--entry_script", "score.py", "--port", "99999")),
    Start("port zero", flags=("--entry_script", "score.py", "--port", "0")),
    Start("port not a number", flags=("--entry_script", "score.py", "--port", "http")),
    Start("worker count zero", flags=("--entry_script", "score.py", "--worker_count", "0")),
    Start("worker count not a number", flags=("--entry_script", "score.py", "--worker_count", "two")),
    Start("health port too high", flags=("--entry_script", "score.py", "--health_port", "70000")),
    Start("help", flags=("--help",)),
    Start("missing script", source=None),
    Start("missing script in a folder", source=None, flags=("--entry_script", "src/score.py")),
    Start("script is a folder", source=None, files={"score.py/x.txt": ""}),
    Start("syntax error", source="def init(:\n    pass\n"),
    Start("indentation error", source="def init():\npass\n"),
    Start("missing module", source="import not_there_at_all\n"),
    Start("raise at import", source="raise ValueError('at import')\n"),
    Start("exit at import", source="import sys\n\nsys.exit(5)\n"),
    Start("no init", source=RUN),
    Start("no run", source=INIT),
    Start("empty script", source=""),
    Start("run with args", source=INIT + "def run(*args):\n    return args\n"),
    Start("run with kwargs", source=INIT + "def run(data, **kwargs):\n    return data\n"),
    Start("run positional only", source=INIT + "def run(data, /):\n    return data\n"),
    Start("run without a parameter", source=INIT + "def run():\n    return 1\n"),
    Start("run with headers only", source=INIT + "def run(request_headers):\n    return 1\n"),
    Start("both decorators", source=RAW + SCHEMA + INIT + "@rawhttp\n" + DECORATOR + RUN),
    Start("init raises", source="def init():\n    raise ValueError('no model')\n\n\n" + RUN),
    Start("init exits", source="import sys\n\n\ndef init():\n    sys.exit(5)\n\n\n" + RUN),
    Start("init with a parameter", source="def init(model):\n    pass\n\n\n" + RUN),
    Start(
        "init raises with a model directory",
        source="def init():\n    open('nowhere/model.pkl')\n\n\n" + RUN,
        flags=("--entry_script", "score.py", "--model_dir", "{dir}/models"),
        files={"models/a/model.pkl": "x", "models/b.txt": "x", "models/a/c/d.txt": "x"},
    ),
    Start(
        "init raises with a large model directory",
        source="def init():\n    raise ValueError('no model')\n\n\n" + RUN,
        flags=("--entry_script", "score.py", "--model_dir", "{dir}/models"),
        files={f"models/{number:03}.bin": "" for number in range(250)},
    ),
    Start("scoring timeout not a number", env={"SCORING_TIMEOUT_MS": "soon"}),
    Start("scoring timeout a fraction", env={"SCORING_TIMEOUT_MS": "1.5"}),
    Start("log response not a boolean", env={"APP_INSIGHTS_LOG_RESPONSE_ENABLED": "perhaps"}),
    Start("debug port not a number", env={"AZUREML_DEBUG_PORT": "five"}),
    Start("two bad settings", env={"SCORING_TIMEOUT_MS": "soon", "APP_INSIGHTS_LOG_RESPONSE_ENABLED": "perhaps"}),
    Start("bad setting in the file", files={"config.json": '{"SCORING_TIMEOUT_MS": "soon"}'}),
    Start("malformed config", files={"config.json": '{"SCORING_TIMEOUT_MS": '}),
    Start("config is a list", files={"config.json": "[1]"}),
    Start("config file missing", flags=("--config_file", "nowhere.json")),
    Start(
        "config without a script", flags=("--config_file", "mine.json"), files={"mine.json": '{"SERVICE_NAME": "x"}'}
    ),
    Start("malformed swagger3", files={"swagger3.json": '{"openapi": '}),
    Start("malformed swagger2", files={"swagger.json": "nonsense"}),
    Start("malformed logging", files={"logging.json": '{"version": '}),
    Start("logging with a bad version", files={"logging.json": '{"version": 7}'}),
    Start("busy port", busy_port=True),
    Start("worker timeout not a number", env={"WORKER_TIMEOUT": "soon"}),
    Start("worker count variable not a number", env={"WORKER_COUNT": "two"}),
)

STARTED = (
    Start("plain"),
    Start("help wins", flags=("--entry_script", "score.py", "--help")),
    Start("headers", source=INIT + "def run(data, request_headers):\n    return data\n"),
    Start("rawhttp", source=RAW + INIT + "@rawhttp\ndef run(request):\n    return 1\n"),
    Start("schema", source=SCHEMA + INIT + DECORATOR + RUN),
    Start(
        "schema and headers", source=SCHEMA + INIT + DECORATOR + "def run(data, request_headers):\n    return data\n"
    ),
    Start("prints", source="print('at import')\n\n\ndef init():\n    print('in init')\n\n\n" + RUN),
    Start("model directory", flags=("--entry_script", "score.py", "--model_dir", "models")),
    Start("model directory by variable", env={"AZUREML_MODEL_DIR": "elsewhere"}),
    Start(
        "flag before variable",
        flags=("--entry_script", "score.py", "--model_dir", "flag"),
        env={"AZUREML_MODEL_DIR": "v"},
    ),
    Start("flag before variable for the script", env={"AZUREML_ENTRY_SCRIPT": "other.py"}),
    Start("empty config", files={"config.json": ""}),
    Start("config in the working directory", files={"config.json": '{"SERVICE_NAME": "x", "subscription_id": "y"}'}),
    Start(
        "script named in the file",
        flags=("--config_file", "mine.json"),
        files={"mine.json": '{"AZUREML_ENTRY_SCRIPT": "score.py"}'},
    ),
    Start(
        "variable before file",
        env={"SCORING_TIMEOUT_MS": "1000"},
        files={"config.json": '{"SCORING_TIMEOUT_MS": 2000}'},
    ),
    Start("file", files={"config.json": '{"SCORING_TIMEOUT_MS": 2000}'}),
    Start("number as text in the file", files={"config.json": '{"SCORING_TIMEOUT_MS": "2000"}'}),
    Start(
        "config beside the script",
        source=None,
        flags=("--entry_script", "src/score.py"),
        files={"src/score.py": GOOD, "src/config.json": '{"SCORING_TIMEOUT_MS": 3000}'},
    ),
    Start(
        "main.py of the working directory",
        source=None,
        flags=("--config_file", "mine.json"),
        files={"main.py": GOOD, "mine.json": '{"SERVICE_NAME": "x"}'},
    ),
    Start("scoring timeout zero", env={"SCORING_TIMEOUT_MS": "0"}),
    Start("worker timeout", env={"WORKER_TIMEOUT": "40"}),
    Start("worker count", flags=("--entry_script", "score.py", "--worker_count", "1")),
    Start("port variables are overwritten", env={"SERVER_PORT": "7001", "HEALTH_PORT": "7002"}),
    Start("cors", env={"AML_CORS_ORIGINS": "https://one.example, https://two.example"}),
    Start("bad insights key", flags=("--entry_script", "score.py", "--appinsights_instrumentation_key", "nonsense")),
    Start("insights disabled by variable", env={"AML_APP_INSIGHTS_ENABLED": "no", "AML_APP_INSIGHTS_KEY": "x"}),
    Start("user swagger", files={"swagger3.json": '{"openapi": "3.0.3"}'}),
    Start(
        "mixed list schema",
        source=SCHEMA + INIT + "@input_schema('data', StandardPythonParameterType([1, 'a']))\n" + RUN,
    ),
    Start("own logging", files={"logging.json": LOGGING}),
    Start(
        "own logging beside the script",
        source=None,
        flags=("--entry_script", "src/score.py"),
        files={"src/score.py": GOOD, "src/logging.json": LOGGING},
    ),
    Start("removed debug variables", env={"AML_DBG_MODEL_INFO": "1"}),
    Start("version header off", env={"SERVER_VERSION_LOG_RESPONSE_ENABLED": "false"}),
    Start("rest", flags=("--entry_script", "score.py", "--rest")),
    Start("abbreviated flag", flags=("--entry", "score.py")),
    Start("flag with an equals sign", flags=("--entry_script=score.py",)),
    Start(
        "source directory",
        source="import helper\n\n\n" + GOOD,
        env={"AZUREML_SOURCE_DIRECTORY": "src"},
        files={"src/helper.py": ""},
    ),
    Start(
        "helper beside the script in a folder",
        source=None,
        flags=("--entry_script", "src/score.py"),
        files={"src/score.py": "import helper\n\n\n" + GOOD, "src/helper.py": ""},
    ),
    Start("helper in the working directory", source="import helper\n\n\n" + GOOD, files={"helper.py": ""}),
    Start(
        "module named as one of the server's",
        source="import config\n\nconfig.MINE\n\n\n" + GOOD,
        files={"config.py": "MINE = 1\n"},
    ),
    Start(
        "dataclass with postponed annotations",
        source=POSTPONED + GOOD,
    ),
)

STARTS = (*FAILURES, *STARTED)
