"""``--app``: the commands that look into an application, as into a session."""

from __future__ import annotations

import json
import re
import sys

import blinker.base
import pytest

from tests.support.cli import Result, SignalCli

pytestmark = pytest.mark.slow

SHOP = """\
import functools
from blinker import Namespace, Signal, signal
from flask import Flask, request_started

print("importing shop")
events = Namespace()
registered = events.signal("user-registered", doc="Somebody came.")
paid = Signal()

class User:
    on_create = Signal()

class Mail:
    def send(self, sender, **payload):
        print("mail")

def welcome(sender, **payload):
    print("welcome")

def audit(prefix, sender, **payload): ...

async def later(sender, **payload): ...

mail = Mail()
registered.connect(welcome)
registered.connect(functools.partial(audit, "x"), weak=False)
registered.connect(mail.send, sender="monkey")
signal("king").connect(later)
signal("king").receiver_connected.connect(welcome)

def create_app(name="shop"):
    app = Flask(name)

    @request_started.connect_via(app)
    def started(sender, **payload):
        registered.send("monkey", user=1)

    @app.route("/login", methods=["GET", "POST"])
    def login():
        return "in"

    @app.get("/fails")
    def fails():
        raise ValueError("no")

    return app

app = create_app()
"""

OWN = ["king", "shop.User.on_create", "shop.paid", "shop/user-registered"]


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", SHOP)
    return signalcli


def names(listed: Result) -> list[str]:
    return [signal["signal"] for signal in listed.json["signals"]]


def test_every_signal_is_listed(shop: SignalCli) -> None:
    listed = shop.ok("--app", "shop:app", "list", "--json")

    found = names(listed)
    others = ("flask/", "blinker.")  # blinker 1.8 has one of its own
    own = [name for name in found if not name.startswith(others)]
    assert own == sorted([*OWN, "king:receiver_connected"])
    assert len([name for name in found if name.startswith("flask/")]) == 10
    assert listed.stderr == "importing shop\n"


PAID = '''
from blinker import signal
paid = signal("paid", doc="""
    Somebody paid.

    And how.
    """)
'''


def test_of_a_doc_of_many_lines_the_list_has_the_first(signalcli: SignalCli) -> None:
    """Signals are often documented as functions are: with an empty line first, and indented."""
    signalcli.write("shop.py", PAID)

    listed = signalcli.read("--app shop list")["signals"]
    view = signalcli.read("--app shop inspect paid")

    docs = [signal["doc"] for signal in listed if signal["signal"] == "paid"]
    assert (docs, view["doc"]) == (["Somebody paid."], "Somebody paid.\n\nAnd how.")


def test_a_short_name_of_several_signals_lists_them(signalcli: SignalCli) -> None:
    held = 'held = Namespace()\nking, other = held.signal("king"), Namespace().signal("king")\n'
    signalcli.write("shop.py", f"from blinker import Namespace\n{held}")

    error = signalcli.refused("--app shop inspect king")

    assert "shop.other" in error
    assert "shop/king" in error


@pytest.mark.parametrize("line", ["list", "list --all", "graph", "inspect"])
def test_meta_signals_with_receivers_are_listed(shop: SignalCli, line: str) -> None:
    more = names(shop.ok(*line.split(), "--app", "shop", "--json"))

    assert [name for name in more if ":" in name] == ["king:receiver_connected"]


def test_the_application_may_come_from_a_variable(shop: SignalCli) -> None:
    listed = shop("list", "--json", environment={"SIGNALCLI_APP": "shop.py:app"})

    assert (listed.status, set(OWN) - {*names(listed)}) == (0, set())


def test_what_is_listed_selects_just_that_signal(shop: SignalCli) -> None:
    for name in OWN:
        assert shop.read(f"--app shop inspect {name}")["signal"] == name


ZOO = """
from blinker import Signal, signal
class App:
    def __init__(self):
        self.saved = Signal()
        signal('king').connect(self.hear)
    def hear(self, sender, **payload): ...
def make(): return App()
"""


