"""The demo application: small, real Flask, and the sender of every signal that Flask has."""

from __future__ import annotations

import os
from collections.abc import Iterator

from flask import Flask, abort, flash, render_template_string, stream_with_context
from flask.signals import _signals
from flask.typing import RouteCallable
from werkzeug.wrappers import Response

FLASK_NAMESPACE = _signals
"""The namespace of Flask's own ten signals."""
MESSAGE = FLASK_NAMESPACE.signal("msg", doc="A message came to /msg.")
"""The application's own signal, in Flask's namespace as in the article."""

PAGE = """\
<!doctype html>
<html lang="zh">
<title>花果山</title>
{% for message in get_flashed_messages() %}<p>{{ message }}</p>
{% endfor %}<h1>{{ heading }}</h1>
</html>
"""


def index() -> str:
    """A template, and a flash."""
    flash("小钻风来报：有客到！")
    return render_template_string(PAGE, heading="花果山水帘洞")


def hello() -> str:
    """Text, as in the article's first view."""
    return "hello blinker"


def msg() -> str:
    """Sends the application's own signal, msg."""
    MESSAGE.send(slogan="巡山")
    return "message sent"


def raises() -> str:
    """Raises, and nothing handles it."""
    raise RuntimeError("洞主不在家")


def missing() -> str:
    """Answers 404."""
    abort(404)


def stream() -> Response:
    """A streamed response, whose request lasts until the last line is out."""

    def lines() -> Iterator[str]:
        for mountain in ("花果山", "狮驼岭", "火焰山"):
            yield f"{mountain}\n"

    return Response(stream_with_context(lines()), mimetype="text/plain")


ROUTES: dict[str, RouteCallable] = {
    "/": index,
    "/hello": hello,
    "/msg": msg,
    "/raises": raises,
    "/missing": missing,
    "/stream": stream,
}
"""The views by their paths; each takes GET and POST."""


def create_app(testing: bool = False) -> Flask:
    """The demo application.

    :param testing: whether an exception of a view comes out of it, as under ``TESTING``, instead of
        being answered with status 500.
    """
    app = Flask("demo")
    app.config.update(TESTING=testing, SECRET_KEY=os.urandom(16))
    app.logger.disabled = True  # the timeline tells what a view raised
    for path, view in ROUTES.items():
        app.add_url_rule(path, view_func=view, methods=["GET", "POST"])
    return app
