"""A Flask program without signalcli, which records the signals of requests in order.

Run as a script, it reads requests as JSON from standard input and writes what became of each. Its
application has the routes of the demo application, written anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextvars import copy_context
from typing import Any, NamedTuple

TEN = (
    *("appcontext-pushed", "request-started", "message-flashed", "before-render-template"),
    *("template-rendered", "got-request-exception", "request-finished", "request-tearing-down"),
    *("appcontext-tearing-down", "appcontext-popped"),
)


# Python looks for modules with a finder that finds neither of these two, as if they were not installed.


class Asked(NamedTuple):
    """One request to a fresh application."""

    path: str
    testing: bool = False
    raising: str | None = None
    """The signal whose receiver raises."""
    coroutine: str | None = None
    """The signal to which a coroutine function is connected."""


class Answered(NamedTuple):
    """The answer to a request."""

    status: int
    propagated: str | None
    """The type of the exception that came out of the application."""
    body: str
    order: list[str]
    keys: list[list[str]]
    """The keys of each send's payload."""


def ask(*asked: Asked) -> list[Answered]:
    """Make requests, in a process of plain Flask."""
    completed = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(asked),
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return [Answered(*answer) for answer in json.loads(completed.stdout)]


def _application(testing: bool) -> Any:
    from flask import (
        Flask,
        Response,
        abort,
        flash,
        render_template_string,
        signals,
        stream_with_context,
    )

    app = Flask("plain")
    app.config.update(TESTING=testing, SECRET_KEY="secret")
    app.logger.disabled = True

    @app.route("/")
    def index() -> str:
        flash("news")
        return render_template_string("{{ get_flashed_messages() }}")

    @app.route("/hello")
    def hello() -> str:
        return "hello blinker"

    @app.route("/msg")
    def msg() -> str:
        signals._signals.signal("msg").send(slogan="patrol")
        return "message sent"

    @app.route("/raises")
    def raises() -> str:
        raise RuntimeError("nobody is at home")

    @app.route("/missing")
    def missing() -> str:
        abort(404)

    @app.route("/stream")
    def stream() -> Any:
        def lines() -> Iterator[str]:
            yield from ("a\n", "b\n", "c\n")

        return Response(stream_with_context(lines()))

    return app


def _answer(asked: Asked) -> Answered:
    from flask import signals

    namespace = signals._signals
    reported: list[tuple[str, list[str]]] = []
    connected: list[tuple[Any, Any]] = []

    def connect(name: str, receiver: Any) -> None:
        namespace.signal(name).connect(receiver)
        connected.append((namespace.signal(name), receiver))

    def noting(name: str) -> Any:
        def note(sender: object, /, **payload: object) -> None:
            reported.append((name, list(payload)))
            if name == asked.raising:
                raise RuntimeError("a receiver raised")

        return note

    async def wait(sender: object, /, **payload: object) -> str:
        return "awaited"

    for name in (*TEN, "msg"):
        connect(name, noting(name))
    if asked.coroutine is not None:
        connect(asked.coroutine, wait)
    status, propagated, body = 500, None, ""
    try:
        response = _application(asked.testing).test_client().get(asked.path, buffered=True)
        status, body = response.status_code, response.get_data(as_text=True)
    except Exception as error:  # noqa: BLE001 - it is reported
        propagated = type(error).__name__
    for signal, receiver in connected:
        signal.disconnect(receiver)
    return Answered(
        status, propagated, body, [name for name, _ in reported], [k for _, k in reported]
    )


if __name__ == "__main__":
    requests = [Asked(*each) for each in json.load(sys.stdin)]
    json.dump([copy_context().run(_answer, each) for each in requests], sys.stdout)