def test_what_a_factory_made_lives_while_it_is_looked_at(signalcli: SignalCli) -> None:
    """Only the application that it made holds this signal and this receiver."""
    signalcli.write("zoo.py", ZOO)

    listed = signalcli.read("--app zoo:make list")["signals"]

    own = [one for one in listed if not one["signal"].startswith("blinker.")]
    assert [(one["kind"], one["receivers"]) for one in own] == [("named", 1), ("anonymous", 0)]


def test_a_short_name_will_do_where_it_is_clear(shop: SignalCli) -> None:
    for short in ("user-registered", "user_registered", "on_create", "request-started"):
        assert shop.ok("--app", "shop", "inspect", short).status == 0


def test_inspect_shows_the_kind_and_place_of_receivers(shop: SignalCli) -> None:
    view = shop.read("--app shop inspect user-registered")

    reported = [(r["receiver"], r["weak"], r["kind"], r["connections"]) for r in view["receivers"]]
    any_sender = [{"any": True, "sender": None}]
    monkey = [{"any": False, "sender": "monkey"}]
    assert reported == [
        ("shop.welcome", True, "function", any_sender),
        ("partial(shop.audit)", False, "partial", any_sender),
        ("shop.Mail.send", True, "method", monkey),
    ]
    assert view["receivers"][0]["where"] == "shop.py:17"


def test_a_send_is_explained(shop: SignalCli) -> None:
    explained = shop.read("--app shop explain user-registered pig")

    calls = {call["receiver"]: (call["outcome"], call["reason"]) for call in explained["calls"]}
    assert calls == {
        "shop.welcome": ("would_call", "listens to ANY"),
        "partial(shop.audit)": ("would_call", "listens to ANY"),
        "shop.Mail.send": ("skipped", "listens only to monkey, and this sender is pig"),
    }


def test_a_coroutine_in_a_plain_send_is_foreseen(shop: SignalCli) -> None:
    (call,) = shop.read("--app shop explain king")["calls"]

    assert (call["receiver"], call["outcome"]) == ("shop.later", "would_raise")


def test_the_graph_is_drawn_and_exported(shop: SignalCli) -> None:
    tree = shop.ok("--app", "shop", "graph", "user-registered").stdout
    dot = shop.ok("--app", "shop", "export", "--format", "dot").stdout

    assert "└── monkey\n    └── shop.Mail.send  held weakly\n" in tree
    assert '[label="shop/user-registered", shape=hexagon];' in dot


ONLY_SESSIONS = (
    *("connect king animal", "define king", "mute king", "remove king", "reset --yes"),
    *("drop animal", "replay last", "watch --timeout 1", "export pytest"),
    *("receivers add herald", "receivers remove animal", "disconnect king animal", "unmute king"),
    *("history show last", "session path", "import shop.json --yes", "export python"),
    *("history", "flask request /"),
)


@pytest.mark.parametrize("line", ONLY_SESSIONS)
def test_an_application_is_not_saved(shop: SignalCli, line: str) -> None:
    name = re.match(r"(receivers|session|flask|export) \w+|\w+", line)

    assert name is not None
    sentence = "works on a session, not on the application 'shop'. Leave out --app."
    assert shop.refused(f"--app shop {line}") == f"'{name[0]}' {sentence}"


def test_explaining_changes_nothing(shop: SignalCli) -> None:
    refused = shop("--app", "shop", "explain", "king", "--muted")

    assert (refused.status, refused.stdout) == (2, "")
    assert refused.stderr.endswith("which would change application 'shop'. Leave it out.\n")


def test_an_unknown_name_gets_a_hint(shop: SignalCli) -> None:
    refused = shop("--app", "shop:app", "inspect", "user-registred")

    assert refused.status == 2
    assert "No signal 'user-registred' in application 'shop:app'." in refused.stderr
    assert "Did you mean '" in refused.stderr


