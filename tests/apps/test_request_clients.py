"""``trace request`` of applications that are neither Flask's nor Quart's, of WSGI and of ASGI."""

from __future__ import annotations

import functools
from typing import Any

import click
import flask
import pytest
import quart
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from werkzeug.local import LocalProxy
from werkzeug.middleware.proxy_fix import ProxyFix

from signalcli.apps.importing.web_interfaces import interface_of
from tests.support.cli import SignalCli
from tests.support.environments import hide_packages
from tests.support.histories import documents

pytestmark = pytest.mark.slow


def wsgi(environ: Any, start_response: Any) -> Any: ...


@functools.wraps(wsgi)
def wrapped(*arguments: Any) -> Any: ...


async def asgi(scope: Any, receive: Any, send: Any) -> None: ...


def factory(settings: Any, name: Any) -> Any: ...


@pytest.mark.parametrize(
    ("value", "interface"),
    [
        (flask.Flask("shop"), "Flask"),
        (quart.Quart("shop"), "Quart"),
        (Starlette(), "ASGI"),
        (CORSMiddleware(asgi), "ASGI"),
        (ProxyFix(wsgi), "WSGI"),
        (asgi, "ASGI"),
        (wsgi, "WSGI"),
        (wrapped, "WSGI"),
        (factory, None),
        (click.Command("shop"), None),
        (flask.current_app, None),
        (flask.Flask, None),
        (len, None),
        (None, None),
    ],
    ids=lambda value: type(value).__name__,  # pytest's own would run the proxy
)
def test_the_interface_of_an_application_is_known_without_running_it(
    value: object, interface: str | None
) -> None:
    assert interface_of(value) == interface


def test_a_proxy_makes_no_object_to_be_recognised() -> None:
    made: list[object] = []
    proxy = LocalProxy(lambda: made.append(flask.Flask("shop")))

    assert (interface_of(proxy), made) == (None, [])


STARLETTE = """\
from contextlib import asynccontextmanager
from blinker import signal
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse
from starlette.routing import Route

ordered = signal("ordered")

@ordered.connect
async def ship(sender, item):
    return item

async def order(request):
    document = await request.json()
    await ordered.send_async("shop", item=document["item"])
    answer = [request.cookies.get("user"), request.query_params.get("q"), document]
    response = JSONResponse(answer, background=BackgroundTask(later))
    response.set_cookie("user", "king")
    return response

async def later():
    await ordered.send_async("later", item="late")

def fails(request):
    ordered.send("thread", item=1, _async_wrapper=lambda receiver: lambda *a, **k: None)
    raise ValueError("no")

@asynccontextmanager
async def lifespan(app):
    raise SystemExit("the lifespan is not run")

routes = [Route("/order", order, methods=["POST"]), Route("/fails", fails)]
app = Starlette(routes=routes, lifespan=lifespan)

async def application(scope, receive, send):
    await app(scope, receive, send)
"""

DJANGO = """\
from blinker import signal
from django import setup
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="x",
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
)
setup()

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

def order(request):
    signal("ordered").send("shop", item=request.POST.get("item"))
    before = request.session.get("user")
    request.session["user"] = request.headers.get("X-User")
    return HttpResponse(f"{before} {request.GET.get('q')}")

urlpatterns = [path("order", order)]
application = get_wsgi_application()
asgi = get_asgi_application()
"""

PLAIN = """\
from blinker import signal

def application(environ, start_response):
    signal("ordered").send(environ["REQUEST_METHOD"])
    body = environ["wsgi.input"].read().decode()
    answer = [environ.get("HTTP_COOKIE"), environ["QUERY_STRING"], environ.get("CONTENT_TYPE"), body]
    start_response("201 Created", [("Content-Type", "text/plain"), ("Set-Cookie", "user=king; Path=/")])
    return [repr(answer).encode()]

class Class:
    def __call__(self, environ, start_response):
        return application(environ, start_response)

instance = Class()
"""

