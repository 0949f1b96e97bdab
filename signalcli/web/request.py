"""One request to an application, without a server: every signal that is sent until it is over."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from signalcli.timeline import RequestTimeline
from signalcli.tracing import Recorder, Recording, told

if TYPE_CHECKING:
    from flask import Flask

    from signalcli.model import RaisedError

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
    body_sent = None if data is None else data.encode("utf-8", "surrogateescape")
    form = "application/x-www-form-urlencoded" if data is not None else None
    if any(name.lower() == "content-type" for name, _ in headers):
        form = None
    body = error = None
    status = SERVER_ERROR
    started = perf_counter()
    with recorder.recording(everywhere=True) as recording:
        try:
            response = client.open(
                path,
                method=method,
                data=body_sent,
                headers=list(headers),
                content_type=form,
                buffered=True,
            )
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # noqa: BLE001 - it is shown: see error
            error = told(raised)
        else:
            status = response.status_code
            body = _text(response.get_data(), response.mimetype_params.get("charset"))
    seconds = round(perf_counter() - started, 9)
    return timeline(method, path, status, recording, seconds, body, error)


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
    met = (event.exception for event in events if event.exception is not None)
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
