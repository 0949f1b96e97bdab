"""One request to an application, without a server: every signal that is sent until it is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.errors import Unanswered
from signalcli.tracing.recorder import Recorder, Recording
from signalcli.tracing.traced_send import told
from signalcli.values.trace import RequestTimeline
from signalcli.web.clients import Answer, Asked, ask

if TYPE_CHECKING:
    from signalcli.errors import ApplicationError
    from signalcli.values.delivery import RaisedError

NO_ANSWER = 0
"""The status of a request whose connection just ends."""
WENT_AWAY = "GeneratorExit"
"""What ends a streamed response whose reader doesn't wait: no error of the application's."""
SERVER_ERROR = 500
"""What a server answers for an application that raises."""


class Limits(NamedTuple):
    """What a request keeps to in a process of ours."""

    seconds: float
    """How long it may take."""
    show: Callable[[RequestTimeline], object]
    """Shows what was sent so far of one that is cut off, in whatever thread."""


def request(
    app: Any,
    recorder: Recorder,
    method: str,
    path: str,
    data: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
    limits: Limits | None = None,
) -> RequestTimeline:
    """Make a request with the application's own test client, and tell what was sent.

    :param app: an application of Flask or Quart.
    :param recorder: what is in place to tell every send.
    :param data: the body of the request; without another header, that of a form.
    :param limits: what cuts it off; ``None`` where nothing may.
    :return: with the body of the response, where that is text. An exception that comes out of the
        application is part of it; only ``KeyboardInterrupt`` passes.
    :raises Unanswered: if it is cut off, when what was sent so far was shown.
    """
    body = None if data is None else data.encode("utf-8", "surrogateescape")
    asked = Asked(method, path, body, headers)
    under_way = _UnderWay(asked, recorder.recording(everywhere=True))
    if limits is None:
        under_way.ask(app)
    else:
        _cut_off(app, under_way, limits)
    return under_way.timeline()


class _UnderWay:
    """One request, and what came of it so far."""

    raised: BaseException | None = None
    """What came out of the application."""
    answer = Answer(NO_ANSWER, None)

    def __init__(self, asked: Asked, recording: Recording) -> None:
        self.asked = asked
        self._recording = recording

    def ask(self, app: Any) -> None:
        """Make it, and keep what comes; only ``KeyboardInterrupt`` passes as well."""
        try:
            self.answer = ask(app, self.asked, self._recording)
        except BaseException as error:  # noqa: BLE001 - it is shown: see raised
            self.raised = raised = _no_group(error)
            if isinstance(raised, Exception):
                self.answer = Answer(SERVER_ERROR, None)
            if isinstance(raised, KeyboardInterrupt):
                raise raised from None

    def timeline(self) -> RequestTimeline:
        """What was sent so far."""
        seconds = self._recording.seconds
        (method, path, *_), (status, body) = self.asked, self.answer
        error = None if self.raised is None else told(self.raised)
        return timeline(method, path, status, self._recording, seconds, body, error)


def _no_group(error: BaseException) -> BaseException:
    """What a group of exceptions was made for, if that is no error: a task group puts it into one."""
    inner = (one for one in getattr(error, "exceptions", ()) if not isinstance(one, Exception))
    found = next(inner, None)
    return error if found is None or isinstance(error, Exception) else _no_group(found)


def _cut_off(app: Any, under_way: _UnderWay, limits: Limits) -> None:
    """Make a request that can neither last for ever nor end the process.

    :raises Unanswered: if it wants to, when what was sent so far was shown; likewise
        ``KeyboardInterrupt``.
    """
    from signalcli.apps.ending import end_uncollected
    from signalcli.apps.forks import FORKS
    from signalcli.apps.hosting.faults import EndsProcess, OutOfTime, fault, requesting
    from signalcli.apps.hosting.guard import Limit, contained, only_this_process

    def show(error: ApplicationError) -> None:
        limits.show(under_way.timeline())

    step = requesting(under_way.asked.method, under_way.asked.path)
    limit = Limit(step, limits.seconds, show)
    forks = FORKS.count
    try:
        with contained(step, show), limit.running(), only_this_process():
            under_way.ask(app)
    except KeyboardInterrupt:
        limits.show(under_way.timeline())
        raise
    except OutOfTime as error:  # between two lines of ours
        under_way.raised = error
    raised = under_way.raised
    if limit.is_over or isinstance(raised, (EndsProcess, SystemExit)):
        late = limits.seconds if limit.is_over else None
        raised = raised or OutOfTime()  # the application answered to being interrupted
        reason = fault(step, raised, late=late, forked=FORKS.count > forks)
        limits.show(under_way.timeline())
        end_uncollected(raised)
        raise Unanswered(str(reason)) from raised


def timeline(
    method: str,
    path: str,
    status: int,
    recording: Recording,
    seconds: float,
    body: str | None = None,
    propagated: RaisedError | None = None,
) -> RequestTimeline:
    """What was sent in a request, and the exception that it met.

    :param propagated: what came out of the application.
    """
    events = recording.events
    met = (e.exception for e in events if e.exception and e.exception.type != WENT_AWAY)
    return RequestTimeline(
        method,
        path,
        status,
        events,
        seconds,
        body,
        propagated or next(met, None),
        propagated is not None,
    )
