"""Every service of the corpus. Each row of the wire contract is one request here at least."""

from __future__ import annotations

import json
import re

from tests.contract.model import SCRIPTS, Request, Service

__all__ = ["SERVICES"]

JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
MULTIPART = (("Content-Type", "multipart/form-data; boundary=limit"),)
MULTIPART_BODY = (
    b'--limit\r\nContent-Disposition: form-data; name="field"\r\n\r\nvalue\r\n'
    b'--limit\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n\x00\xff\r\n--limit--\r\n"
)


def get(name: str, path: str, *headers: tuple[str, str]) -> Request:
    return Request(name, "GET", path, headers)


def post(name: str, body: bytes | str = b"", *headers: tuple[str, str], path: str = "/score") -> Request:
    return Request(name, "POST", path, headers, body.encode() if isinstance(body, str) else body)


def post_json(name: str, value: object, *headers: tuple[str, str]) -> Request:
    return post(name, json.dumps(value), *JSON, *headers)


ROUTES = (
    *(Request(f"{method} /", method, "/") for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")),
    *(Request(f"{method} /score", method) for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")),
    *(
        Request(f"{method} /swagger.json", method, "/swagger.json")
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
    ),
    *(
        get(f"GET {path}", path)
        for path in (
            "/nowhere",
            "/score/",
            "//score",
            "/Score",
            "/score/x",
            "/swagger",
            "/swagger.json/",
            "/?a=1",
            "/%",
        )
    ),
    Request("POST unknown path", "POST", "/nowhere", JSON, b"{}"),
    Request("unknown method", "BREW", "/score"),
    Request("PUT with a body", "PUT", "/score", JSON, b"{}"),
    Request("OPTIONS with an origin", "OPTIONS", "/score", (("Origin", "https://one.example"),)),
)

SWAGGER_VERSIONS = tuple(
    get(f"swagger {version or 'empty'}", f"/swagger.json?version={version}")
    for version in ("2", "2.0", "3", "3.0", "3.1", "4", "", "3.1.0", "v2", "2&version=3", "%32", "<b>")
)

QUERIES = tuple(
    get(f"query {query or 'empty'}", f"/score?{query}")
    for query in (
        "",
        "a=1&b=x&c=[1,2]&a=2",
        "a=1.5&b=true&c=null&d=%22text%22",
        "a={%22b%22:1}",
        "a",
        "a=",
        "=1",
        "a=1;b=2",
        "a=%C3%A9&%C3%A9=1",
        "a=%FF",
        "a+b=c+d",
        "a=NaN&b=Infinity&c=-0&d=1e3&e=007&f=0x1",
        "a=1&A=2",
        "a=%00",
        "&&a=1&&",
        "a=b=c",
        "data=hello",
        "a=\\u00e9",
        "a=1#fragment",
    )
)

BODIES = (
    post("text", "hello"),
    post("empty with a length", b"", ("Content-Length", "0")),
    post("json", b'{"a": [1, 2]}', *JSON),
    post("broken json", b'{"a": ', *JSON),
    post("text plain", "hello", ("Content-Type", "text/plain")),
    post("utf-8", "h\u00e9llo \u20ac \U0001f600"),
    post("utf-8 with a mark", b"\xef\xbb\xbf{}"),
    post("null byte", b"a\x00b"),
    post("invalid utf-8", b"caf\xe9"),
    post("invalid utf-8 at the start", b"\xff\xfe\x00"),
    post("cut utf-8", b"caf\xc3"),
    post("utf-16", "text".encode("utf-16"), ("Content-Type", "text/plain; charset=utf-16")),
    post("latin-1 said", b"caf\xe9", ("Content-Type", "text/plain; charset=latin-1")),
    post("form", b"a=1&b=2", *FORM),
    post("form with json", b'{"a": 1}', *FORM),
    post("multipart", MULTIPART_BODY, *MULTIPART),
    post("multipart without a boundary", MULTIPART_BODY, ("Content-Type", "multipart/form-data")),
    post("octets", bytes(range(128)), ("Content-Type", "application/octet-stream")),
    post("odd content type", b"{}", ("Content-Type", "nonsense")),
    post("empty content type", b"{}", ("Content-Type", "")),
    post("gzip is not unpacked", b"plain", ("Content-Encoding", "gzip")),
    post("query beside a body", "hello", path="/score?a=1"),
    post("one megabyte", b"x" * 1_000_000),
    post("two lines", "a\nb\r\nc"),
)

LONG, LONGEST = "i" * 101, "i" * 100
TOO_LONG = (
    ("request id", (("x-request-id", LONG),)),
    ("ms request id", (("x-ms-request-id", LONG),)),
    ("client id", (("x-ms-client-request-id", LONG),)),
    ("all ids", (("x-request-id", LONG), ("x-ms-request-id", LONG), ("x-ms-client-request-id", LONG))),
    ("request id beside a client id", (("x-request-id", LONG), ("x-ms-client-request-id", "client"))),
    ("client id beside a request id", (("x-request-id", "request"), ("x-ms-client-request-id", LONG))),
)
IDS = (
    post("request id", "x", ("x-request-id", "request")),
    post("ms request id", "x", ("x-ms-request-id", "legacy")),
    post("client id", "x", ("x-ms-client-request-id", "client")),
    post("request and client id", "x", ("x-request-id", "request"), ("x-ms-client-request-id", "client")),
    post("request and ms request id", "x", ("x-request-id", "request"), ("x-ms-request-id", "legacy")),
    post("ms request and client id", "x", ("x-ms-request-id", "legacy"), ("x-ms-client-request-id", "client")),
    post(
        "three ids",
        "x",
        ("x-request-id", "r"),
        ("x-ms-request-id", "l"),
        ("x-ms-client-request-id", "c"),
        ("TraceId", "t"),
    ),
    post("trace id", "x", ("TraceId", "trace")),
    post("empty trace id", "x", ("TraceId", "")),
    post("long trace id", "x", ("TraceId", "t" * 500)),
    post("empty request id", "x", ("x-request-id", "")),
    post("empty ms request id", "x", ("x-ms-request-id", "")),
    post("empty client id", "x", ("x-ms-client-request-id", "")),
    post("100 characters", "x", ("x-request-id", LONGEST), ("x-ms-client-request-id", LONGEST)),
    post("id twice", "x", ("x-request-id", "one"), ("x-request-id", "two")),
    post("id with latin-1", "x", ("x-request-id", "caf\xe9")),
    post("id with spaces", "x", ("x-request-id", "  a b  ")),
    post("names in other case", "x", ("X-REQUEST-ID", "upper"), ("traceid", "lower")),
    *(post(f"long {name}", "x", *headers) for name, headers in TOO_LONG),
    *(get(f"long {name} on /", "/", *headers) for name, headers in TOO_LONG),
    get("long request id on swagger", "/swagger.json", ("x-request-id", LONG)),
    get("long request id on an unknown path", "/nowhere", ("x-request-id", LONG)),
    Request("long request id with a wrong method", "PUT", "/score", (("x-request-id", LONG),)),
    Request("long request id with OPTIONS", "OPTIONS", "/score", (("x-request-id", LONG),)),
    Request("long request id with HEAD", "HEAD", "/score", (("x-request-id", LONG),)),
    get("ids on /", "/", ("x-request-id", "r"), ("x-ms-client-request-id", "c"), ("TraceId", "t")),
    get("ids on swagger", "/swagger.json", ("x-request-id", "r"), ("x-ms-request-id", "l")),
    get("ids on an unknown path", "/nowhere", ("x-request-id", "r"), ("TraceId", "t")),
    Request("ids with a wrong method", "PUT", "/score", (("x-request-id", "r"), ("TraceId", "t"))),
    Request("ids with OPTIONS", "OPTIONS", "/score", (("x-request-id", "r"), ("TraceId", "t"))),
    Request("ids with HEAD", "HEAD", "/score", (("x-request-id", "r"), ("TraceId", "t"))),
)

KILLS = ("os exit", "system exit", "keyboard interrupt", "generator exit", "raising generator")
RESULT_NAMES = tuple(re.findall(r'^    "(.+?)": ', (SCRIPTS / "results.py").read_text(), flags=re.MULTILINE))
RESULTS = (
    *(post(name, name) for name in RESULT_NAMES if name not in KILLS),
    post("aml own ids with ids", "aml own ids", ("x-request-id", "theirs"), ("TraceId", "theirs")),
    post("raise with ids", "raise", ("x-request-id", "theirs"), ("TraceId", "theirs")),
    Request("options", "OPTIONS"),
    *(Request(name, body=name.encode(), in_process=False) for name in KILLS),
    post("still there", "str"),
)

RAW = (
    *(
        Request(f"raw {method}", method, "/score?a=1&a=2&b=x", (("X-Own", "yes"),))
        for method in ("GET", "OPTIONS", "HEAD")
    ),
    *(Request(f"raw {method}", method) for method in ("PUT", "PATCH", "DELETE")),
    post("raw empty"),
    post("raw text", "hello"),
    post("raw json", b'{"a": 1}', *JSON),
    post("raw form", b"a=1&b=2&a=3", *FORM),
    post("raw multipart", MULTIPART_BODY, *MULTIPART),
    post("raw bytes", bytes(range(256)), path="/score?answer=bytes"),
    post("raw none", "x", path="/score?answer=none"),
    post("raw plain", "x", path="/score?answer=plain"),
    post("raw raise", "x", path="/score?answer=raise"),
    post("raw bad json", "{", *JSON, path="/score?answer=bad%20json"),
    post("raw json of another type", "{}", path="/score?answer=bad%20json"),
    post("raw cookies", "x", ("Cookie", "a=1; b=2")),
    post("raw ids", "x", ("x-request-id", "r"), ("TraceId", "t")),
    post("raw latin-1 header", "x", ("X-Own", "caf\xe9")),
)

STANDARD = (
    post_json("all values", {"name": "n", "count": 1, "scores": [2.5], "details": {"a": 1}}),
    post_json("defaults", {"name": "n", "count": 1}),
    post_json("extra key", {"name": "n", "count": 1, "extra": True}),
    post_json("missing value", {"name": "n"}),
    post_json("missing all", {}),
    post_json("null value", {"name": None, "count": 1}),
    post_json("wrong type", {"name": "n", "count": "three"}),
    post_json("wrong type in a list", {"name": "n", "count": 1, "scores": ["x"]}),
    post_json("float for int", {"name": "n", "count": 1.5}),
    post_json("unicode", {"name": "\u00e9\u20ac", "count": 1}),
    post("not said to be json", b'{"name": "n", "count": 1}'),
    post("text said", b'{"name": "n", "count": 1}', ("Content-Type", "text/plain")),
    post("json with a charset", b'{"name": "n", "count": 1}', ("Content-Type", "application/json; charset=utf-8")),
    post("json of a vendor", b'{"name": "n", "count": 1}', ("Content-Type", "application/vnd.api+json")),
    post("json in capitals", b'{"name": "n", "count": 1}', ("Content-Type", "Application/JSON")),
    post("form said", b"name=n&count=1", *FORM),
    post("broken", b'{"name": ', *JSON),
    post("broken in line 2", b'{"name": "n",\n  count: 1}', *JSON),
    post("empty body", b"", *JSON),
    post("empty body without a type", b""),
    post("spaces", b"   ", *JSON),
    post("list", b"[1]", *JSON),
    post("string", b'"text"', *JSON),
    post("null", b"null", *JSON),
    post("two documents", b"{} {}", *JSON),
    post("nan", b'{"name": "n", "count": 1, "scores": [NaN]}', *JSON),
    post("utf-16 json", '{"name": "n", "count": 1}'.encode("utf-16"), *JSON),
    post("utf-8 mark", b'\xef\xbb\xbf{"name": "n", "count": 1}', *JSON),
    post("not utf-8", b'{"name": "\xff", "count": 1}', *JSON),
    post("same key twice", b'{"name": "a", "name": "b", "count": 1}', *JSON),
    post("deep", b"[" * 100_000, *JSON),
    get("by query", "/score?name=n&count=1"),
    get("by query with a list", "/score?name=n&count=1&scores=1.5&scores=2"),
    get("by query with a missing value", "/score?name=n"),
    Request("schema OPTIONS", "OPTIONS"),
    Request("schema HEAD", "HEAD"),
)

NUMPY = (
    post_json("one row", {"data": [[1, 2, 3]]}),
    post_json("rows", {"data": [[1, 2, 3], [4.5, 5, 6]]}),
    post_json("wrong width", {"data": [[1, 2]]}),
    post_json("wrong depth", {"data": [1, 2, 3]}),
    post_json("ragged", {"data": [[1, 2, 3], [1]]}),
    post_json("text", {"data": [["a", "b", "c"]]}),
    post_json("number for array", {"data": 5}),
    post_json("empty array", {"data": []}),
    post_json("null for array", {"data": None}),
    post_json("no data", {}),
    get("by query", "/score?data=[[1,2,3]]"),
)

PANDAS = (
    post_json("records", {"data": [{"size": 1.5, "rooms": 2}, {"size": 2, "rooms": 1}]}),
    post_json("verbose", {"data": [{"size": 1.5, "rooms": 2}], "verbose": True}),
    post_json("other column", {"data": [{"size": 1.5, "doors": 2}]}),
    post_json("wrong dtype", {"data": [{"size": "large", "rooms": 2}]}),
    post_json("float in an int column", {"data": [{"size": 1.5, "rooms": 2.5}]}),
    post_json("no rows", {"data": []}),
    post_json("lists", {"data": [[1.5, 2]]}),
    post_json("dict", {"data": {"size": [1.5], "rooms": [2]}}),
    post_json("no data", {}),
)

ORIGIN = ("Origin", "https://one.example")
OTHER_ORIGIN = ("Origin", "https://other.example")
PREFLIGHT = (("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type, x-own"))
CORS = (
    post("with origin", "x", ORIGIN),
    post("with another origin", "x", OTHER_ORIGIN),
    post("without origin", "x"),
    post("null origin", "x", ("Origin", "null")),
    get("health with origin", "/", ORIGIN),
    get("swagger with origin", "/swagger.json", ORIGIN),
    get("unknown path with origin", "/nowhere", ORIGIN),
    Request("wrong method with origin", "PUT", "/score", (ORIGIN,)),
    *(Request(f"preflight {path}", "OPTIONS", path, (ORIGIN, *PREFLIGHT)) for path in ("/score", "/", "/swagger.json")),
    Request("preflight of an unknown path", "OPTIONS", "/nowhere", (ORIGIN, *PREFLIGHT)),
    Request("preflight of another origin", "OPTIONS", "/score", (OTHER_ORIGIN, *PREFLIGHT)),
    Request("preflight of another method", "OPTIONS", "/score", (ORIGIN, ("Access-Control-Request-Method", "DELETE"))),
    Request("options with origin only", "OPTIONS", "/score", (ORIGIN,)),
    post("long id with origin", "x", ORIGIN, ("x-request-id", LONG)),
)

USER_SWAGGER = {
    "swagger.json": '{"swagger": "2.0", "info": {"title": "mine \\u00e9"}, "n": 1.0}',
    "swagger3.json": '{"openapi": "3.0.3", "info": {"title": "my 3"}}',
    "swagger3.1.json": '{"openapi": "3.1.0", "info": {"title": "my 3.1"}}',
}
SERVICE_NAMES = {"SERVICE_NAME": "my service", "SERVICE_VERSION": "7", "SERVICE_PATH_PREFIX": "/one/two/"}
CONFIG = json.dumps({"SERVICE_NAME": "from the file", "SERVICE_VERSION": "8", "SCORING_TIMEOUT_MS": 60000})

SERVICES = (
    Service("routes", "plain.py", (*ROUTES, *SWAGGER_VERSIONS)),
    Service("input", "plain.py", (*QUERIES, *BODIES)),
    Service("ids", "plain.py", IDS),
    Service(
        "no_version", "plain.py", (*ROUTES[:1], post("plain", "x")), env={"SERVER_VERSION_LOG_RESPONSE_ENABLED": "no"}
    ),
    Service("results", "results.py", RESULTS),
    Service("coroutine", "coroutine.py", (post("async run", "x"), get("async run by query", "/score?a=1"))),
    Service("generator_run", "generator_run.py", (post("generator run", "x"),)),
    Service(
        "arrays",
        "arrays.py",
        tuple(
            post(name, name)
            for name in ("array", "list of scalars", "float64", "float32", "int64", "bool", "nested", "frame", "series")
        ),
    ),
    Service("raw", "raw.py", (*RAW, *SWAGGER_VERSIONS[:1])),
    Service("api_names", "api_names.py", (post("api names", "x"), get("api names by query", "/score?a=1"))),
    Service("headers", "headers.py", (post("headers", "x", ("X-Own", "yes"), ("x-two", "a"), ("x-two", "b"), *JSON),)),
    Service("headers_first", "headers_first.py", (post("headers first", "x", ("X-Own", "yes")),)),
    Service("defaults", "defaults.py", (post("defaults", "x"), get("defaults by query", "/score?data=1&factor=3"))),
    Service("two_parameters", "two_parameters.py", (post("two parameters", "x"),)),
    Service("standard_schema", "standard_schema.py", (*STANDARD, *SWAGGER_VERSIONS)),
    Service("schema_headers", "schema_headers.py", (post_json("schema and headers", {"data": {}}, ("X-Own", "y")),)),
    Service("mixed_schema", "mixed_schema.py", (post_json("mixed", {"data": [1, "a"]}), *SWAGGER_VERSIONS)),
    Service("numpy_schema", "numpy_schema.py", (*NUMPY, *SWAGGER_VERSIONS[:5])),
    Service("pandas_schema", "pandas_schema.py", (*PANDAS, *SWAGGER_VERSIONS[:5])),
    Service(
        "deadline",
        "deadline.py",
        (post("in time", "quick"), post("asleep", "sleep 1.5"), post("awake", "spin 3"), post("own timeout", "own")),
        env={"SCORING_TIMEOUT_MS": "700"},
    ),
    Service("no_deadline", "deadline.py", (post("awake", "spin 0.1"),), env={"SCORING_TIMEOUT_MS": "0"}),
    Service("driver", "driver.py", (post("driver", "x"),)),
    Service("talkative", "talkative.py", (post("talk", "x"),)),
    Service(
        "environment",
        "environment.py",
        (
            Request(
                "environment",
                body=b"AZUREML_MODEL_DIR AML_APP_ROOT AZUREML_ENTRY_SCRIPT WORKER_COUNT",
                in_process=False,
            ),
        ),
        flags=("--model_dir", "not/there"),
    ),
    Service("cors_any", "plain.py", CORS, env={"AML_CORS_ORIGINS": "*"}),
    Service("cors_one", "plain.py", CORS, flags=("--access_control_allow_origins", "https://one.example")),
    Service("cors_two", "plain.py", CORS, env={"AML_CORS_ORIGINS": "https://one.example, https://two.example"}),
    Service("cors_raw", "raw.py", CORS, env={"AML_CORS_ORIGINS": "*"}),
    Service("user_swagger", "plain.py", SWAGGER_VERSIONS[:6], files=USER_SWAGGER),
    Service("user_swagger2", "plain.py", SWAGGER_VERSIONS[:5], files={"swagger2.json": '{"swagger": "2.0", "two": 2}'}),
    Service("service_names", "plain.py", (*SWAGGER_VERSIONS[:5], get("prefix", "/one/two/score")), env=SERVICE_NAMES),
    Service("config_file", "plain.py", SWAGGER_VERSIONS[:3], files={"config.json": CONFIG}),
    Service(
        "config_flag",
        "plain.py",
        SWAGGER_VERSIONS[:1],
        files={"other.json": CONFIG},
        flags=("--config_file", "other.json"),
        env={"SERVICE_NAME": "from the variable"},
    ),
    Service(
        "limits",
        "plain.py",
        (
            Request("header of 9 kB", headers=(("X-Own", "h" * 9000),), body=b"x", in_process=False),
            Request("line of 5 kB", "GET", "/score?a=" + "q" * 5000, in_process=False),
            Request("header of 7 kB", headers=(("X-Own", "h" * 7000),), body=b"x"),
            Request("line of 3 kB", "GET", "/score?a=" + "q" * 3000),
            Request("200 headers", headers=tuple((f"X-{n}", "h") for n in range(200)), body=b"x", in_process=False),
        ),
    ),
)
