"""What a client sees of one request."""

from __future__ import annotations

import http.client
import socket
import threading
import uuid
from typing import TYPE_CHECKING

import pytest

from devkit.gateway.config import Backend
from devkit.gateway.files import LOG
from tests.support.gateways import KEY, backend, until
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.gateways import FakeInstance, Reply, RunningGateway


class InBackground:
    """A request whose answer is fetched later."""

    def __init__(self, gateway: RunningGateway, path: str) -> None:
        self.reply: Reply | None = None
        self._thread = threading.Thread(target=self._ask, args=(gateway, path))
        self._thread.start()

    def _ask(self, gateway: RunningGateway, path: str) -> None:
        self.reply = gateway.post(path)

    def answer(self) -> Reply:
        """Wait for it."""
        self._thread.join(30)
        assert self.reply is not None
        return self.reply


def test_a_request_is_answered_by_the_deployment_with_traffic(gateway: RunningGateway, blue: FakeInstance) -> None:
    """Body, method, path and headers go on; the key does not, and the request's id is the service's."""
    gateway.use({"blue": backend(blue)}, {"blue": 100})
    reply = gateway.post("/score?a=%20b", b'{"x": 1}', x_request_id="mine", x_ms_client_request_id="a b" + "c" * 60)
    seen = reply.json
    assert (reply.status, seen["by"], seen["path"], seen["body"]) == (200, "blue-1", "/score?a=%20b", '{"x": 1}')
    assert "authorization" not in seen["headers"]
    assert uuid.UUID(seen["headers"]["x-request-id"]) == uuid.UUID(reply.headers["x-request-id"])
    assert seen["headers"]["x-ms-client-request-id"] == reply.headers["x-ms-client-request-id"] == "ab" + "c" * 38
    assert reply.headers["x-of-script"] == "yes"
    assert reply.headers["azureml-model-deployment"] == "blue"


def test_the_header_chooses_a_deployment_without_traffic(
    gateway: RunningGateway, blue: FakeInstance, green: FakeInstance
) -> None:
    """And an unknown name is 404."""
    gateway.use({"blue": backend(blue), "green": backend(green)}, {"blue": 100})
    assert gateway.post(azureml_model_deployment="green").json["by"] == "green-1"
    assert gateway.post(azureml_model_deployment="red").status == 404


@pytest.mark.parametrize(("key", "status"), [(KEY, 200), (None, 401), ("another", 401)])
def test_without_a_key_nobody_is_let_in(
    gateway: RunningGateway, blue: FakeInstance, key: str | None, status: int
) -> None:
    """401 with an id and a reason, and the instance hears nothing of it."""
    gateway.use({"blue": backend(blue)}, {"blue": 100})
    reply = gateway.post(key=key)
    assert reply.status == status
    assert len(blue.seen) == (status == 200)
    assert "x-request-id" in reply.headers


def test_a_browsers_preflight_is_refused(gateway: RunningGateway, blue: FakeInstance) -> None:
    """The managed endpoint has no CORS: a preflight never carries the key."""
    gateway.use({"blue": backend(blue)}, {"blue": 100})
    reply = gateway.ask("OPTIONS", "/score", key=None, origin="http://x", access_control_request_method="POST")
    assert reply.status == 401
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_the_gateways_own_health_needs_no_key_and_no_instance(gateway: RunningGateway) -> None:
    """`GET /` tells that the gateway is there."""
    gateway.use({})
    assert gateway.ask("GET", "/", key=None).status == 200
    assert gateway.post("/score").status == 404


def test_swagger_and_other_paths_go_through(gateway: RunningGateway, blue: FakeInstance) -> None:
    """The whole path is the instance's, so that servers with routes of their own can be asked."""
    gateway.use({"blue": backend(blue)}, {"blue": 100})
    for path in ("/swagger.json?version=3", "/v2/models/m/infer"):
        assert gateway.ask("GET", path).json["path"] == path


@pytest.mark.parametrize("status", [400, 404, 500, 503, 201])
def test_whatever_is_not_200_becomes_424(gateway: RunningGateway, blue: FakeInstance, status: int) -> None:
    """The container's own status stands in a header, its body stays."""
    gateway.use({"blue": backend(blue)}, {"blue": 100})
    reply = gateway.post(f"/status/{status}")
    assert (reply.status, reply.body) == (424, b"the script said no")
    assert reply.headers["ms-azureml-model-error-statuscode"] == str(status)
    assert reply.headers["ms-azureml-model-error-reason"] == "model_error"


