from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from inference_server import debugging
from inference_server.debugging import DebugEndpoint
from inference_server.errors import StartupError
from inference_server.servers import sockets

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def no_debugpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `import debugpy` fail, as where it is not installed."""
    monkeypatch.setitem(sys.modules, "debugpy", None)


def _stand_in(monkeypatch: pytest.MonkeyPatch, *, attached: bool, **functions: Callable[..., object]) -> None:
    debugpy = ModuleType("debugpy")
    vars(debugpy).update(functions, is_client_connected=lambda: attached)
    monkeypatch.setitem(sys.modules, "debugpy", debugpy)


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [(DebugEndpoint("127.0.0.1", 5678), "127.0.0.1:5678"), (DebugEndpoint("::1", 5678), "[::1]:5678")],
)
def test_an_endpoint_is_shown_as_a_user_types_it(endpoint: DebugEndpoint, shown: str) -> None:
    """An IPv6 host stands in brackets."""
    assert str(endpoint) == shown


@pytest.mark.usefixtures("no_debugpy")
@pytest.mark.parametrize(
    ("action", "asked_by"),
    [
        (lambda: debugging.listen(DebugEndpoint("127.0.0.1", 0)), "--debug"),
        (lambda: debugging.connect(DebugEndpoint("127.0.0.1", 9)), "AZUREML_DEBUG_PORT"),
        (debugging.wait_for_client, "--wait"),
    ],
    ids=["listen", "connect", "wait"],
)
def test_missing_debugpy_is_one_line_with_the_command_that_installs_it(
    action: Callable[[], object], asked_by: str
) -> None:
    """Without debugpy each way to debug fails with exit code 3, who asked, and what to run."""
    with pytest.raises(StartupError, match=f"{asked_by} needs debugpy.*pip install debugpy") as missing:
        action()
    assert missing.value.exit_code == 3
    assert "\n" not in str(missing.value)


@pytest.mark.usefixtures("no_debugpy")
def test_nobody_is_attached_where_debugpy_was_never_imported() -> None:
    """Asking whether an editor is attached neither needs nor loads debugpy."""
    assert debugging.attached() is False


def test_a_busy_debug_port_is_a_failed_start_that_names_the_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A debug port in use exits 3, not the 1 of a busy HTTP port."""
    _stand_in(monkeypatch, attached=False, listen=lambda address: address)
    with sockets.bind("127.0.0.1", 0) as holder:
        endpoint = DebugEndpoint("127.0.0.1", holder.getsockname()[1])
        with pytest.raises(StartupError, match=f"Port {endpoint.port} is in use by .*--debug") as busy:
            debugging.listen(endpoint)
    assert busy.value.exit_code == 3


def test_nobody_listening_at_the_peer_port_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """AZUREML_DEBUG_PORT without an editor that listens fails at once and says what to start first."""
    _stand_in(monkeypatch, attached=False)
    with sockets.bind("127.0.0.1", 0) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(StartupError, match=f"no editor listens on 127.0.0.1:{port}") as refused:
        debugging.connect(DebugEndpoint("127.0.0.1", port))
    assert refused.value.exit_code == 3


def _raised() -> ValueError:
    try:
        int("not a number")
    except ValueError as error:
        return error
    raise AssertionError("int() took it")


@pytest.mark.parametrize(("attached", "expected"), [(True, 1), (False, 0)])
def test_an_exception_is_handed_over_only_to_an_attached_editor(
    attached: bool, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The editor gets the exception itself, and nobody gets it when no editor is attached."""
    handed: list[BaseException] = []
    _stand_in(monkeypatch, attached=attached, trigger_exception_handler=handed.append)
    error = _raised()
    debugging.hand_over(error)
    assert handed == [error] * expected


def test_a_debugpy_that_cannot_stop_on_handled_exceptions_is_left_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Debugpy before 1.8.22 has no trigger_exception_handler; handing over does nothing then."""
    _stand_in(monkeypatch, attached=True)
    debugging.hand_over(_raised())


@pytest.mark.parametrize(
    ("version", "words"), [((3, 11), "up to 6 times slower"), ((3, 12), "no other request is answered")]
)
def test_the_cost_of_debugging_is_told_for_this_python(
    version: tuple[int, int], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to 3.11 the user hears of the slow-down, from 3.12 on that health stands still with the breakpoint."""
    info = type("Info", (tuple,), {"major": version[0], "minor": version[1]})(version)
    monkeypatch.setattr(sys, "version_info", info)
    assert any(words in line for line in debugging.advice(DebugEndpoint("127.0.0.1", 5678)))


def test_an_open_debug_port_comes_with_a_warning() -> None:
    """A debug port that other machines reach is remote code execution by design, and is called so."""
    assert any("run code" in line for line in debugging.advice(DebugEndpoint("0.0.0.0", 5678)))  # noqa: S104  the case under test
    assert not any("run code" in line for line in debugging.advice(DebugEndpoint("127.0.0.1", 5678)))
