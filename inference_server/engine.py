"""The scoring engine: script, gate, time limit and state in one; the only thing that the applications call.

Both ways a request can take, through Flask and through the callable in front of it, ask the same engine for the same
reply, which is why the two agree byte for byte.
"""

from __future__ import annotations

import inspect
import logging
import os
import threading
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from inference_server import logs
from inference_server.coroutines import Coroutines
from inference_server.deadline import Deadline, ScoringTimeout
from inference_server.errors import StartupError
from inference_server.gate import RunGate
from inference_server.inputs import BadInput, InputKind, RunSignature, UnsupportedInput, schema_mismatch
from inference_server.metrics import MetricsBoard, Phase
from inference_server.results import INTERNAL_ERROR, Reply, error_reply, is_flask_response, is_stream, reply
from inference_server.scoring import ScoringScript, user_traceback
from inference_server.streaming import HeldIterator, StreamCut, StreamReply, open_stream
from inference_server.swagger import SwaggerDocuments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import flask

    from inference_server.access_log import AccessLog
    from inference_server.settings import Settings

__all__ = ["Answer", "Binding", "ScoringEngine"]

Answer: TypeAlias = "Reply | StreamReply | flask.Response"

_logger = logging.getLogger("azmlinfsrv")
_user_logger = logging.getLogger("azmlinfsrv.user_script")

_SCRIPT_FAILED = "An unexpected error occurred in scoring script. Check the logs for more info."


class Binding(NamedTuple):
    """The script's functions as one generation has them; replaced as a whole by a live update."""

    run: Callable[..., Any]
    signature: RunSignature
    swagger: SwaggerDocuments
    plain: bool
    """``run()`` takes text, and the script uses nothing of Flask's request: Flask can be left out."""


