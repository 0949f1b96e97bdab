"""``--app``: the commands that look into an application, as into a session."""

from __future__ import annotations

import json

import blinker.base
import pytest

from tests.conftest import Result, SignalCli

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
    (signalcli.directory / "shop.py").write_text(SHOP, encoding="utf-8")
    return signalcli


def names(listed: Result) -> list[str]:
    return [signal["signal"] for signal in listed.json["signals"]]


def test_every_signal_is_listed(shop: SignalCli) -> None:
    listed = shop.ok("--app", "shop:app", "list", "--json")

    found = names(listed)
    others = ("flask/", "blinker.")  # blinker 1.8 has one of its own
    assert [name for name in found if not name.startswith(others)] == OWN
    assert len([name for name in found if name.startswith("flask/")]) == 10
    assert listed.stderr == "importing shop\n"


def test_of_a_doc_of_many_lines_the_list_has_the_first(signalcli: SignalCli) -> None:
    """Signals are often documented as functions are: with an empty line first, and indented."""
    (signalcli.directory / "shop.py").write_text(
        "from blinker import signal\n"
        'paid = signal("paid", doc="""\n    Somebody paid.\n\n    And how.\n    """)\n'
    )

    listed = signalcli.ok("--app", "shop", "list", "--json").json["signals"]
    view = signalcli.ok("--app", "shop", "inspect", "paid", "--json").json

    docs = [signal["doc"] for signal in listed if signal["signal"] == "paid"]
    assert (docs, view["doc"]) == (["Somebody paid."], "Somebody paid.\n\nAnd how.")


def test_a_short_name_of_several_signals_lists_them(signalcli: SignalCli) -> None:
    (signalcli.directory / "shop.py").write_text(
        "from blinker import Namespace\n"
        "held = Namespace()\n"
        'king, other = held.signal("king"), Namespace().signal("king")\n'
    )

    result = signalcli("--app", "shop", "inspect", "king")

    assert (result.status, result.stdout) == (2, "")
    assert "shop.other" in result.stderr
    assert "shop/king" in result.stderr


def test_meta_signals_are_listed_on_request(shop: SignalCli) -> None:
    more = names(shop.ok("list", "--all", "--app", "shop", "--json"))

    assert [name for name in more if ":" in name] == ["king:receiver_connected"]


def test_the_application_may_come_from_a_variable(shop: SignalCli) -> None:
    listed = shop("list", "--json", environment={"SIGNALCLI_APP": "shop.py:app"})

    assert (listed.status, set(OWN) - {*names(listed)}) == (0, set())


def test_what_is_listed_selects_just_that_signal(shop: SignalCli) -> None:
    for name in OWN:
        assert shop.ok("--app", "shop", "inspect", name, "--json").json["signal"] == name


def test_what_a_factory_made_lives_while_it_is_looked_at(signalcli: SignalCli) -> None:
    """Only the application that it made holds this signal and this receiver."""
    code = (
        "from blinker import Signal, signal\n"
        "class App:\n"
        "    def __init__(self):\n"
        "        self.saved = Signal()\n"
        "        signal('king').connect(self.hear)\n"
        "    def hear(self, sender, **payload): ...\n"
        "def make():\n"
        "    return App()\n"
    )
    (signalcli.directory / "zoo.py").write_text(code, encoding="utf-8")

    listed = signalcli.ok("--app", "zoo:make", "list", "--json").json["signals"]

    own = [one for one in listed if not one["signal"].startswith("blinker.")]
    assert [(one["kind"], one["receivers"]) for one in own] == [("named", 1), ("anonymous", 0)]


def test_a_short_name_will_do_where_it_is_clear(shop: SignalCli) -> None:
    for short in ("user-registered", "user_registered", "on_create", "request-started"):
        assert shop.ok("--app", "shop", "inspect", short).status == 0


def test_receivers_are_told_by_what_they_are(shop: SignalCli) -> None:
    view = shop.ok("--app", "shop", "inspect", "user-registered", "--json").json

    told = [(r["receiver"], r["weak"], r["kind"], r["connections"]) for r in view["receivers"]]
    any_sender = [{"any": True, "sender": None}]
    monkey = [{"any": False, "sender": "monkey"}]
    assert told == [
        ("shop.welcome", True, "function", any_sender),
        ("partial(shop.audit)", False, "partial", any_sender),
        ("shop.Mail.send", True, "method", monkey),
    ]
    assert view["receivers"][0]["where"] == "shop.py:17"


