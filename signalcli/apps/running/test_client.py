"""Make requests with the test client of the application's own ecosystem.

Flask and Quart have one each. Other applications of WSGI get that of werkzeug, or else of httpx; those
of ASGI get that of httpx. All are imported from the application's environment.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from functools import cached_property, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from signalcli.apps.importing.web_interfaces import Interface, interface_of
from signalcli.errors import ApplicationError
from signalcli.language.phrases import phrase
from signalcli.signals.tracebacks import describe_error

if TYPE_CHECKING:
    from signalcli.values.trace import Request

HOST = "http://localhost"
GRACE = 1.0
"""seconds for tasks to end after they are cancelled."""
NO_LIFESPAN = phrase(
    "The startup and shutdown of the application (its lifespan) are not run: httpx doesn't run them."
)

During = AbstractContextManager[object]
"""Entered while a request is made, but not for what comes before and after it."""


class Response(NamedTuple):
    """The response of an application."""

    status: int
    body: str | None
    """``None`` if it is not text."""


class Client:
    """A client that keeps the cookies of its requests. Exceptions of the application pass."""

    note: str | None = None
    """A sentence about what it leaves out."""

    def respond(self, request: Request, during: During) -> Response:
        """Make a request, after what the application does at its start."""
        raise NotImplementedError

    def close(self) -> None:
        """Let the application do what it does at its end."""

    def abandon(self) -> None:
        """Cancel what still runs, instead."""


def client_of(app: Any) -> Client:
    """Return a client of an application, without running any of its code.

    :raises ApplicationError: if what makes requests can't be imported.
    """
    interface = interface_of(app)
    try:
        return _client_of(app, interface)
    except Exception as error:
        is_missing = isinstance(error, ModuleNotFoundError) and error.name == "httpx"
        problem = ApplicationError(
            _NOT_INSTALLED if is_missing else _NOT_IMPORTED,
            interface=interface,
            package=_maker(interface),
            error=describe_error(error),
        )
        if is_missing:
            raise problem from None
        raise problem from error


_NOT_INSTALLED = phrase(
    "Requests to an application of {interface} are made by {package}, which is not installed in the "
    "application's environment. Install it there: pip install httpx"
)
_NOT_IMPORTED = phrase(
    "Requests to an application of {interface} are made by {package}, which can't be imported: {error}"
)


def _maker(interface: Interface | None) -> str:
    """Return the package that makes requests to an application."""
    if interface == "WSGI" and find_spec("werkzeug") is not None:
        return "werkzeug"
    return {"Flask": "flask", "Quart": "quart"}.get(str(interface), "httpx")


def _client_of(app: Any, interface: Interface | None) -> Client:
    if interface == "Flask":
        from flask.testing import EnvironBuilder

        return _WerkzeugClient(lambda: app.test_client(), partial(EnvironBuilder, app))
    if interface == "Quart":
        return _QuartClient(app)
    if interface == "ASGI":
        return _AsyncHttpxClient(app)
    if _maker(interface) == "httpx":
        return _HttpxClient(app)
    from werkzeug import test

    return _WerkzeugClient(lambda: test.Client(app), test.EnvironBuilder)


class _WerkzeugClient(Client):
    """A client of werkzeug, from which Flask's is derived."""

    def __init__(self, open_client: Callable[[], Any], builder: Callable[..., Any]) -> None:
        self._open_client = open_client
        self._builder = builder

    @cached_property
    def _client(self) -> Any:
        return self._open_client()

    def respond(self, request: Request, during: During) -> Response:
        path, _, query = request.path.partition("?")
        builder = self._builder(
            method=request.method,
            query_string=query,
            data=request.content,
            headers=list(request.headers),
        )
        builder.path = path  # set afterwards, because a leading // would start a host name
        client = self._client
        with during:
            response = client.open(builder, buffered=True)
        return _response_of(response, response.get_data())