class ScoringEngine:
    """Serves one script.

    Args:
        settings: the server's.
        board: where the workers count; a board of its own without one.
        slot_index: this worker's slot.
        debugger_attached: while it says True no time limit applies.
        access_log: takes a line for each request; this process's, unless given.

    Attributes:
        script: the script, once `start` has loaded it.
        gate: every ``run()`` passes it; a live update takes it alone.
        generation: good live updates so far.
        reload_error: why the last live update did not take, or None.
        on_script_error: called with each exception of ``init()`` and ``run()``, while it is being handled.
        ready_listeners: called each time `start` has succeeded.
        request_listeners: called with the Flask request, the response and the seconds it took, after each request.
        run_listeners: called with the arguments and the result of each ``run()`` that succeeded.
    """

    def __init__(
        self,
        settings: Settings,
        board: MetricsBoard | None = None,
        slot_index: int = 0,
        *,
        debugger_attached: Callable[[], bool] = lambda: False,
        access_log: AccessLog | None = None,
    ) -> None:
        self.settings = settings
        self.board = board or MetricsBoard.create()
        self.slot = self.board.slot(slot_index)
        self.gate = RunGate(settings.threads)
        timeout_s = settings.scoring_timeout_ms / 1000
        self.deadline = Deadline(timeout_s, suspended=debugger_attached)
        self.coroutines = Coroutines(timeout_s, debugger_attached)
        self.access_log: AccessLog = access_log or logs.access_log()
        self.script: ScoringScript
        self.generation = 0
        self.reload_error: str | None = None
        self.on_script_error: Callable[[BaseException], None] | None = None
        self.ready_listeners: list[Callable[[], None]] = []
        self.request_listeners: list[Callable[[Any, Any, float], None]] = []
        self.run_listeners: list[Callable[[dict[str, Any], Any], None]] = []
        self.binding: Binding
        self._phase = Phase.STARTING
        self._reason = _STARTING
        self._failure: StartupError | None = None
        self._settled = threading.Event()

    # -- life ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Load the script, call ``init()``, prepare the Swagger documents; then the engine is ready.

        May be called again after a failure.

        Raises:
            StartupError: with the reason, which `reason` then gives too.
        """
        self._settled.clear()
        self._failure = None
        self._set_phase(Phase.STARTING, _STARTING)
        began = perf_counter()
        try:
            self._start()
        except StartupError as error:
            self._failure = error
            self._set_phase(Phase.FAILED, _outline(error))
            self._settled.set()
            raise
        self.slot.set_init_seconds(perf_counter() - began)
        self._set_phase(Phase.READY, "")
        self._settled.set()
        _logger.info("Worker with pid %s ready for serving traffic", os.getpid())
        for listener in self.ready_listeners:
            listener()

    def _start(self) -> None:
        try:
            self.script = ScoringScript.load(self.settings)
            signature = self.script.signature()
            _user_logger.info(self.script.describe())
            _user_logger.info(signature.describe())
            self.script.init(self.settings.model_dir, self._await)
        except StartupError as error:
            if error.__cause__ is not None:
                self._report(error.__cause__)
            raise
        self.rebind()
        self.binding.swagger.announce()
        _logger.info("Scoring timeout is set to %s", self.settings.scoring_timeout_ms)

    def run_init(self) -> None:
        """Call ``init()`` again, for a live update that changed what it uses; raises what it raises."""
        try:
            self.script.call_init(self._await)
        except BaseException as error:
            self._report(error)
            raise

    def _await(self, coroutine: Any) -> Any:
        return self.coroutines.run(coroutine, unlimited=True)

    def rebind(self) -> None:
        """Look at ``run()``, its signature and its decorators again; after a live update has changed the module.

        Raises:
            StartupError: the server cannot call it; the engine keeps what it had.
        """
        signature = self.script.signature()  # first, since it checks that there is a run()
        run = self.script.run
        plain = signature.kind is InputKind.TEXT and not signature.wants_headers and not self.script.mentions_flask()
        if inspect.iscoroutinefunction(run) or inspect.isasyncgenfunction(run):
            self.coroutines.prepare()
        self.binding = Binding(run, signature, SwaggerDocuments(self.settings, run), plain)
        self.slot.set_generation(self.generation)

    def wait_settled(self, timeout: float | None = None) -> bool:
        """Wait until `start` has ended, well or badly; whether it has within `timeout` seconds."""
        return self._settled.wait(timeout)

    @property
    def phase(self) -> Phase:
        """Where this worker is."""
        return self._phase

    def reason(self, *, local: bool) -> str:
        """Why this worker is not ready, as a client may know it: the script's traceback is for development's alone.

        Args:
            local: the client is on this machine.
        """
        return str(self._failure) if self._failure is not None and local and self.settings.dev else self._reason

    def close(self) -> None:
        """Give back what the engine keeps between requests: the event loops of an ``async def run()``."""
        self.coroutines.close()

    def overdue(self) -> float:
        """Seconds that the longest ``run()`` is past its deadline; 0.0 when none is."""
        return max(self.deadline.overdue(), self.coroutines.backstop.overdue())

    def _set_phase(self, phase: Phase, reason: str) -> None:
        self._phase, self._reason = phase, reason
        self.slot.set_phase(phase, reason)

    # -- scoring ---------------------------------------------------------------------------------------------------

    def score(self, arguments_of: Callable[[RunSignature], dict[str, Any]], *, local: bool = False) -> Answer:
        """Have ``run()`` answer, once it is this request's turn.

        Args:
            arguments_of: makes the arguments; may raise BadInput and UnsupportedInput.
            local: the client is on this machine: in development an error brings its traceback along.
        """
        if self._phase is not Phase.READY:
            self._settled.wait()
            if self._phase is Phase.FAILED:
                return self._not_started(local=local)
        gate = self.gate
        gate.__enter__()
        try:
            answer = self._score(arguments_of, local=local)
        except BaseException:
            gate.__exit__(None, None, None)
            raise
        if type(answer) is Reply or not _is_held(answer):
            gate.__exit__(None, None, None)
        return answer

    def _score(self, arguments_of: Callable[[RunSignature], dict[str, Any]], *, local: bool) -> Answer:
        binding = self.binding
        run, signature = binding.run, binding.signature
        try:
            arguments = arguments_of(signature)
        except BadInput as error:
            return error_reply(400, str(error))
        except UnsupportedInput as error:
            return error_reply(415, str(error))
        began = perf_counter()
        try:
            result = self.deadline.call(run, **arguments)
            if type(result) not in _PLAIN:
                result = self._settle(result)
        except ScoringTimeout as error:
            return self._timed_out(error)
        except BaseException as error:  # noqa: BLE001  SystemExit and MemoryError too: the server lives on
            return self._failed(error, run, signature, local=local)
        finally:
            seconds = perf_counter() - began
            self.slot.observe_run(seconds)
        for listener in self.run_listeners:
            listener(arguments, result)
        return self._answer(result, seconds, local=local)

    def _settle(self, result: Any) -> Any:
        """Await a coroutine; take the first piece of a stream, which still is an error with its own status."""
        is_coroutine = inspect.iscoroutine(result)
        if self.settings.strict:
            if is_coroutine:
                result.close()
            return result
        if is_coroutine:
            result = self.coroutines.run(result)
        if hasattr(result, "__anext__"):
            result = self.coroutines.iterate(result)
        return _Opened(*open_stream(result, self._next)) if is_stream(result) else result

    def _answer(self, result: Any, seconds: float, *, local: bool) -> Answer:
        taken = ("x-ms-run-fn-exec-ms", f"{seconds * 1000:.3f}")
        kind = type(result)
        if kind is _Opened:
            headers = [("Content-Type", result.content_type), ("x-ms-run-function-failed", "False"), taken]
            return StreamReply(200, headers, self._held(result.pieces))
        if kind not in _PLAIN and is_flask_response(result):
            return self._finished(result, taken)
        try:
            answer = reply(result, strict=self.settings.strict)
        except Exception as error:  # noqa: BLE001  a TypeError, a RecursionError, whatever a custom type raises
            _logger.error("Encountered Exception: %s", user_traceback(error))  # noqa: TRY400  the whole, once
            return error_reply(500, INTERNAL_ERROR, more=self._details(error, local=local))
        answer.headers.append(taken)
        return answer

    def _finished(self, response: flask.Response, taken: tuple[str, str]) -> Answer:
        _logger.info("run() output is HTTP Response")
        if not 200 <= response.status_code <= 999:  # noqa: PLR2004  of three digits
            _logger.error("run() answered with the status %s, which no HTTP answer can have", response.status_code)
            return error_reply(500, INTERNAL_ERROR)
        if response.status_code >= 500:  # noqa: PLR2004  a server's errors
            response.headers["x-ms-run-function-failed"] = "True"
        response.headers.add(*taken)
        if response.is_streamed:
            response.response = self._held(iter(response.response))
        return response

    def _held(self, pieces: Iterator[Any]) -> HeldIterator:
        return HeldIterator(pieces, self._next_piece, lambda: self.gate.__exit__(None, None, None))

    def _next(self, pieces: Iterator[Any]) -> Any:
        return self.deadline.call(next, pieces)

    def _next_piece(self, pieces: Iterator[Any]) -> Any:
        """The next piece; an error ends the connection, since the status has been sent."""
        try:
            return self._next(pieces)
        except StopIteration:
            raise
        except ScoringTimeout as error:
            self._timed_out(error)
            raise StreamCut(self._timeout_message) from None
        except BaseException as error:
            self._report(error)
            _logger.error("Encountered Exception: %s", user_traceback(error))  # noqa: TRY400  the script's frames alone
            raise StreamCut(_SCRIPT_FAILED) from error

    # -- what goes wrong -------------------------------------------------------------------------------------------

    @property
    def _timeout_message(self) -> str:
        return f"Scoring timeout after {self.settings.scoring_timeout_ms} ms"

    def _timed_out(self, error: BaseException) -> Reply:
        _logger.error(
            "Script failed to finish execution within the allocated time: %sms\n%s",
            self.settings.scoring_timeout_ms,
            _interrupted_at(error),
        )
        return error_reply(500, self._timeout_message, failed=True)

    def _failed(self, error: BaseException, run: Callable[..., Any], signature: RunSignature, *, local: bool) -> Reply:
        if self.settings.strict and isinstance(error, TimeoutError):
            return self._timed_out(error)
        if signature.kind is InputKind.SCHEMA and not self.settings.strict:
            mismatch = schema_mismatch(error, run)
            if mismatch is not None:
                _logger.warning("Bad input: %s", mismatch)
                return error_reply(400, mismatch)
        self._report(error)
        _logger.error("Encountered Exception: %s", user_traceback(error))
        return error_reply(500, _SCRIPT_FAILED, failed=True, more=self._details(error, local=local))

    def _not_started(self, *, local: bool) -> Reply:
        more = {"reason": self.reason(local=local)} if local and self.settings.dev else {}
        return error_reply(503, "The scoring script failed to start. Check the logs for more info.", more=more)

    def _details(self, error: BaseException, *, local: bool) -> dict[str, str]:
        return {"traceback": user_traceback(error)} if local and self.settings.dev else {}

    def _report(self, error: BaseException) -> None:
        if self.on_script_error is not None:
            self.on_script_error(error)


_PLAIN = frozenset({dict, list, str, int, float, bool, type(None), tuple, bytes})


_STARTING = "init() has not finished yet"


def _outline(error: StartupError) -> str:
    """The reason of a failed start as everybody may know it: nothing of the script's traceback."""
    if error.__cause__ is None:
        return str(error)
    return f"The scoring script raised {type(error.__cause__).__name__} at start. Check the logs for more info."


class _Opened(NamedTuple):
    """A stream whose first piece is there."""

    content_type: str
    pieces: Iterator[bytes]


def _interrupted_at(error: BaseException) -> str:
    """The traceback into ``run()``: that of the interruption, before the time limit raised its own exception for it."""
    while isinstance(error.__context__, ScoringTimeout):
        error = error.__context__
    return user_traceback(error, chain=False)


def _is_held(answer: Any) -> bool:
    """Whether the turn at the gate lasts until the answer has been sent."""
    return type(answer) is StreamReply or isinstance(getattr(answer, "response", None), HeldIterator)