def test_a_send_is_explained(shop: SignalCli) -> None:
    explained = shop.ok("--app", "shop", "explain", "user-registered", "pig", "--json").json

    calls = {call["receiver"]: (call["outcome"], call["reason"]) for call in explained["calls"]}
    assert calls == {
        "shop.welcome": ("would_call", "listens to ANY"),
        "partial(shop.audit)": ("would_call", "listens to ANY"),
        "shop.Mail.send": ("skipped", "listens only to monkey, and this sender is pig"),
    }


def test_a_coroutine_in_a_plain_send_is_foreseen(shop: SignalCli) -> None:
    (call,) = shop.ok("--app", "shop", "explain", "king", "--json").json["calls"]

    assert (call["receiver"], call["outcome"]) == ("shop.later", "would_raise")


def test_the_graph_is_drawn_and_exported(shop: SignalCli) -> None:
    tree = shop.ok("--app", "shop", "graph", "user-registered").stdout
    dot = shop.ok("--app", "shop", "export", "--format", "dot").stdout

    assert "└── monkey\n    └── shop.Mail.send  held weakly\n" in tree
    assert '[label="shop/user-registered", shape=hexagon];' in dot


@pytest.mark.parametrize(
    "line",
    [
        "connect king animal",
        "define king",
        "mute king",
        "remove king",
        "reset --yes",
        "drop animal",
        "replay last",
        "watch --timeout 1",
        "export --format pytest",
        "receivers",
        "receivers show animal",
        "disconnect king animal",
        "unmute king",
        "history show last",
        "session path",
        "import shop.json --yes",
        "export --format python",
        "history",
        "flask request /",
    ],
)
def test_an_application_is_not_saved(shop: SignalCli, line: str) -> None:
    refused = shop("--app", "shop", *line.split())

    assert refused == Result(
        2,
        "",
        "Error: This works on a session, and 'shop' is an application, which isn't saved. "
        "Leave out --app, or SIGNALCLI_APP.\n",
    )


def test_explaining_changes_nothing(shop: SignalCli) -> None:
    refused = shop("--app", "shop", "explain", "king", "--muted")

    assert (refused.status, refused.stdout) == (2, "")
    assert refused.stderr.endswith("explain only looks. Leave it out.\n")


def test_an_unknown_name_gets_a_hint(shop: SignalCli) -> None:
    refused = shop("--app", "shop:app", "inspect", "user-registred")

    assert refused.status == 2
    assert "No signal 'user-registred' in application 'shop:app'." in refused.stderr
    assert "Did you mean '" in refused.stderr


def test_an_application_that_fails_shows_its_own_traceback(signalcli: SignalCli) -> None:
    (signalcli.directory / "broken.py").write_text("def f():\n    return {}['x']\nf()\n")

    failed = signalcli("--app", "broken", "list")

    assert (failed.status, failed.stdout) == (4, "")
    assert failed.stderr.startswith("Traceback (most recent call last):\n")
    assert "signalcli" not in failed.stderr.partition("Error: ")[0]
    assert failed.stderr.splitlines()[-1].startswith("Error: The application 'broken' can't be")


def test_a_full_disk_is_told(shop: SignalCli) -> None:
    with open("/dev/full", "wb") as full:
        process = shop.start("--app", "shop", "list", stdout=full, stderr=-1)
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == 4
    assert stderr.decode().endswith(
        "Error: Standard output can't be written: No space left on device.\n"
    )


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
    assert called == {
        "shop.welcome": "returned",
        "partial(shop.audit)": "returned",
        "shop.Mail.send": "returned",
    }
    assert sorted(traced.stderr.split()) == ["importing", "mail", "shop", "welcome"]


@pytest.mark.parametrize("app", ["shop", "shop:create_app", "shop.py:create_app('x')"])
def test_the_application_is_found_or_made(shop: SignalCli, app: str) -> None:
    traced = shop.ok("--app", app, "trace", "request", "post", "/login", "--data", "a=1")

    assert traced.stdout.startswith("POST /login → 200 OK")


def test_the_exception_of_a_view_is_told(shop: SignalCli) -> None:
    traced = shop.ok("--app", "shop", "trace", "request", "GET", "/fails", "--json").json

    error = {"type": "ValueError", "message": "no", "where": "shop.py:44"}
    assert (traced["status"], traced["error"]) == (500, error)


