"""What may happen to a gateway process, and what is true afterwards."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import psutil
import pytest

from devkit.gateway.client import AdminClient, GatewayError
from devkit.gateway.files import CONFIG, STATUS, read_status, write_config
from devkit.gateway.process import adopt, apply, start, stop
from tests.support.gateways import RunningGateway, backend, running, until
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.gateways import FakeInstance, Reply


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningGateway]:
    """A gateway that this test may harm."""
    with running(tmp_path, free_port()) as found:
        yield found


def test_a_killed_gateway_is_started_again_on_its_port(own: RunningGateway, blue: FakeInstance) -> None:
    """Kill -9, then start: the same port, the same configuration."""
    own.use({"blue": backend(blue)}, {"blue": 100})
    assert own.status is not None
    os.kill(own.status.pid, signal.SIGKILL)
    until(lambda: adopt(own.folder) is None)
    again = start(own.folder)
    assert again.pid != own.status.pid
    assert own.post().status == 200


def test_a_running_gateway_is_adopted(own: RunningGateway) -> None:
    """Who starts it twice has the same process; another process with its id is not taken for it."""
    own.use({})
    assert start(own.folder) == own.status
    assert own.status is not None
    other = own.status.model_copy(update={"pid": os.getpid()})
    (own.folder / STATUS).write_text(other.model_dump_json())
    assert adopt(own.folder) is None
    (own.folder / STATUS).write_text(own.status.model_dump_json())


def test_a_taken_port_is_told_with_its_holder(own: RunningGateway) -> None:
    """Which process has it, and what to do."""
    with socket.create_server(("127.0.0.1", own.port)):
        with pytest.raises(GatewayError, match=rf"Port {own.port} is in use by process {os.getpid()} .*another port"):
            own.use({})
        assert adopt(own.folder) is None
    own.use({})
    assert own.ask("GET", "/").status == 200


@pytest.mark.parametrize("mistake", ["broken", "traffic", "port"])
def test_a_bad_configuration_is_refused_and_the_old_one_holds(
    gateway: RunningGateway, blue: FakeInstance, mistake: str
) -> None:
    """The reload fails with the reason; requests are answered as before."""
    good = gateway.use({"blue": backend(blue)}, {"blue": 100})
    bad = {
        "broken": "{",
        "traffic": good.model_dump_json().replace('"blue":100', '"blue":90'),
        "port": good.model_copy(update={"port": 1}).model_dump_json(),
    }
    (gateway.folder / CONFIG).write_text(bad[mistake])
    with pytest.raises(GatewayError, match=r"JSON|adds up to 90|port was \d+ and is 1 now"):
        gateway.admin.reload()
    assert gateway.post().status == 200
    assert gateway.admin.state()["revision"] == good.revision


def test_an_end_answers_what_is_in_hand(own: RunningGateway, blue: FakeInstance) -> None:
    """SIGTERM: no new connection, the held request gets its answer, the process ends."""
    own.use({"blue": backend(blue)}, {"blue": 100})
    assert own.status is not None
    replies: list[Reply] = []
    client = threading.Thread(target=lambda: replies.append(own.post("/hold")))
    client.start()
    until(lambda: blue.seen)
    os.kill(own.status.pid, signal.SIGTERM)
    until(lambda: refuses(own.port))
    blue.release()
    client.join(30)
    assert [reply.status for reply in replies] == [200]
    until(lambda: adopt(own.folder) is None)


def refuses(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_gateway_goes_on_when_its_parent_dies(own: RunningGateway, blue: FakeInstance) -> None:
    """It belongs to no session and no process: the parent is killed, the requests are answered."""
    own.use({"blue": backend(blue)}, {"blue": 100})
    own.close()
    script = "import os, pathlib, sys; from devkit.gateway.process import start; start(pathlib.Path(sys.argv[1]))"
    killed = subprocess.run(
        [sys.executable, "-c", f"{script}; os.kill(os.getpid(), 9)", str(own.folder)], timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert own.post().status == 200
    status = adopt(own.folder)
    assert status is not None
    assert os.getsid(status.pid) == status.pid


def test_stop_leaves_nothing(own: RunningGateway) -> None:
    """No process, no status; and stopping what does not run is no error."""
    own.use({})
    assert own.status is not None
    stop(own.folder)
    assert not psutil.pid_exists(own.status.pid)
    assert read_status(own.folder) is None
    stop(own.folder)


def test_apply_starts_or_reloads(own: RunningGateway, blue: FakeInstance) -> None:
    """One call for the control plane, whatever runs."""
    config = own.use({"blue": backend(blue)}, {"blue": 100})
    first = apply(own.folder, config.model_copy(update={"revision": 7}))
    assert own.status is not None
    assert (first.pid, first.revision) == (own.status.pid, 7)
    stop(own.folder)
    assert apply(own.folder, config.model_copy(update={"revision": 8})).revision == 8


def test_nobody_drives_a_gateway_without_its_token(gateway: RunningGateway) -> None:
    """Not even from this machine."""
    gateway.use({})
    assert gateway.status is not None
    stranger = AdminClient(gateway.status.model_copy(update={"admin_token": "guess"}))
    with pytest.raises(GatewayError, match="unauthorized"):
        stranger.state()


def test_a_gateway_that_does_not_answer_is_told(tmp_path: Path, gateway: RunningGateway) -> None:
    """With its process, in words."""
    gateway.use({})
    assert gateway.status is not None
    with pytest.raises(GatewayError, match=r"\(process \d+\) does not answer"):
        AdminClient(gateway.status.model_copy(update={"admin_port": free_port()})).reload()


def test_two_who_start_it_at_once_have_one_gateway(own: RunningGateway) -> None:
    """The one that comes second takes the first one's process."""
    own.use({})
    own.close()
    found: list[int] = []
    starters = [threading.Thread(target=lambda: found.append(start(own.folder).pid)) for _ in range(2)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join(30)
    assert len(found) == 2
    assert len(set(found)) == 1


def test_a_status_that_cannot_be_written_stops_no_request(own: RunningGateway, blue: FakeInstance) -> None:
    """As on a full disk: the reload is in force and requests are answered."""
    own.use({"blue": backend(blue)})
    status = (own.folder / STATUS).read_text()
    (own.folder / STATUS).unlink()
    (own.folder / STATUS).mkdir()
    try:
        write_config(own.folder, own.config.model_copy(update={"traffic": {"blue": 100}, "revision": 9}))
        assert own.admin.reload() == 9
        assert own.post().status == 200
    finally:
        (own.folder / STATUS).rmdir()
        (own.folder / STATUS).write_text(status)
