"""The test clients of applications: one request, without a server."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from flask.testing import EnvironBuilder

FORM = "application/x-www-form-urlencoded"


class Asked(NamedTuple):
    """What is asked of an application."""

    method: str
    path: str
    """With the query, if there is one."""
    data: bytes | None = None
    headers: Sequence[tuple[str, str]] = ()

    @property
    def content_type(self) -> str | None:
        """That of a body for which none was given: a form's."""
        has_type = any(name.lower() == "content-type" for name, _ in self.headers)
        return None if has_type or self.data is None else FORM


class Answer(NamedTuple):
    """What an application answered."""

    status: int
    body: str | None
    """``None`` if it is no text."""


def ask(app: Any, asked: Asked, during: AbstractContextManager[object]) -> Answer:
    """Ask an application of Flask or Quart by its own test client.

    Whatever the application raises comes out.

    :param during: entered for the request itself, and not for the start and the end of the application.
    """
    client = app.test_client()
    if inspect.iscoroutinefunction(client.open):
        import asyncio

        return asyncio.run(_ask_quart(app, asked, during))
    with during:
        response = client.open(_flask_request(app, asked), buffered=True)
    return _answer(response, response.get_data())


async def _ask_quart(app: Any, asked: Asked, during: AbstractContextManager[object]) -> Answer:
    """Ask it between its start and its end, and wait for what it does in the background."""
    import asyncio
    from urllib.parse import quote

    headers = list(asked.headers)
    if asked.content_type is not None:
        headers.append(("Content-Type", asked.content_type))
    path, mark, query = asked.path.partition("?")
    async with app.test_app() as running:
        with during:
            response = await running.test_client().open(
                path + mark + quote(query, safe="/:?#[]@!$&'()*+,;=%~"),  # it takes ASCII only
                method=asked.method,
                headers=headers,
                data=asked.data,
            )
            content = await response.get_data(as_text=False)
            await asyncio.gather(*app.background_tasks, return_exceptions=True)
        return _answer(response, content)


def _flask_request(app: Any, asked: Asked) -> EnvironBuilder:
    """What the test client of Flask is to send."""
    from flask.testing import EnvironBuilder

    before, _, query = asked.path.partition("?")
    request = EnvironBuilder(
        app,
        method=asked.method,
        query_string=query,
        data=asked.data,
        headers=list(asked.headers),
        content_type=asked.content_type,
    )
    request.path = before  # given before, // would begin the name of a host
    return request


def _answer(response: Any, content: bytes) -> Answer:
    charset = response.mimetype_params.get("charset")
    try:
        return Answer(response.status_code, content.decode(charset or "utf-8"))
    except (UnicodeDecodeError, LookupError):  # it is no text: an image, an archive
        return Answer(response.status_code, None)
