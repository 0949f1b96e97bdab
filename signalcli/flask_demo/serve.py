"""A server for an application on the loopback interface, and every request's own timeline."""

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

from signalcli.errors import UsageError
from signalcli.tracing.recorder import Recorder
from signalcli.tracing.traced_send import told
from signalcli.values.trace import RequestTimeline
from signalcli.web.request import NO_ANSWER, timeline

if TYPE_CHECKING:
    from flask import Flask

    from signalcli.values.delivery import RaisedError

HOST = "127.0.0.1"


class Serving:
    """The requests that a server answers, each when it is over.

    :param recorder: what is in place to tell every send.
    """

    def __init__(self, app: Flask, recorder: Recorder, listening: socket.socket) -> None:
        self._server = _Server(app, recorder, listening)

    @property
    def url(self) -> str:
        """Where the application is."""
        return f"http://{HOST}:{self._server.port}/"

    def __iter__(self) -> Iterator[RequestTimeline]:
        """Each request, as it ends; without an end."""
        while True:
            yield self._server.finished.get()

    def start(self) -> None:
        """Answer requests, in threads of their own."""
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()


@contextmanager
def serve(app: Flask, recorder: Recorder, port: int) -> Iterator[Serving]:
    """Serve an application on this machine only, while the block lasts.

    :param recorder: what tells every send.
    :param port: where; 0 is any that is free.
    :raises UsageError: if that can't be had.
    """
    try:
        listening = socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        raise UsageError(
            f"Port {port} of {HOST} can't be had: {os.strerror(error.errno or 0)}. "
            f"Take any that is free: --port 0"
        ) from error
    with listening, recorder:
        serving = Serving(app, recorder, listening)
        serving.start()
        try:
            yield serving
        finally:
            serving.stop()


class _Server(ThreadedWSGIServer):
    """A thread for each request, whose timeline is put into a queue when it is over."""

    def __init__(self, app: Flask, recorder: Recorder, listening: socket.socket) -> None:
        super().__init__(HOST, 0, app, handler=_Handler, fd=listening.fileno())
        self.recorder = recorder
        self.finished: SimpleQueue[RequestTimeline] = SimpleQueue()
        self.propagated: dict[int, RaisedError] = {}
        """By its thread, the exception that came out of the application."""
        self.ended: dict[int, float] = {}
        """By its thread, when the application had given the whole answer."""
        self.app = self._noting(app)

    def log(self, type: str, message: str, *args: Any) -> None:
        """The timeline tells it."""

    def _noting(self, app: Any) -> Any:
        """The application, whose exceptions are noted on their way to the server."""

        def noting(environ: Any, start_response: Any) -> Iterator[bytes]:
            response: Any = ()
            try:
                response = app(environ, start_response)
                yield from response
            except GeneratorExit:  # the client went away
                raise
            except BaseException as error:
                self.propagated[get_ident()] = told(error)
                raise
            finally:
                if hasattr(response, "close"):
                    response.close()
                self.ended[get_ident()] = perf_counter()  # the server waits some 10 ms for more

        return noting


class _Handler(WSGIRequestHandler):
    """One request."""

    server: _Server
    protocol_version = "HTTP/1.1"
    status = NO_ANSWER
    """Until an answer begins."""

    def run_wsgi(self) -> None:
        server, recorder = self.server, self.server.recorder
        started = perf_counter()
        with recorder.told_apart(), recorder.recording() as recording:
            try:
                super().run_wsgi()
            except BaseException:  # noqa: BLE001 - it ends this request, whose timeline tells it
                self.close_connection = True
        seconds = round((server.ended.pop(get_ident(), None) or perf_counter()) - started, 9)
        error = server.propagated.pop(get_ident(), None)
        method, path = _sent_text(self.command), _sent_text(self.path)
        server.finished.put(
            timeline(method, path, self.status, recording, seconds, propagated=error)
        )

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Called with the status of the answer, as soon as that is known."""
        self.status = int(code)

    def log(self, type: str, message: str, *args: Any) -> None:
        """The timeline tells it."""


def _sent_text(line: str) -> str:
    """What a client sent, which Python's server reads as Latin-1: its bytes as UTF-8."""
    return line.encode("latin-1").decode("utf-8", "surrogateescape")
