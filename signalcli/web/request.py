"""One request to an application, without a server: every signal that is sent until it is over."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from signalcli.timeline import RequestTimeline
from signalcli.tracing import Recorder, Recording
from signalcli.underway import told

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import EnvironBuilder

    from signalcli.model import RaisedError

NO_ANSWER = 0
"""The status of a request whose connection just ends."""
FORM = "application/x-www-form-urlencoded"
WENT_AWAY = "GeneratorExit"
"""What ends a streamed response whose reader doesn't wait: no error of the application's."""
SERVER_ERROR = 500
"""What a server answers for an application that raises."""


def request(
    app: Flask,
    recorder: Recorder,
    method: str,
    path: str,
    data: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> RequestTimeline:
    """Make a request with the application's own test client, and tell what was sent.

    :param recorder: what is in place to tell every send.
    :param data: the body of the request; without another header, that of a form.
    :return: with the body of the response, where that is text. An exception that comes out of the
        application is part of it; only ``KeyboardInterrupt`` passes.
    """
    client = app.test_client()
    sent = _request_of(app, method, path, data, headers)
    body = error = None
    status = NO_ANSWER
    started = perf_counter()
    with recorder.recording(everywhere=True) as recording:
        try:
            response = client.open(sent, buffered=True)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # noqa: BLE001 - it is shown: see error
            error = told(raised)
            status = SERVER_ERROR if isinstance(raised, Exception) else NO_ANSWER
        else:
            status = response.status_code
            body = _text(response.get_data(), response.mimetype_params.get("charset"))
    seconds = round(perf_counter() - started, 9)
    return timeline(method, path, status, recording, seconds, body, error)


def _request_of(
    app: Flask, method: str, path: str, data: str | None, headers: Sequence[tuple[str, str]]
) -> EnvironBuilder:
    """What the test client is to send."""
    from flask.testing import EnvironBuilder

    has_type = any(name.lower() == "content-type" for name, _ in headers)
    before, _, query = path.partition("?")
    request = EnvironBuilder(
        app,
        method=method,
        query_string=query,
        data=None if data is None else data.encode("utf-8", "surrogateescape"),
        headers=list(headers),
        content_type=None if has_type or data is None else FORM,
    )
    request.path = before  # given before, // would begin the name of a host
    return request


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


def _text(content: bytes, charset: str | None) -> str | None:
    try:
        return content.decode(charset or "utf-8")
    except (UnicodeDecodeError, LookupError):  # it is no text: an image, an archive
        return None
