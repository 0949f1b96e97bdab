"""``signalcli doctor``: senders that are proxies, classes and instances, and similar code that is correct."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import SignalCli
from tests.support.doctor import Case, examined, finds, traced

pytestmark = pytest.mark.slow

GET_OBJECT = "Use the object itself as the sender: current_app._get_current_object()."
NOT_ITS_OBJECT = "a proxy is another sender than its object"
CURRENT = "from flask import current_app\n"


def proxy(message: str, code: str, receiver: str | None = "shop.hear", **other: str) -> Case:
    where = None if receiver is None else "shop.py:8"
    case = Case(code, "sender-is-proxy", receiver, where, message, GET_OBJECT)
    return case._replace(**other)


PROXIES = {
    "a send from current_app": proxy(
        "shop.hear listens only to <Flask 'shop'>, but the only send of king came from the proxy "
        f"current_app: {NOT_ITS_OBJECT}.",
        f"{CURRENT}@king.connect_via(app)\ndef hear(sender, **p): ...\ndef act(): king.send(current_app)",
    ),
    "one of several, which a receiver of ANY hears": proxy(
        "shop.hear listens only to <Flask 'shop'>, but 1 of the 2 sends of king came from the proxy "
        f"current_app: {NOT_ITS_OBJECT}.",
        f"{CURRENT}@king.connect_via(app)\ndef hear(sender): ...\n@king.connect\ndef all(sender): ...\n"
        "def act(): king.send(current_app), king.send(app)",
    ),
    "a connection to current_app": proxy(
        f"shop.hear listens to the proxy current_app: {NOT_ITS_OBJECT}, so no send of king from the "
        "object calls it.",
        f"{CURRENT}@king.connect_via(current_app)\ndef hear(sender): ...\ndef act(): king.send(app)",
    ),
    "a proxy of another kind": proxy(
        "shop.hear listens only to <shop.Model object>, but the only send of king came from the proxy "
        f"lazy: {NOT_ITS_OBJECT}.",
        "class Model: ...\n@king.connect_via(it := Model())\ndef hear(sender): ...\n"
        "class Lazy:\n    __class__ = property(lambda self: Model)\nlazy = Lazy()\n"
        "def act(): king.send(lazy)",
        remedy="Use the object itself as the sender, not its proxy.",
    ),
    "several proxies": proxy(
        "shop.hear listens only to <Flask 'shop'>, but the 3 sends of king came from the proxy current_app, "
        f"the proxy request: {NOT_ITS_OBJECT}.",
        "from flask import current_app, request\n@king.connect_via(app)\ndef hear(sender): ...\n"
        "def act(): king.send(current_app), king.send(request), king.send(request)",
        remedy="Use the object itself as the sender, not its proxy.",
    ),
    "both": proxy(
        f"shop.hear listens to the proxy current_app: {NOT_ITS_OBJECT}, so no send of king from the "
        "object calls it.",
        f"{CURRENT}@king.connect_via(current_app)\ndef hear(sender): ...\n"
        "def act(): king.send(current_app)",
        level="warning",
    ),
    "a send that every receiver hears": proxy(
        "king was sent from the proxy current_app in the only send: a proxy is another sender than its "
        "object, so no receiver that is connected to the object hears it.",
        f"{CURRENT}@king.connect\ndef hear(sender): ...\ndef act(): king.send(current_app)",
        receiver=None,
        level="warning",
    ),
}

IDENTITY = "blinker compares identity."
MODELS = "class Author: ...\nclass Novelist(Author): ...\n"


def akin(message: str, remedy: str, code: str, **other: str) -> Case:
    case = Case(
        f"{MODELS}{code}", "class-or-instance", "shop.hear", "shop.py:9", message, remedy, "warning"
    )
    return case._replace(**other)


CHECK = "Connect it without a sender, and check in it: isinstance(sender, Author)."
EACH = (
    "Connect it to each class: for kind in (Author, *Author.__subclasses__()): "
    "signal.connect(receiver, sender=kind). Or connect it without a sender, and check in it: "
    "issubclass(sender, Author)."
)
KINDS = {
    "an instance": akin(
        "shop.hear listens to <class 'shop.Author'>, but the only send of king came from an instance of "
        f"it, <shop.Author object>: {IDENTITY}",
        CHECK,
        "@king.connect_via(Author)\ndef hear(sender): ...\ndef act(): king.send(Author())",
    ),
    "instances of a subclass": akin(
        "shop.hear listens to <class 'shop.Author'>, but the 2 sends of king came from an instance of "
        f"it, <shop.Novelist object>: {IDENTITY}",
        CHECK,
        "@king.connect_via(Author)\ndef hear(sender): ...\n"
        "def act(): king.send(Novelist()), king.send(Novelist())",
    ),
    "a subclass": akin(
        "shop.hear listens to <class 'shop.Author'>, but the only send of king came from a subclass of "
        f"it, <class 'shop.Novelist'>: {IDENTITY}",
        EACH,
        "@king.connect_via(Author)\ndef hear(sender): ...\ndef act(): king.send(Novelist)",
    ),
    "a subclass, beside the class": akin(
        "shop.hear listens to <class 'shop.Author'>, but 1 of the 2 sends of king came from a subclass "
        f"of it, <class 'shop.Novelist'>: {IDENTITY}",
        EACH,
        "@king.connect_via(Author)\ndef hear(sender): ...\n"
        "def act(): king.send(Novelist), king.send(Author)",
    ),
    "the class of an instance": akin(
        "shop.hear listens to <shop.Novelist object>, but the only send of king came from the class of "
        f"it, <class 'shop.Author'>: {IDENTITY}",
        "Connect it to the class, or send the signal from the instance of Novelist.",
        "@king.connect_via(one := Novelist())\ndef hear(sender): ...\ndef act(): king.send(Author)",
    ),
}

FINE = {
    "the object of current_app": f"{CURRENT}@king.connect_via(app)\ndef hear(sender): ...\n"
    "def act(): king.send(current_app._get_current_object())",
    "current_app in the payload": f"{CURRENT}@king.connect_via(app)\ndef hear(sender, of): ...\n"
    "def act(): king.send(app, of=current_app)",
    "an object that passes attributes on": "class Wrapper:\n    def __getattr__(self, name): return 1\n"
    "one = Wrapper()\n@king.connect_via(one)\ndef hear(sender): ...\ndef act(): king.send(one)",
    "a class, sent": f"{MODELS}@king.connect_via(Author)\ndef hear(sender): ...\n"
    "def act(): king.send(Author)",
    "a check in the receiver": f"{MODELS}@king.connect\ndef hear(sender): isinstance(sender, Author)\n"
    "def act(): king.send(Novelist()), king.send(Novelist)",
    "a subclass with a receiver of its own": f"{MODELS}@king.connect_via(Author)\ndef hear(sender): ...\n"
    "@king.connect_via(Novelist)\ndef other(sender): ...\n"
    "def act(): king.send(Novelist), king.send(Author)",
    "instances and their class, each with a receiver": f"{MODELS}one = Author()\n"
    "@king.connect_via(one)\ndef hear(sender): ...\n@king.connect_via(Author)\ndef other(sender): ...\n"
    "def act(): king.send(Author), king.send(one)",
    "an instance beside its class": f"{MODELS}@king.connect_via(one := Author())\ndef hear(sender): ...\n"
    "def act(): king.send(Author), king.send(one)",
}


@finds({**PROXIES, **KINDS}, FINE)
def test_a_sender_that_is_not_the_one_that_a_receiver_listens_to_is_found(
    signalcli: SignalCli, code: str, found: list[Any]
) -> None:
    assert traced(signalcli, code) == found


LIBRARY = """\
from blinker import signal
from flask import Flask