class _HttpxClient(Client):
    """A client of httpx for WSGI."""

    def __init__(self, app: Any) -> None:
        import httpx

        self._client = httpx.Client(transport=httpx.WSGITransport(app=app), trust_env=False)

    def respond(self, request: Request, during: During) -> Response:
        with during:
            response = self._client.request(**_httpx_request(request))
        return _text_of(response.status_code, response.content, response.charset_encoding)

    def close(self) -> None:
        self._client.close()


class _EventLoop:
    """One event loop for all requests of a client."""

    def __init__(self) -> None:
        import asyncio

        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine to its end, and other tasks meanwhile. Ctrl-C cancels all."""
        try:
            return self._loop.run_until_complete(work)
        except KeyboardInterrupt:
            self.cancel()
            raise

    def close(self) -> None:
        """End what still runs, as ``asyncio.run`` does."""
        for end in (
            self._cancelled,
            self._loop.shutdown_asyncgens,
            self._loop.shutdown_default_executor,
        ):
            self.run(end())
        self._loop.close()

    def cancel(self) -> None:
        """Cancel all tasks, and wait for them a little. asyncio logs nothing about them."""
        if not self._loop.is_closed():
            self._loop.set_exception_handler(lambda loop, context: None)
            self._loop.run_until_complete(self._cancelled())
            self._loop.close()

    async def _cancelled(self) -> None:
        import asyncio

        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)  # a task may catch its cancellation


class _AsyncHttpxClient(Client):
    """A client of httpx for ASGI."""

    note = NO_LIFESPAN

    def __init__(self, app: Any) -> None:
        import httpx

        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), trust_env=False)
        self._loop = _EventLoop()

    def respond(self, request: Request, during: During) -> Response:
        with during:
            response = self._loop.run(self._client.request(**_httpx_request(request)))
        return _text_of(response.status_code, response.content, response.charset_encoding)

    def close(self) -> None:
        self._loop.run(self._client.aclose())
        self._loop.close()

    def abandon(self) -> None:
        self._loop.cancel()


class _QuartClient(Client):
    """The client of Quart, between the application's startup and shutdown."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._loop = _EventLoop()

    @cached_property
    def _running(self) -> Any:
        return self._loop.run(self._app.test_app().__aenter__())

    @cached_property
    def _client(self) -> Any:
        return self._running.test_client()

    def respond(self, request: Request, during: During) -> Response:
        client = self._client
        with during:
            response, content = self._loop.run(self._response(client, request))
        return _response_of(response, content)

    async def _response(self, client: Any, request: Request) -> tuple[Any, bytes]:
        """Make a request, and wait for background tasks."""
        import asyncio

        path, mark, query = request.path.partition("?")
        response = await client.open(
            path + mark + _quoted(query),  # Quart takes ASCII only
            method=request.method,
            headers=list(request.headers),
            data=request.content,
        )
        content = await response.get_data(as_text=False)
        await asyncio.gather(*self._app.background_tasks, return_exceptions=True)
        return response, content

    def close(self) -> None:
        if "_running" in vars(self):  # otherwise its startup raised
            self._loop.run(self._running.__aexit__(None, None, None))
        self._loop.close()

    def abandon(self) -> None:
        self._loop.cancel()


def _httpx_request(request: Request) -> dict[str, Any]:
    path, mark, query = request.path.partition("?")
    return {
        "method": request.method,
        "url": HOST + path.replace("#", "%23") + mark + _quoted(query),
        "content": request.content,
        "headers": list(request.headers),
    }


def _quoted(query: str) -> str:
    return quote(query, safe="/?:[]@!$&'()*+,;=%~", errors="surrogateescape")


def _response_of(response: Any, content: bytes) -> Response:
    charset = response.mimetype_params.get("charset")
    return _text_of(response.status_code, content, charset)


def _text_of(status: int, content: bytes, charset: str | None) -> Response:
    try:
        return Response(status, content.decode(charset or "utf-8"))
    except (UnicodeDecodeError, LookupError):  # not text: an image, an archive
        return Response(status, None)