def test_an_application_that_fails_shows_its_own_traceback(signalcli: SignalCli) -> None:
    signalcli.write("broken.py", "def f():\n    return {}['x']\nf()\n")

    failed = signalcli("--app", "broken", "list")

    assert (failed.status, failed.stdout) == (4, "")
    assert failed.stderr.startswith("Traceback (most recent call last):\n")
    assert "signalcli" not in failed.stderr.partition("Error: ")[0]
    assert failed.stderr.splitlines()[-1].startswith("Error: The application 'broken' can't be")


def test_a_full_disk_is_reported(shop: SignalCli) -> None:
    with open("/dev/full", "wb") as full:
        ended = shop("--app", "shop", "list", stdout=full)

    assert ended.status == 4
    error = "Error: Standard output can't be written: No space left on device.\n"
    assert ended.stderr.endswith(error)


# One request.


def test_a_request_is_traced(shop: SignalCli) -> None:
    traced = shop.ok("--app", "shop:app", "trace", "request", "GET", "/login", "--json")

    timeline = traced.json
    events = [(e["signal"], e["depth"], e["payload_keys"]) for e in timeline["events"]]
    assert (timeline["status"], timeline["body"]) == (200, "in")
    assert events == [
        ("flask/appcontext-pushed", 0, []),
        ("flask/request-started", 0, []),
        ("shop/user-registered", 1, ["user"]),
        ("flask/request-finished", 0, ["response"]),
        ("flask/request-tearing-down", 0, ["exc"]),
        ("flask/appcontext-tearing-down", 0, ["exc"]),
        ("flask/appcontext-popped", 0, []),
    ]
    called = {call["receiver"]: call["outcome"] for call in timeline["events"][2]["calls"]}
    heard = ("shop.welcome", "partial(shop.audit)", "shop.Mail.send")
    assert called == dict.fromkeys(heard, "returned")
    assert sorted(traced.stderr.split()) == ["importing", "mail", "shop", "welcome"]


@pytest.mark.parametrize("app", ["shop", "shop:create_app", "shop.py:create_app('x')"])
def test_the_application_is_found_or_made(shop: SignalCli, app: str) -> None:
    traced = shop.ok("--app", app, "trace", "request", "post", "/login", "--data", "a=1")

    assert traced.stdout.startswith("POST /login → 200 OK")


def test_the_exception_of_a_view_is_reported(shop: SignalCli) -> None:
    traced = shop.read("--app shop trace request GET /fails")

    error = {"type": "ValueError", "message": "no", "where": "shop.py:44"}
    assert (traced["status"], traced["error"]) == (500, error)


def test_without_an_application_there_is_nothing_to_trace(signalcli: SignalCli) -> None:
    assert signalcli.refused("trace request GET /").startswith(
        "Which application? There is no FLASK_APP, and no wsgi.py"
    )


WATCHED = """
import atexit, gc, json, sys
from shop import *
from blinker import Signal
def state():
    signals = [o for o in gc.get_objects() if issubclass(type(o), Signal)]
    return sorted((id(s), sorted(map(str, vars(s))), str(s.receivers),
                   str(dict(s._by_sender)), str(dict(s._by_receiver))) for s in signals)
before = state()
atexit.register(lambda: sys.stderr.write(json.dumps(state() == before)))
"""


LOOKING = (
    *("list --all", "inspect", "inspect king --sender x", "explain user-registered x a=1"),
    *("graph", "export --format mermaid", "export --format dot", "export --format json -q"),
    "doctor -q",
)


def test_looking_changes_no_signal(shop: SignalCli) -> None:
    """The application itself takes the state of all its signals before it ends, and at its end."""
    shop.write("watched.py", WATCHED)
    for line in LOOKING:
        ended = shop.ok("--app", "watched", *line.split())

        assert json.loads(ended.stderr.removeprefix("importing shop\n")) is True, line


ODD = """
from blinker import Signal
from flask import Flask
class Odd(Signal):
    def __eq__(self, other): return True
odd = Odd()
app = Flask('odd')
@app.get('/')
def index():
    odd.send('x')
    return 'sent'
"""


def test_a_signal_that_cannot_be_hashed_is_traced(signalcli: SignalCli) -> None:
    signalcli.write("odd.py", ODD)

    traced = signalcli.read("--app odd trace request GET /")

    assert (traced["body"], traced["events"][2]["signal"]) == ("sent", "odd.odd")


