"""One request to an application, without a server: every signal that is sent until it is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from signalcli.timeline import RequestTimeline
from signalcli.tracing import Recorder, Recording
from signalcli.underway import told
from signalcli.web.clients import Answer, Asked, ask

if TYPE_CHECKING:
    from signalcli.model import RaisedError

NO_ANSWER = 0
"""The status of a request whose connection just ends."""
WENT_AWAY = "GeneratorExit"
"""What ends a streamed response whose reader doesn't wait: no error of the application's."""
SERVER_ERROR = 500
"""What a server answers for an application that raises."""


def request(
    app: Any,
    recorder: Recorder,
    method: str,
    path: str,
    data: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> RequestTimeline:
    """Make a request with the application's own test client, and tell what was sent.

    :param app: an application of Flask or Quart.
    :param recorder: what is in place to tell every send.
    :param data: the body of the request; without another header, that of a form.
    :return: with the body of the response, where that is text. An exception that comes out of the
        application is part of it; only ``KeyboardInterrupt`` passes.
    """
    body = None if data is None else data.encode("utf-8", "surrogateescape")
    asked = Asked(method, path, body, headers)
    error = None
    recording = recorder.recording(everywhere=True)
    try:
        answer = ask(app, asked, recording)
    except KeyboardInterrupt:
        raise
    except BaseException as raised:  # noqa: BLE001 - it is shown: see error
        error = told(raised)
        answer = Answer(SERVER_ERROR if isinstance(raised, Exception) else NO_ANSWER, None)
    return timeline(method, path, answer.status, recording, recording.seconds, answer.body, error)


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
