"""Make requests to an application without a server, and trace their sends."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from types import MemberDescriptorType
from typing import Any, NamedTuple

from signalcli.apps.hosting.faults import fault, request_operation
from signalcli.apps.hosting.guard import guarded
from signalcli.apps.running.test_client import Client, Response, client_of
from signalcli.errors import INTERRUPTED, UnansweredRequest
from signalcli.signals.reflection import attributes, inherited, is_a
from signalcli.signals.tracebacks import raised_error
from signalcli.tracing.look_alikes import with_look_alikes
from signalcli.tracing.recorder import Recorder, Recording
from signalcli.values.trace import Request, RequestTimeline

NO_RESPONSE = 0
SERVER_ERROR = 500
"""The status of a server's response when the application raises."""


class RequestSupervisor(NamedTuple):
    """What watches requests, and gets the sends of those that end early."""

    wait: float | None = None
    """The time limit of each in seconds, which the process that started this one enforces."""
    cut_off: Callable[[RequestTimeline], object] = lambda timeline: None
    """Called with the sends until then if Ctrl-C or ``SystemExit`` ends a request."""
    watch: Callable[[Recording], object] = lambda recording: None
    """Called with the recording of the sends before each request."""


def make_requests(
    app: Any,
    recorder: Recorder,
    requests: Sequence[Request],
    supervisor: RequestSupervisor | None = None,
) -> Generator[RequestTimeline, None, None]:
    """Make requests with one test client, which keeps cookies, and yield the sends of each.

    Each is made when its timeline is asked for. Close the iterator to make no more of them.

    :param recorder: a recorder that was entered before the import of the application.
    :return: the sends, the status, a text body, and an exception of the application.
    :raises ApplicationError: if what makes requests is not installed.
    :raises UnansweredRequest: if there is a supervisor and the application raises ``SystemExit``.
        ``KeyboardInterrupt`` passes.
    """
    client = client_of(app)
    try:
        for number in range(len(requests)):
            recording = recorder.recording(everywhere=True)
            running = _RunningRequest(client, requests[number:], recording)
            if supervisor is None:
                running.run()
            else:
                running.run_under(supervisor)
            yield running.timeline()
    except GeneratorExit:
        client.abandon()
        raise


class _RunningRequest:
    """A request in progress, with its response or exception so far."""

    raised: BaseException | None = None
    """The exception of the application."""
    is_answered = False
    response = Response(NO_RESPONSE, None)

    def __init__(self, client: Client, requests: Sequence[Request], recording: Recording) -> None:
        self._client = client
        self._requests = requests
        """This request, and those after it."""
        self._recording = recording

    def run_under(self, supervisor: RequestSupervisor) -> None:
        """Make the request. UnansweredRequest if the application raises ``SystemExit``."""
        operation = request_operation(*self._requests[0][:2])
        supervisor.watch(self._recording)
        try:
            with guarded(operation, supervisor.wait):
                self.run()
        except KeyboardInterrupt:
            supervisor.cut_off(self._cut_off(INTERRUPTED))
            raise
        if self.raised is not None and is_a(self.raised, SystemExit):
            sentence = str(fault(operation, self.raised))
            supervisor.cut_off(self._cut_off(sentence))
            raise UnansweredRequest(sentence) from self.raised

    def _cut_off(self, why: str) -> RequestTimeline:
        recording = self._recording
        timeline = RequestTimeline.cut_off(self._requests, recording.seconds, why)
        return recording.updates.filled_in(timeline)

    def run(self) -> None:
        """Make the request and store the response or exception. ``KeyboardInterrupt`` also passes."""
        try:
            self.response = self._client.respond(self._requests[0], self._recording)
            self.is_answered = True
        except BaseException as error:  # noqa: BLE001 - it is shown: see raised
            self._store(error)
        is_last = len(self._requests) == 1
        if is_last and (self.raised is None or is_a(self.raised, Exception)):
            try:
                self._client.close()
            except BaseException as error:  # noqa: BLE001
                self._store(error)

    def _store(self, error: BaseException) -> None:
        self.raised = raised = _no_group(error)
        if is_a(raised, Exception) and not self.is_answered:
            self.response = Response(SERVER_ERROR, None)
        if is_a(raised, KeyboardInterrupt):
            raise raised from None

    def timeline(self) -> RequestTimeline:
        """Return the response and the sends."""
        (method, path, *_), *following = self._requests
        error = None if self.raised is None else raised_error(self.raised)
        made = RequestTimeline(
            method,
            path,
            self.response.status,
            (),
            self._recording.seconds,
            self.response.body,
            error,
            propagated=not self.is_answered and error is not None,
            note=None if following else self._client.note,
            then=str(following[0]) if following else None,
        )
        whole = self._recording.updates.filled_in(made)
        listened = self._recording.listened() if whole.events else ()
        return whole._replace(events=with_look_alikes(whole.events, whole.changes, listened))


def _grouped(error: BaseException) -> Sequence[BaseException]:
    """Return the exceptions in a group, of Python or of its backport for 3.10."""
    descriptor = inherited(type(error), "exceptions")
    if type(descriptor) is MemberDescriptorType:
        grouped: Sequence[BaseException] = descriptor.__get__(error)
        return grouped
    own = attributes(error).get("_exceptions")
    return own if type(own) is tuple else ()


def _no_group(error: BaseException) -> BaseException:
    """Return the exception in a group that is no ``Exception``, such as one wrapped by a task group."""
    inner = (one for one in _grouped(error) if not is_a(one, Exception))
    found = next(inner, None)
    return error if found is None or is_a(error, Exception) else _no_group(found)