def test_the_next_command_is_for_the_same_application(signalcli: SignalCli) -> None:
    signalcli.write("a shop.py", "from blinker import signal\nking = signal('king')\n")

    assert signalcli("--app", "a shop.py:king", "inspect", "kign").stderr == (
        "Error: No signal 'kign' in application 'a shop.py:king'. Did you mean 'king'? "
        "See them all: signalcli --app 'a shop.py:king' list --all\n"
    )


@pytest.mark.skipif(
    "_receiver_connected" in vars(blinker.base),
    reason="before 1.9, blinker itself has a signal that isn't in a namespace",
)
@pytest.mark.parametrize("command", ["list", "inspect", "graph"])
def test_an_application_without_signals_is_reported(signalcli: SignalCli, command: str) -> None:
    signalcli.write("plain.py", "")

    result = signalcli.ok("--app", "plain", command)

    sentence = "No signals in application 'plain': its import made none."
    remedy = "To record what a program sends while it runs: signalcli trace run PROGRAM"
    assert (result.stdout, result.stderr) == ("", f"{sentence} {remedy}\n")


def test_a_name_can_be_typed_as_it_is_shown(signalcli: SignalCli) -> None:
    names = ["esc\x1b[31m", "over\u202e", "same\x1b", "same\\x1b"]
    signalcli.write("odd.py", f"from blinker import signal\nfor name in {names!r}: signal(name)\n")

    listed = signalcli.ok("--app", "odd", "list").stdout
    found = [
        signalcli.read(f"--app odd inspect '{shown}'")["signal"]
        for shown in ("esc\\x1b[31m", "over\\u202e", "same\\x1b")
    ]

    assert ("esc\\x1b[31m" in listed, "over\\u202e" in listed) == (True, True)
    assert found == ["esc\x1b[31m", "over\u202e", "same\\x1b"]


def test_a_method_is_named_as_trace_takes_it(signalcli: SignalCli) -> None:
    error = signalcli.refused("--app shop trace request 'BAD M' /")

    assert error == "'BAD M' is not an HTTP method. For example: POST"


@pytest.mark.parametrize("how", ["option", "variable"])
def test_the_memory_of_an_application_can_be_limited(signalcli: SignalCli, how: str) -> None:
    signalcli.write("large.py", "data = bytes(2**30)\n")
    if how == "variable":
        signalcli.environment["SIGNALCLI_APP_MEMORY"] = "512"
    words = ("--memory", "512") if how == "option" else ()

    limited = signalcli("--app", "large", "list", *words)
    traced = signalcli("trace", "run", *words, "large.py")

    because = "because large.py:1 raises MemoryError."
    last = f"Error: The application 'large' can't be imported, {because}"
    assert (limited.status, limited.stderr.splitlines()[-1]) == (4, last)
    assert (traced.status, traced.stderr.splitlines()[-1]) == (1, "MemoryError")


@pytest.mark.parametrize("memory", ["much", "0", "-1", "1.5", "", "9" * 11])
@pytest.mark.parametrize("line", ["--app shop list", "trace run shop.py"])
def test_the_limit_is_a_number(signalcli: SignalCli, line: str, memory: str) -> None:
    (signalcli.directory / "shop.py").touch()

    error = signalcli.refused(f"--memory={memory} {line}")

    example = "For example: --memory 512, or SIGNALCLI_APP_MEMORY=512"
    assert error == f"'{memory}' is not a number of MiB. {example}"


@pytest.mark.parametrize("memory", ["1", "5", "20", "30"])
@pytest.mark.parametrize("line", ["--app shop list", "--app shop trace /"])
def test_too_little_memory_for_python_is_reported(
    signalcli: SignalCli, line: str, memory: str
) -> None:
    error = signalcli.refused(f"--memory {memory} {line}", 4)

    start = f"{sys.executable} can't start with {memory} MiB of memory."
    assert error == f"{start} Give it more: --memory 512"
