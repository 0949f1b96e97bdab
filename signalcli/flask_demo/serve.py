"""Serve an application on the loopback interface, and record a timeline of each request."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread, get_ident
from time import perf_counter
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from signalcli.apps.running.request import NO_RESPONSE
from signalcli.errors import UsageError
from signalcli.language.phrases import phrase
from signalcli.signals.tracebacks import raised_error
from signalcli.tracing.recorder import Recorder
from signalcli.values.trace import RequestTimeline

if TYPE_CHECKING:
    from flask import Flask

    from signalcli.values.delivery import RaisedError

HOST = "127.0.0.1"


@contextmanager
def serve_app(app: Flask, recorder: Recorder, port: int) -> Iterator[RequestServer]:
    """Serve an application on this machine until the block ends. UsageError if the port can't be used."""
    try:
        listening = socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        raise UsageError(
            "Port {port} of {host} can't be used: {reason}. To use any free port: {option}",
            port=port,
            host=HOST,
            reason=phrase(os.strerror(error.errno or 0)),
            option="--port 0",
        ) from error
    with listening, recorder:
        server = RequestServer(app, recorder, listening)
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


class RequestServer(ThreadedWSGIServer):
    """A server with a thread for each request. Iterate over it for their timelines, without end."""

    def __init__(self, app: Flask, recorder: Recorder, listening: socket.socket) -> None:
        super().__init__(HOST, 0, app, handler=_Handler, fd=listening.fileno())
        self.recorder = recorder
        self.finished: SimpleQueue[RequestTimeline] = SimpleQueue()
        self.propagated: dict[int, RaisedError] = {}
        """The exception that the application raised, by thread."""
        self.ended: dict[int, float] = {}
        """The time at which the application had given the whole response, by thread."""
        self.app = self._observed(app)

    def __iter__(self) -> Iterator[RequestTimeline]:
        while True:
            yield self.finished.get()

    @property
    def url(self) -> str:
        """The address of the application."""
        return f"http://{HOST}:{self.port}/"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing: the timeline shows requests."""

    def _observed(self, app: Any) -> Any:
        """Wrap the application, to keep its exceptions and the time of its last output."""

        def observed(environ: Any, start_response: Any) -> Iterator[bytes]:
            response: Any = ()
            try:
                response = app(environ, start_response)
                yield from response
            except GeneratorExit:  # the client went away
                raise
            except BaseException as error:
                self.propagated[get_ident()] = raised_error(error)
                raise
            finally:
                if hasattr(response, "close"):
                    response.close()
                self.ended[get_ident()] = perf_counter()  # the server waits 10 ms for more data

        return observed


class _Handler(WSGIRequestHandler):
    """One request."""

    server: RequestServer
    protocol_version = "HTTP/1.1"
    status = NO_RESPONSE
    """Until a response begins."""

    def run_wsgi(self) -> None:
        server, recorder = self.server, self.server.recorder
        started = perf_counter()
        with recorder.separated(), recorder.recording() as recording:
            try:
                super().run_wsgi()
            except BaseException:  # noqa: BLE001 - it ends this request only
                self.close_connection = True
        seconds = round((server.ended.pop(get_ident(), None) or perf_counter()) - started, 9)
        error = server.propagated.pop(get_ident(), None)
        method, path = _sent_text(self.command), _sent_text(self.path)
        answered = method, path, self.status, (), seconds, None, error, error is not None
        server.finished.put(recording.updates.filled_in(RequestTimeline(*answered)))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep the status of the response. The base class calls this as soon as it is known."""
        self.status = int(code)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing: the timeline shows requests."""


def _sent_text(line: str) -> str:
    """Decode as UTF-8 what a client sent: Python's server decoded it as Latin-1."""
    return line.encode("latin-1").decode("utf-8", "surrogateescape")