saved, app = signal("saved"), Flask("library")

class Author: ...
class Book: ...

@saved.connect_via(Author)
def on_author(sender): ...

@saved.connect_via(Book)
def on_book(sender): ...

@app.post("/author")
def author():
    saved.send(Author)
    return "ok"
"""


def test_a_receiver_for_each_class_is_at_most_a_warning_after_one_request(
    signalcli: SignalCli,
) -> None:
    signalcli.write("shop.py", LIBRARY)

    result = signalcli("doctor", "--app", "shop", "--request", "POST /author", "--json")

    (found,) = result.json["findings"]
    assert (result.status, found["rule"], found["level"]) == (0, "sender-never-sent", "warning")
    assert found["receiver"] == "shop.on_book"
    assert "its only send came from <class 'shop.Author'>" in found["message"]


RECORDS = """\
from blinker import signal
from flask import Flask, current_app, request_started

saved, app = signal("saved"), Flask("records")

@saved.connect_via(app)
def index(sender, record=None, **extra): ...

@request_started.connect_via(current_app)
def begin(sender, **extra): ...

@app.post("/save")
def save():
    saved.send(current_app, record=3)
    return "ok"
"""


def test_a_trace_shows_a_proxy_as_what_it_is(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", RECORDS)

    shown = signalcli.ok("trace", "request", "POST", "/save", "--app", "shop").stdout

    assert "saved ← <LocalProxy 'current_app'>" in shown
    of_send = "listens only to <Flask 'records'>, and this sender is the proxy current_app"
    of_filter = "listens only to the proxy current_app, and this sender is <Flask 'records'>"
    for receiver, reason in (("index", of_send), ("begin", of_filter)):
        assert f"○ shop.{receiver}: {reason}: {NOT_ITS_OBJECT}" in shown


def test_a_connection_to_a_proxy_needs_no_send(signalcli: SignalCli) -> None:
    """Flask sends its own signals from the application. Those of an application may come from a proxy."""
    signalcli.write("shop.py", RECORDS + "\nsaved.connect(begin, sender=current_app)\n")

    found = examined(signalcli, "--app", "shop")["findings"]

    assert [(one["signal"], one["receiver"], one["level"]) for one in found] == [
        ("saved", "shop.begin", "warning"),
        ("flask/request-started", "shop.begin", "error"),
    ]


def test_a_filter_that_is_a_proxy_is_found_where_it_was_connected(signalcli: SignalCli) -> None:
    found = traced(
        signalcli,
        "from flask import current_app\ndef hear(sender, **p): ...\nking.connect(hear, sender=current_app)\ndef act(): king.send(app)",
    )

    assert [(one["rule"], one["where"]) for one in found] == [("sender-is-proxy", "shop.py:9")]