def test_a_deployment_without_a_ready_instance_is_424_with_503(gateway: RunningGateway) -> None:
    """As when the container itself says so."""
    gateway.use({"blue": Backend()}, {"blue": 100})
    reply = gateway.post()
    assert (reply.status, reply.headers["ms-azureml-model-error-statuscode"]) == (424, "503")


def test_an_instance_that_takes_no_connection_is_passed_over(gateway: RunningGateway, blue: FakeInstance) -> None:
    """Nothing was sent to it, so another one is asked; with none left it is 424."""
    dead = blue.target(name="dead", port=free_port())
    both = backend(blue)
    gateway.use({"blue": both.model_copy(update={"targets": (dead, *both.targets)})}, {"blue": 100})
    assert {gateway.post().status for _ in range(4)} == {200}
    gateway.use({"blue": both.model_copy(update={"targets": (dead,)})}, {"blue": 100})
    reply = gateway.post()
    assert (reply.status, reply.headers["ms-azureml-model-error-statuscode"]) == (424, "503")


def test_an_instance_that_breaks_off_is_not_asked_twice(gateway: RunningGateway, blue: FakeInstance) -> None:
    """It may have worked on the request: the client is told 424 with 502."""
    gateway.use({"blue": backend(blue)}, {"blue": 100})
    reply = gateway.post("/break")
    assert (reply.status, reply.headers["ms-azureml-model-error-statuscode"]) == (424, "502")
    assert blue.seen == ["/break"]


def test_an_answer_that_takes_too_long_is_408(gateway: RunningGateway, blue: FakeInstance) -> None:
    """And the instance's slot is free again."""
    settings = backend(blue, timeout_s=0.1, max_concurrent_per_instance=1)
    gateway.use({"blue": settings}, {"blue": 100})
    assert gateway.post("/hold").status == 408
    until(lambda: blue.left == 1)
    assert gateway.post().status == 200


def test_a_debugged_instance_has_no_timeout(gateway: RunningGateway, blue: FakeInstance) -> None:
    """Also when the debugger was attached after the request had come."""
    quick = backend(blue, timeout_s=0.3)
    gateway.use({"blue": quick}, {"blue": 100})
    held = InBackground(gateway, "/hold")
    until(lambda: blue.seen)
    gateway.use({"blue": quick.model_copy(update={"targets": (blue.target(no_timeout=True),)})}, {"blue": 100})
    with pytest.raises(TimeoutError):
        until(lambda: held.reply, 0.8)
    blue.release()
    assert held.answer().status == 200


def test_one_above_twice_the_limit_is_429_at_once(gateway: RunningGateway, blue: FakeInstance) -> None:
    """With one at a time, one is answered, one waits, and the third is refused."""
    gateway.use({"blue": backend(blue, max_concurrent_per_instance=1, max_queue_wait_s=30)}, {"blue": 100})
    first = InBackground(gateway, "/hold")
    until(lambda: gateway.admin.state()["deployments"]["blue"]["in_flight"] == 1)
    second = InBackground(gateway, "/hold")
    until(lambda: gateway.admin.state()["deployments"]["blue"]["waiting"] == 1)
    refused = gateway.post("/hold")
    assert refused.status == 429
    assert "max_concurrent_requests_per_instance" in refused.json["error"]["message"]
    assert blue.seen == ["/hold"]
    blue.release()
    assert (first.answer().status, second.answer().status) == (200, 200)


def test_who_waits_longer_than_the_queue_allows_is_429(gateway: RunningGateway, blue: FakeInstance) -> None:
    """max_queue_wait_ms bounds the wait."""
    gateway.use({"blue": backend(blue, max_concurrent_per_instance=1, max_queue_wait_s=0.05)}, {"blue": 100})
    first = InBackground(gateway, "/hold")
    until(lambda: blue.seen)
    assert gateway.post().status == 429
    blue.release()
    assert first.answer().status == 200


def test_a_streamed_answer_comes_piece_by_piece(gateway: RunningGateway, blue: FakeInstance) -> None:
    """The client has the first pieces while the instance holds the last."""
    gateway.use({"blue": backend(blue)}, {"blue": 100})
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    connection.request("POST", "/stream", b"", {"Authorization": f"Bearer {KEY}"})
    response = connection.getresponse()
    assert response.readline() == b"piece 0\n"
    assert [response.readline() for _ in range(3)][-1] == b"piece 3\n"
    blue.release()
    assert response.read() == b"piece 4\n"
    connection.close()


