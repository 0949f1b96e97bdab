"""The demo Flask application. Its views send every signal of Flask."""

from __future__ import annotations

import os
from collections.abc import Iterator

from flask import Flask, abort, flash, render_template_string, stream_with_context
from flask.signals import _signals
from flask.typing import RouteCallable
from werkzeug.wrappers import Response

from signalcli.signals.tracebacks import RECEIVER_FILES

RECEIVER_FILES.add(__file__)

FLASK_NAMESPACE = _signals
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
    """Render a template and flash a message."""
    flash("小钻风来报：有客到！")
    return render_template_string(PAGE, heading="花果山水帘洞")


def hello() -> str:
    """Return text, as the article's first view."""
    return "hello blinker"


def msg() -> str:
    """Send the application's own signal, msg."""
    MESSAGE.send(slogan="巡山")
    return "message sent"


def raises() -> str:
    """Raise an exception that nothing handles."""
    raise RuntimeError("洞主不在家")


def missing() -> str:
    """Answer with status 404."""
    abort(404)


def stream() -> Response:
    """Stream a response. The request lasts until the last line is sent."""

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
"""The views by path. Each accepts GET and POST."""


def create_app(testing: bool = False) -> Flask:
    """Return the demo application; if ``testing``, exceptions of views propagate, as under ``TESTING``."""
    app = Flask("demo")
    app.config.update(TESTING=testing, SECRET_KEY=os.urandom(16))
    app.logger.disabled = True  # the timeline shows what a view raised
    for path, view in ROUTES.items():
        app.add_url_rule(path, view_func=view, methods=["GET", "POST"])
    return app