LIFESPAN = "The startup and shutdown of the application (its lifespan) are not run: httpx doesn't run them.\n"


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    for name, code in (("star", STARLETTE), ("django_shop", DJANGO), ("plain", PLAIN)):
        signalcli.write(f"{name}.py", code)
    return signalcli


def timelines(shop: SignalCli, app: str, *words: str) -> list[Any]:
    result = shop.ok("--app", app, "trace", *words, "--json")
    return documents(result.stdout)


def answers(shop: SignalCli, app: str, *words: str) -> list[tuple[int, str]]:
    return [(one["status"], one["body"]) for one in timelines(shop, app, *words)]


@pytest.mark.parametrize("app", ["star", "star:application"])
def test_starlette_is_asked_in_one_event_loop(shop: SignalCli, app: str) -> None:
    first, second = timelines(
        shop, app, "/order", "q==大", "item=a", "--then", "/order?q=象 item:=[2]"
    )

    assert (first["status"], first["body"]) == (200, '[null,"大",{"item":"a"}]')
    assert (second["status"], second["body"]) == (200, '["king","象",{"item":[2]}]')
    sent = [(event["sender"], event["calls"][0]["value"]) for event in first["events"]]
    assert sent == [("shop", "a"), ("later", "late")]


def test_a_note_says_that_the_lifespan_of_asgi_is_not_run(shop: SignalCli) -> None:
    traced = shop.ok("--app", "star", "trace", "/order", "item=1", "--then", "/order item=2")

    assert traced.stderr == LIFESPAN
    assert "── POST /order ──" in traced.stdout


def test_what_a_view_of_starlette_raises_is_shown(shop: SignalCli) -> None:
    (timeline,) = timelines(shop, "star", "/fails")

    error = {"type": "ValueError", "message": "no", "where": "star.py:27"}
    assert (timeline["status"], timeline["error"], timeline["propagated"]) == (500, error, True)
    assert [event["sender"] for event in timeline["events"]] == ["thread"]


@pytest.mark.parametrize("app", ["django_shop", "django_shop:application", "django_shop:asgi"])
def test_django_is_asked_with_its_session(shop: SignalCli, app: str) -> None:
    made = timelines(
        shop, app, "/order?q=1", "item=a", "X-User:king", "--form", "--then", "/order q==大"
    )

    assert [one["body"] for one in made] == ["None 1", "king 大"]
    assert [one["events"][0]["signal"] for one in made] == ["ordered", "ordered"]


@pytest.mark.parametrize("missing", ["", "werkzeug", "httpx"])
@pytest.mark.parametrize("app", ["plain", "plain:instance"])
def test_any_callable_of_wsgi_is_asked_by_werkzeug_or_httpx(
    shop: SignalCli, app: str, missing: str
) -> None:
    hide_packages(shop, missing)

    asked = answers(shop, app, "PUT", "//a b?q=1", "item=a", "--then", "--form /a q==大 item=b")

    assert asked == [
        (201, """[None, 'q=1', 'application/json', '{"item": "a"}']"""),
        (201, "['user=king', 'q=%E5%A4%A7', 'application/x-www-form-urlencoded', 'item=b']"),
    ]


@pytest.mark.parametrize(
    ("app", "missing", "interface"),
    [("star", ("httpx",), "ASGI"), ("plain", ("httpx", "werkzeug", "flask"), "WSGI")],
)
def test_what_makes_the_requests_may_be_missing(
    shop: SignalCli, app: str, missing: tuple[str, ...], interface: str
) -> None:
    hide_packages(shop, *missing)

    assert shop.refused(f"--app {app} trace /order", 4) == (
        f"Requests to an application of {interface} are made by httpx, which is not installed "
        f"in the application's environment. Install it there: pip install httpx"
    )


def test_what_makes_the_requests_may_be_broken(shop: SignalCli) -> None:
    hide_packages(shop, "idna")

    refused = shop("--app", "star", "trace", "/order")

    assert (refused.status, refused.stdout) == (4, "")
    assert refused.stderr.startswith(
        "Error: Requests to an application of ASGI are made by httpx, which can't be imported: "
        "ModuleNotFoundError: No module named 'idna'. Install what is missing for /"
    )
