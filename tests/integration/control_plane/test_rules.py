"""One control plane over HTTP: shapes, rules, and a deployment that answers through its gateway."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import urllib3

from devkit.control_plane import daemon
from devkit.control_plane.errors import (
    BadArgumentError,
    ConflictError,
    ExistsError,
    NotFoundError,
    OperationFailedError,
)
from tests.support.workbench import ECHO

if TYPE_CHECKING:
    from tests.support.workbench import Workbench


def test_an_endpoint_serves_its_deployment(bench: Workbench) -> None:
    """Endpoint, code, deployment, traffic: then both keys score, and everything shows in the service's shape."""
    assert bench.endpoint("first")["properties"]["provisioningState"] == "Succeeded"
    made = bench.deploy("first", "blue", bench.code(ECHO))
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert made["properties"]["properties"]["devkit.instances"] == "1 of 1 ready"
    assert made["id"].endswith("/onlineEndpoints/first/deployments/blue")
    assert bench.score("first")["status"] == 404
    assert bench.endpoint("first", traffic={"blue": 100})["properties"]["traffic"] == {"blue": 100}
    keys = bench.client.list_keys("first")
    for key in keys.values():
        assert bench.score("first", key=key)["answer"]["answer"] == "ANSWER"
    assert bench.score("first", key="wrong")["status"] == 401
    assert "init of ANSWER" in bench.client.get_logs("first", "blue")
    assert [each["name"] for each in bench.client.list_deployments("first")] == ["blue"]
    bench.client.regenerate_keys("first", "Primary").wait()
    assert bench.score("first", key=keys["primaryKey"])["status"] == 401
    assert bench.score("first", key=keys["secondaryKey"])["status"] == 200
    with pytest.raises(BadArgumentError, match="Set its traffic to 0"):
        bench.client.delete_deployment("first", "blue")
    bench.client.delete_endpoint("first").wait()
    with pytest.raises(NotFoundError, match="'first'"):
        bench.client.get_endpoint("first")


def test_a_failed_update_leaves_the_old_serving(bench: Workbench) -> None:
    """A script that fails to start fails its roll-out with its own traceback, and the old instances go on."""
    bench.endpoint("second")
    bench.deploy("second", "blue", bench.code(ECHO))
    bench.endpoint("second", traffic={"blue": 100})
    pid = bench.score("second")["answer"]["pid"]
    broken = bench.code("def init():\n    raise ValueError('no such model')\n\ndef run(data):\n    return 1\n", "bad")
    with pytest.raises(OperationFailedError, match="ended with exit code") as caught:
        bench.deploy("second", "blue", broken)
    assert "ValueError: no such model" in caught.value.log
    assert bench.client.get_deployment("second", "blue")["properties"]["provisioningState"] == "Failed"
    assert bench.score("second")["answer"]["pid"] == pid
    bench.deploy("second", "blue", bench.code(ECHO))
    assert bench.score("second")["answer"]["pid"] == pid, "the old plan again needs no new instances"
    better = bench.code(ECHO.replace("ANSWER", "BETTER"), "2")
    bench.deploy("second", "blue", better)
    assert bench.score("second")["answer"]["answer"] == "BETTER"
    bench.client.delete_endpoint("second").wait()


def test_a_first_deployment_that_fails_tells_why(bench: Workbench) -> None:
    """The logs of a deployment that never had an instance are those of the one that failed."""
    bench.endpoint("third")
    with pytest.raises(OperationFailedError, match="nothing_like_it"):
        bench.deploy("third", "blue", bench.code("import nothing_like_it\n", "import"))
    assert "nothing_like_it" in bench.client.get_logs("third", "blue")
    with pytest.raises(ConflictError, match="not ready"):
        bench.endpoint("third", traffic={"blue": 100})
    bench.client.delete_endpoint("third").wait()


def test_what_is_in_use_is_not_deleted(bench: Workbench) -> None:
    """A code in use is kept, unless forced; a version never changes."""
    bench.endpoint("fourth")
    bench.deploy("fourth", "blue", bench.code(ECHO, "used"))
    with pytest.raises(ConflictError, match="'blue' of endpoint 'fourth'"):
        bench.client.delete_version("codes", "code", "used")
    with pytest.raises(ConflictError, match="versions never change"):
        bench.code(ECHO + "\n# other content\n", "used")
    bench.client.delete_version("codes", "code", "used", force=True)
    with pytest.raises(NotFoundError):
        bench.client.get_version("codes", "code", "used")
    bench.client.delete_endpoint("fourth").wait()


def test_instances_are_added_and_taken_away(bench: Workbench) -> None:
    """Another instance_count alone starts and ends instances, and restarts none."""
    bench.endpoint("fifth")
    code = bench.code(ECHO)
    bench.deploy("fifth", "blue", code)
    (first,) = bench.client.list_instances("fifth", "blue")
    bench.deploy("fifth", "blue", code, instances=2)
    two = bench.client.list_instances("fifth", "blue")
    assert len(two) == 2
    assert first["ports"] in [each["ports"] for each in two]
    bench.deploy("fifth", "blue", code)
    assert [each["ports"] for each in bench.client.list_instances("fifth", "blue")] == [first["ports"]]
    bench.client.delete_endpoint("fifth").wait()


def test_what_should_be_new_replaces_nothing(bench: Workbench) -> None:
    """Creation alone of a deployment that is there is refused, and it stays as it was."""
    bench.endpoint("seventh")
    bench.client.put_deployment("seventh", "blue", bench.body(bench.code(ECHO)), only_new=True).wait()
    changed = bench.body(bench.code(ECHO), instances=2)
    with pytest.raises(ExistsError, match="a deployment 'blue' already"):
        bench.client.put_deployment("seventh", "blue", changed, only_new=True)
    assert bench.client.get_deployment("seventh", "blue")["sku"]["capacity"] == 1
    bench.client.delete_endpoint("seventh").wait()


def test_tokens_are_for_token_endpoints(bench: Workbench) -> None:
    """An endpoint with aml_token hands out tokens with their expiry, and has no keys to show."""
    bench.endpoint("sixth", authMode="AMLToken")
    token = bench.client.get_token("sixth")
    assert token["refreshAfterTimeUtc"] < token["expiryTimeUtc"]
    assert token["expiryTimeUtc"] > time.time()
    with pytest.raises(BadArgumentError, match="AMLToken"):
        bench.client.list_keys("sixth")
    bench.client.delete_endpoint("sixth").wait()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Host": "evil.example", "Authorization": "TOKEN"}, 403),
        ({"Origin": "https://evil.example", "Authorization": "TOKEN"}, 403),
        ({"Authorization": "TOKEN"}, 200),
    ],
)
def test_only_the_holder_of_the_token_is_let_in(bench: Workbench, headers: dict[str, str], status: int) -> None:
    """No token, a name of somebody else's for this machine, or a web page: refused."""
    connection = daemon.ensure(bench.workspace)
    headers = {name: value.replace("TOKEN", f"Bearer {connection.token}") for name, value in headers.items()}
    assert urllib3.request("GET", f"{connection.url}/devkit/status", headers=headers).status == status


def test_an_unknown_path_is_an_error_in_the_services_shape(bench: Workbench) -> None:
    """What is not there is answered with code and message, not with a page."""
    connection = daemon.ensure(bench.workspace)
    headers = {"Authorization": f"Bearer {connection.token}"}
    answer = urllib3.request("GET", f"{connection.url}/subscriptions/x", headers=headers)
    assert answer.status == 404
    assert set(answer.json()["error"]) == {"code", "message", "details", "additionalInfo"}