def blocks(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * 65536


@pytest.mark.parametrize("chunked", [True, False])
def test_a_large_body_goes_on_as_it_comes(gateway: RunningGateway, blue: FakeInstance, chunked: bool) -> None:
    """With its length where the client told one, else in chunks; both arrive whole."""
    gateway.use({"blue": backend(blue)}, {"blue": 100})
    size = 65536 * 80
    headers = {} if chunked else {"content_length": str(size)}
    reply = gateway.post("/upload", blocks(80), **headers)
    assert reply.json == {"size": size, "length": None if chunked else str(size)}


def test_a_client_that_asks_first_is_told_to_go_on(gateway: RunningGateway, blue: FakeInstance) -> None:
    """`Expect: 100-continue`, as curl sends it with large bodies; a refused client sends no body."""
    gateway.use({"blue": backend(blue)}, {"blue": 100})
    for key, first in ((KEY, b"HTTP/1.1 100 Continue"), ("wrong", b"HTTP/1.1 401 Unauthorized")):
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
            head = f"POST /score HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 2\r\n"
            connection.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
            assert connection.recv(1000).startswith(first)


def test_a_client_that_leaves_frees_the_instance(gateway: RunningGateway, blue: FakeInstance) -> None:
    """Both the request in hand and the one that waits are given up."""
    gateway.use({"blue": backend(blue, max_concurrent_per_instance=1, max_queue_wait_s=30)}, {"blue": 100})
    connections = []
    for gauge in ("in_flight", "waiting"):
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
        connection.request("POST", "/hold", b"{}", {"Authorization": f"Bearer {KEY}"})
        until(lambda gauge=gauge: gateway.admin.state()["deployments"]["blue"][gauge] == 1)
        connections.append(connection)
    for connection in reversed(connections):
        connection.close()
    until(lambda: blue.left == 1)
    until(lambda: gateway.admin.state()["in_flight"] == 0)
    assert blue.seen == ["/hold"]


def test_a_streamed_answer_past_its_time_is_cut_off(gateway: RunningGateway, blue: FakeInstance) -> None:
    """It had begun with 200, so the broken connection tells the client that it is not whole."""
    gateway.use({"blue": backend(blue, timeout_s=0.2)}, {"blue": 100})
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        gateway.post("/stream")


def test_bytes_that_are_no_text_break_nothing(gateway: RunningGateway, blue: FakeInstance) -> None:
    """In a header they go on as well as they can; in a path they are 400, since a path is percent-encoded."""
    gateway.use({"blue": backend(blue)}, {"blue": 100})
    for path, header, status in ((b"/score", b"\xe9", b"200"), (b"/\xe9", b"e", b"400"), (b"http://x/", b"e", b"400")):
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
            key = f"Authorization: Bearer {KEY}\r\n".encode()
            connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" + key + b"X-Name: " + header + b"\r\n\r\n")
            assert connection.recv(1000).split()[1] == status


@pytest.mark.parametrize("path", [b"/upload", b"/score", b"/stream"])
@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: 100", b"x" * 10),
        (b"Content-Length: 1000000", b"x" * 200_000),
        (b"Transfer-Encoding: chunked", b"5\r\nabcde\r\n"),
    ],
)
def test_a_client_that_breaks_off_in_its_body_leaves_nothing(
    gateway: RunningGateway, blue: FakeInstance, path: bytes, head: bytes, body: bytes
) -> None:
    """No slot, no task; it is counted as 499."""
    gateway.use({})
    gateway.use({"blue": backend(blue)}, {"blue": 100})
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
        key = f"Authorization: Bearer {KEY}\r\n".encode()
        connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + key + head + b"\r\n\r\n" + body)
        until(lambda: gateway.admin.state()["in_flight"] == 1)
    until(lambda: gateway.admin.state()["in_flight"] == 0)
    told = gateway.admin.state()["deployments"]["blue"]
    assert (told["in_flight"], told["by_status"]) == (0, {"499": 1})


def test_malformed_requests_do_not_fill_the_log(gateway: RunningGateway) -> None:
    """They are answered 400 without a word: anybody can send them."""
    gateway.use({})
    for request in (b"nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
            connection.sendall(request)
            assert connection.recv(1000).split()[1] == b"400"
    assert "Traceback" not in (gateway.folder / LOG).read_text()