def test_without_an_application_there_is_nothing_to_trace(signalcli: SignalCli) -> None:
    refused = signalcli("trace", "request", "GET", "/")

    assert (refused.status, refused.stdout) == (2, "")
    assert refused.stderr.startswith("Error: Which application? Name it: signalcli --app shop:app")


def test_looking_changes_no_signal(shop: SignalCli) -> None:
    """The application itself takes the state of all its signals before it ends, and at its end."""
    (shop.directory / "watched.py").write_text(
        "import atexit, gc, json, sys\n"
        "from shop import *\n"
        "from blinker import Signal\n"
        "def state():\n"
        "    signals = [o for o in gc.get_objects() if issubclass(type(o), Signal)]\n"
        "    return sorted((id(s), sorted(map(str, vars(s))), str(s.receivers),\n"
        "                   str(dict(s._by_sender)), str(dict(s._by_receiver))) for s in signals)\n"
        "before = state()\n"
        "atexit.register(lambda: sys.stderr.write(json.dumps(state() == before)))\n",
        encoding="utf-8",
    )
    for line in (
        "list --all",
        "inspect",
        "inspect king --sender x",
        "explain user-registered x a=1",
        "graph",
        "export --format mermaid",
        "export --format dot",
        "export --format json -q",
        "doctor -q",
    ):
        ended = shop.ok("--app", "watched", *line.split())

        assert json.loads(ended.stderr.removeprefix("importing shop\n")) is True, line


def test_a_signal_that_cannot_be_hashed_is_traced(signalcli: SignalCli) -> None:
    (signalcli.directory / "odd.py").write_text(
        "from blinker import Signal\n"
        "from flask import Flask\n"
        "class Odd(Signal):\n"
        "    def __eq__(self, other): return True\n"
        "odd = Odd()\n"
        "app = Flask('odd')\n"
        "@app.get('/')\n"
        "def index():\n"
        "    odd.send('x')\n"
        "    return 'sent'\n",
        encoding="utf-8",
    )

    traced = signalcli.ok("--app", "odd", "trace", "request", "GET", "/", "--json").json

    assert (traced["body"], traced["events"][2]["signal"]) == ("sent", "odd.odd")


def test_the_next_command_is_for_the_same_application(signalcli: SignalCli) -> None:
    text = "from blinker import signal\nking = signal('king')\n"
    (signalcli.directory / "a shop.py").write_text(text, encoding="utf-8")

    refused = signalcli("--app", "a shop.py:king", "inspect", "kign")

    assert refused.stderr == (
        "Error: No signal 'kign' in application 'a shop.py:king'. Did you mean 'king'? "
        "See them all: signalcli --app 'a shop.py:king' list\n"
    )


@pytest.mark.skipif(
    "_receiver_connected" in vars(blinker.base),
    reason="before 1.9, blinker itself has a signal that isn't in a namespace",
)
@pytest.mark.parametrize("command", ["list", "inspect", "graph"])
def test_an_application_without_signals_is_told(signalcli: SignalCli, command: str) -> None:
    (signalcli.directory / "plain.py").write_text("", encoding="utf-8")

    result = signalcli.ok("--app", "plain", command)

    sentence = "No signals in application 'plain': nothing that it imports has made any."
    remedy = "To see what a program sends while it runs: signalcli trace run PROGRAM"
    assert (result.stdout, result.stderr) == ("", f"{sentence} {remedy}\n")


def test_a_name_can_be_typed_as_it_is_shown(signalcli: SignalCli) -> None:
    names = ["esc\x1b[31m", "over\u202e", "same\x1b", "same\\x1b"]
    text = f"from blinker import signal\nfor name in {names!r}: signal(name)\n"
    (signalcli.directory / "odd.py").write_text(text, encoding="utf-8")

    listed = signalcli.ok("--app", "odd", "list").stdout
    found = [
        signalcli.ok("--app", "odd", "inspect", shown, "--json").json["signal"]
        for shown in ("esc\\x1b[31m", "over\\u202e", "same\\x1b")
    ]

    assert ("esc\\x1b[31m" in listed, "over\\u202e" in listed) == (True, True)
    assert found == ["esc\x1b[31m", "over\u202e", "same\\x1b"]


def test_a_method_is_named_as_trace_takes_it(signalcli: SignalCli) -> None:
    refused = signalcli("--app", "shop", "trace", "request", "BAD M", "/")

    assert refused.stderr == "Error: 'BAD M' is not an HTTP method. For example: POST\n"
