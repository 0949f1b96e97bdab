"""``signalcli doctor``: what each rule finds, and what is like it and no finding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from signalcli.apps.connects import Connected
from signalcli.apps.describing.objects import Shown
from signalcli.doctor.evidence import Evidence, Heard, Sends, Sent
from signalcli.doctor.examine import RULES, check
from signalcli.values.inspection import Audience, Connection, ReceiverView, SignalView
from tests.conftest import SignalCli
from tests.support.applications import APPS

NAMES = [rule.name for rule in RULES]
CONNECTS = ["dead-receiver", "sender-zero"]
SIGNALS = ["stale-has-receivers-for"]
SENDS = [name for name in NAMES if name not in CONNECTS + SIGNALS]

HEAD = """\
from functools import partial
from blinker import Namespace, signal
from flask import Flask

king = signal("king")
app = Flask("shop")
"""
TAIL = """
@app.get("/")
def index():
    try:
        act()
    except Exception as error:
        return str(error)
    return "done"
"""


class Case(NamedTuple):
    """Lines of an application, of which the first is the seventh of its file, and what is found."""

    code: str
    rule: str
    signal: str
    receiver: str | None
    where: str | None
    message: str
    remedy: str

    @property
    def found(self) -> dict[str, Any]:
        return {key: value for key, value in self._asdict().items() if key != "code"}


KEEP = "Keep a reference to it for as long as it is to hear, or connect it with weak=False."
GONE = " was connected to king weakly and is gone: nothing else held it, and no send calls it."
TAKE = "Take another sender: text, or integers from 1."


def dead(code: str, receiver: str, where: str) -> Case:
    return Case(code, "dead-receiver", "king", receiver, where, receiver + GONE, KEEP)


BY_CONNECTS = {
    "a lambda": dead("king.connect(lambda sender, **p: 1)", "shop.<lambda>", "shop.py:7"),
    "a partial": dead("king.connect(partial(print, 1))", "partial(builtins.print)", "shop.py:7"),
    "a method of a temporary": dead(
        "class Ear:\n    def hear(self, sender, **p): ...\nking.connect(Ear().hear)",
        "shop.Ear.hear",
        "shop.py:9",
    ),
    "a function in a function, by its sender": dead(
        "def setup():\n    def hear(sender, **p): ...\n    king.connect(hear, sender='x')\nsetup()",
        "shop.setup.<locals>.hear",
        "shop.py:9",
    ),
    "all but the last of a loop": dead(
        "for name in 'ab':\n    def hear(sender, **p): ...\n    king.connect(hear)",
        "shop.hear",
        "shop.py:9",
    ),
    "one that only a circle holds": dead(
        "class Ear:\n    def __init__(self): self.me = self\n    def hear(self, sender): ...\n"
        "king.connect(Ear().hear)",
        "shop.Ear.hear",
        "shop.py:10",
    ),
    "the receiver of another signal's method": dead(
        "def wire(ear):\n    king.connect_via('x', weak=True)(ear)\nwire(lambda sender: 1)",
        "shop.<lambda>",
        "shop.py:8",
    ),
    "0": Case(
        "def hear(sender, **p): ...\ntry: king.connect(hear, sender=0)\nexcept AssertionError: ...",
        "sender-zero",
        "king",
        "shop.hear",
        "shop.py:8",
        "connect(shop.hear, sender=0) of king: 0 is blinker's own id of ANY, and blinker asserts that "
        "it isn't, and leaves the receiver connected to ANY.",
        TAKE,
    ),
    "disconnect of False": Case(
        "def hear(sender, **p): ...\nking.connect(hear)\nking.disconnect(hear, False)",
        "sender-zero",
        "king",
        "shop.hear",
        "shop.py:9",
        "disconnect(shop.hear, sender=False) of king: False is blinker's own id of ANY, and so this "
        "ends all connections of the receiver.",
        TAKE,
    ),
    "an empty bucket": Case(
        "def hear(sender, **p): ...\nking.connect(hear, 'here')\nking.disconnect(hear, 'there')",
        "stale-has-receivers-for",
        "king",
        None,
        None,
        "king.has_receivers_for says True about there, though nobody would be called: a disconnect "
        "left an empty bucket.",
        "Ask any(True for receiver in signal.receivers_for(sender)), or disconnect the receiver "
        "without a sender.",
    ),
}

NO_FINDING = {
    "disconnected, then gone": "hear = lambda sender: 1\nking.connect(hear)\nking.disconnect(hear)\n"
    "del hear",
    "disconnected from its sender, then gone": "hear = lambda sender: 1\n"
    "king.connect(hear, 'x')\nking.disconnect(hear, 'x')\nking._by_sender.clear()\ndel hear",
    "connected for a while": "with king.connected_to(lambda sender: 1): king.send()",
    "cleared": "hear = lambda sender: 1\nking.connect(hear)\nking._clear_state()\ndel hear",
    "held strongly": "king.connect(lambda sender: 1, weak=False)",
    "by a decorator": "@king.connect_via('x')\ndef hear(sender): ...\ndel hear",
    "replaced by the same line": "class Ear:\n    def __init__(self): king.connect(self.hear)\n"
    "    def hear(self, sender): ...\near = Ear()\near = Ear()",
    "a signal that is gone": "def setup():\n    from blinker import Signal\n"
    "    Signal().connect(lambda sender: 1)\nsetup()",
    "by another's strong connection": "def setup():\n    def hear(sender): ...\n"
    "    king.connect(hear)\n    signal('queue').connect(hear, weak=False)\nsetup()",
    "integers from 1": "def hear(sender): ...\nking.connect(hear, sender=True)\n"
    "king.connect(hear, sender=0.0)",
    "muted": "def hear(sender): ...\nking.connect(hear)\nking.is_muted = True",
}


def application(signalcli: SignalCli, code: str) -> None:
    text = f"{HEAD}{code}\n{TAIL}"
    (signalcli.directory / "shop.py").write_text(text, encoding="utf-8")


def examined(signalcli: SignalCli, *arguments: str) -> Any:
    """The JSON of an examination, whose status says whether there are findings."""
    result = signalcli("doctor", "--json", *arguments)
    assert (result.status, result.stderr) == (int(bool(result.json["findings"])), ""), result
    return result.json


def traced(signalcli: SignalCli, code: str) -> list[Any]:
    """What is found in an application, by the trace of one request to it."""
    application(signalcli, code)
    trace = signalcli("trace", "request", "GET", "/", "--app", "shop", "--json")
    (signalcli.directory / "trace.json").write_text(trace.stdout, encoding="utf-8")
    found: list[Any] = examined(signalcli, "--app", "shop", "--trace", "trace.json")["findings"]
    return found


@pytest.mark.parametrize("case", BY_CONNECTS.values(), ids=BY_CONNECTS.keys())
def test_an_application_is_watched_while_it_connects(signalcli: SignalCli, case: Case) -> None:
    application(signalcli, case.code)

    assert examined(signalcli, "--app", "shop")["findings"] == [case.found]


@pytest.mark.parametrize("code", NO_FINDING.values(), ids=NO_FINDING.keys())
def test_what_is_well_connected_is_no_finding(signalcli: SignalCli, code: str) -> None:
    application(signalcli, code)

    assert examined(signalcli, "--app", "shop")["findings"] == []


def test_what_a_factory_holds_lives(signalcli: SignalCli) -> None:
    """The application that a factory made is held while it is looked at."""
    code = (
        "def make():\n    made = Flask('made')\n    made.hear = lambda sender, **p: 1\n"
        "    king.connect(made.hear)\n    return made"
    )
    application(signalcli, code)

    assert examined(signalcli, "--app", "shop:make")["findings"] == []


IN_FACTORY = """\
from blinker import signal
from flask import Flask

king = signal("king")

def create_app():
    app = Flask("made")
    app.narrow = narrow = lambda sender: 1
    king.connect(narrow)
    king.connect(lambda sender: 2)
    app.get("/")(lambda: str(king.send(app, gold=1)))
    return app
"""


def test_a_factory_is_called_as_for_a_request(signalcli: SignalCli) -> None:
    """What it connects is seen, and what the application that it makes holds lives."""
    (signalcli.directory / "shop.py").write_text(IN_FACTORY, encoding="utf-8")
    assert (
        signalcli("--app", "shop", "trace", "request", "GET", "/", "--save", "k.json").status == 1
    )

    for target in ("shop", "shop:create_app"):
        found = examined(signalcli, "--app", target, "--trace", "k.json")

        assert [(one["rule"], one["receiver"], one["where"]) for one in found["findings"]] == [
            ("dead-receiver", "shop.create_app.<locals>.<lambda>", "shop.py:10"),
            ("payload-not-taken", "shop.create_app.<locals>.<lambda>", "shop.py:8"),
        ]
        assert found["not_checked"] == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (
            "def create_app(): raise ValueError('no')",
            "The factory 'shop:create_app' fails, because shop.py:1 raises ValueError: no.",
        ),
        (
            "def create_app(name): ...",
            "The factory 'shop:create_app' can't be called without arguments: ",
        ),
    ],
)
def test_a_factory_that_fails_is_the_error_of_a_request(
    signalcli: SignalCli, code: str, error: str
) -> None:
    (signalcli.directory / "shop.py").write_text(code, encoding="utf-8")

    result = signalcli("--app", "shop", "doctor")

    assert (result.status, result.stdout) == (4, "")
    assert error in result.stderr
    assert result.stderr == signalcli("--app", "shop", "trace", "request", "GET", "/").stderr


NO_APPLICATION = {
    "no application": "",
    "two applications": "from flask import Flask\none, other = Flask('one'), Flask('other')",
    "a factory of something else": "class Shop:\n    def __init__(self): king.connect(self.hear)\n"
    "    def hear(self, sender): ...\ndef create_app(): return Shop()",
}


@pytest.mark.parametrize("code", NO_APPLICATION.values(), ids=NO_APPLICATION.keys())
def test_without_one_application_what_was_imported_is_examined(
    signalcli: SignalCli, code: str
) -> None:
    head = "from blinker import signal\nking = signal('king')\nking.connect(lambda sender: 1)\n"
    (signalcli.directory / "shop.py").write_text(head + code, encoding="utf-8")

    found = examined(signalcli, "--app", "shop")["findings"]

    assert [(one["rule"], one["where"]) for one in found] == [("dead-receiver", "shop.py:3")]


def test_a_bucket_that_a_dead_receiver_left_is_told_once(signalcli: SignalCli) -> None:
    code = "def hear(sender): ...\nking.connect(hear, 'y')\nking.connect(lambda sender: 1, 'x')"
    application(signalcli, code)

    found = examined(signalcli, "--app", "shop")["findings"]

    assert [(one["rule"], one["where"]) for one in found] == [("dead-receiver", "shop.py:9")]


MEND = "Mend it, or disconnect it: its exception ends the send, and those after it aren't called."
DECLARE = (
    "Declare it as def receiver(sender, /, **payload), with a default for whatever else it names."
)
BY_KEYWORD = "Pass it by keyword, after the sender: signal.send(sender, value=…)."
ASYNC = (
    "Send with send_async, or give send an _async_wrapper; in a session, send --async or --wrap."
)
SAME = "Use the very same object on both sides, or text of the same spelling."
FROM_THERE = "Send it from there, or connect the receiver to a sender that does."


def hears(rule: str, where: str | None, message: str, remedy: str, code: str) -> Case:
    receiver = None if rule == "payload-as-sender" else "shop.hear"
    return Case(code, rule, "king", receiver, where, message, remedy)


BY_SENDS = {
    "a coroutine function": hears(
        "coroutine-receiver",
        "shop.py:7",
        "shop.hear is a coroutine function, and king is sent by send, where blinker raises "
        "RuntimeError for it.",
        ASYNC,
        "async def hear(sender, **p): ...\nking.connect(hear)\ndef act(): king.send(app)",
    ),
    "an object whose call is a coroutine": Case(
        "class Ear:\n    async def __call__(self, sender, **p): ...\near = Ear()\n"
        "king.connect(ear)\ndef act():\n    for _, result in king.send(app): result.close()",
        "coroutine-receiver",
        "king",
        "shop.Ear()",
        "shop.py:8",
        "shop.Ear() gives send a coroutine, which king doesn't await: it isn't recognised as a "
        "coroutine function, and its body doesn't run.",
        "Connect the coroutine function itself and send with send_async, or let it run the "
        "coroutine.",
    ),
    "a key that isn't taken": hears(
        "payload-not-taken",
        "shop.py:7",
        "shop.hear can't take what king is sent: TypeError: hear() got an unexpected keyword "
        "argument 'gold'.",
        DECLARE,
        "def hear(sender): ...\nking.connect(hear)\ndef act(): king.send(app, gold=1)",
    ),
    "a key that clashes": hears(
        "payload-not-taken",
        "shop.py:7",
        "shop.hear can't take what king is sent: TypeError: hear() got multiple values for argument "
        "'user'.",
        DECLARE,
        "def hear(user, **p): ...\nking.connect(hear)\ndef act(): king.send(app, user=1)",
    ),
    "another text": hears(
        "sender-never-sent",
        "shop.py:7",
        "shop.hear listens only to elephant, which king was never sent from: its only send came from "
        "Elephant.",
        FROM_THERE,
        "def hear(sender): ...\nking.connect(hear, 'elephant')\ndef act(): king.send('Elephant')",
    ),
    "a dict": hears(
        "payload-as-sender",
        None,
        "king was sent with {'user': 1} in the place of a sender, and no payload: receivers get it as "
        "their sender, and filters compare with it.",
        BY_KEYWORD,
        "def hear(sender): ...\nking.connect(hear)\ndef act(): king.send({'user': 1})",
    ),
    "numbers that are never the same": hears(
        "payload-as-sender",
        None,
        "king was sent with 1 and 2 more in the place of a sender, and no payload: receivers get it "
        "as their sender, and filters compare with it.",
        BY_KEYWORD,
        "def hear(sender): ...\nking.connect(hear)\ndef act(): [king.send(n) for n in (1, 2, 3)]",
    ),
    "one that raises": hears(
        "always-raises",
        "shop.py:7",
        "shop.hear raised in the only send of king that called it: ValueError: no.",
        MEND,
        "def hear(sender, **p): raise ValueError('no')\nking.connect(hear)\n"
        "def act(): king.send(app)",
    ),
    "one that raises in Python's own code": hears(
        "always-raises",
        "shop.py:8",
        "shop.hear raised in the only send of king that called it and didn't end it: "
        "JSONDecodeError: Expecting value: line 1 column 1 (char 0).",
        MEND,
        "import json\n"
        "def hear(sender, **p): json.loads('' if sender is app else exit())\nking.connect(hear)\n"
        "def act():\n    try: king.send('x')\n    except SystemExit: king.send(app)",
    ),
    "a text, beside an object that was sent": hears(
        "sender-never-sent",
        "shop.py:11",
        "shop.hear listens to y, which king was never sent from: its only send came from "
        "<Model 7>.",
        FROM_THERE,
        "class Model:\n    id = None\n    def __repr__(self): return f'<Model {self.id}>'\n"
        "model = Model()\ndef hear(sender): ...\nking.connect(hear, model)\nking.connect(hear, 'y')\n"
        "def act():\n    model.id = 7\n    king.send(model)",
    ),
    "an equal tuple": hears(
        "sender-looks-equal",
        "shop.py:8",
        "shop.hear listens to (1, 2), and wasn't called when king was sent from another (1, 2): they "
        "look equal, and are two senders to blinker.",
        SAME,
        "def hear(sender): ...\nking.connect(hear, (1, 2))\n"
        "def act(): king.send(tuple([1, 2]), gold=1)",
    ),
}

FINE_SENDS = {
    "what was called for as long as it lived": "def act():\n    def hear(sender): ...\n"
    "    king.connect(hear)\n    king.send(app)\nact()",
    "a plain function whose coroutine is awaited by who sends": "import asyncio\n"
    "async def job(sender): ...\ndef hear(sender): return job(sender)\nking.connect(hear)\n"
    "async def send(): await asyncio.gather(*(one for _, one in king.send(app)))\n"
    "def act(): asyncio.run(send())",
    "a coroutine function, awaited": "import asyncio\nasync def hear(sender, **p): ...\n"
    "king.connect(hear)\ndef act(): asyncio.run(king.send_async(app))",
    "a coroutine function, wrapped": "import asyncio\nasync def hear(sender, **p): ...\n"
    "king.connect(hear)\n"
    "def run(f): return lambda *a, **k: asyncio.run(f(*a, **k))\n"
    "def act(): king.send(app, _async_wrapper=run)",
    "one that takes the key": "def hear(sender, gold): ...\nking.connect(hear)\n"
    "def act(): king.send(app, gold=1)",
    "a function of C": "king.connect(print)\ndef act(): king.send(app)",
    "a sender that is sent at times": "def hear(sender): ...\nking.connect(hear, 'x')\n"
    "def act(): king.send('y'), king.send('x')",
    "no sender at all": "def hear(sender): ...\nking.connect(hear)\ndef act(): king.send()",
    "the application": "def hear(sender): ...\nking.connect(hear)\ndef act(): king.send(app)",
    "a dict beside a payload": "def hear(sender, **p): ...\nking.connect(hear)\n"
    "def act(): king.send({}, gold=1)",
    "one that raises at times": "def hear(sender): return 1 / sender\nking.connect(hear)\n"
    "def act(): king.send(1), king.send(0)",
    "an object that is shown as something else by then": "class Model:\n    id = None\n"
    "    def __repr__(self): return f'<Model {self.id}>'\nmodel = Model()\ndef hear(sender): ...\n"
    "king.connect(hear, model)\ndef act():\n    model.id = 7\n    king.send(model)",
    "such an object, while the signal is muted": "class Model:\n    id = None\n"
    "    def __repr__(self): return f'<Model {self.id}>'\nmodel = Model()\ndef hear(sender): ...\n"
    "king.connect(hear, model)\n"
    "def act():\n    model.id = 7\n    with king.muted(): king.send(model)",
    "a member of an enumeration of texts": "import enum\nclass Kind(str, enum.Enum): A = 'a'\n"
    "@king.connect_via(Kind.A)\ndef hear(sender): ...\nking.connect(hear, app)\n"
    "def act(): king.send(Kind.A), king.send(app)",
    "a text of a class of its own": "class Text(str):\n    def __repr__(self): return '<text>'\n"
    "def hear(sender): ...\nking.connect(hear, 'x')\ndef act(): king.send(Text('x'))",
    "one that is cancelled": "import asyncio\nasync def hear(sender): await asyncio.sleep(9)\n"
    "king.connect(hear)\n"
    "def act(): asyncio.run(asyncio.wait_for(king.send_async(app), 0.01))",
    "one that ends the program": "def hear(sender): raise SystemExit\nking.connect(hear)\n"
    "def act():\n    try: king.send(app)\n    except SystemExit: ...",
    "the very same tuple": "HERE = (1, 2)\ndef hear(sender): ...\nking.connect(hear, HERE)\n"
    "def act(): king.send(HERE, gold=1) if False else king.send(HERE)",
}


@pytest.mark.parametrize("case", BY_SENDS.values(), ids=BY_SENDS.keys())
def test_a_trace_tells_what_is_sent(signalcli: SignalCli, case: Case) -> None:
    assert traced(signalcli, case.code) == [case.found]


@pytest.mark.parametrize("code", FINE_SENDS.values(), ids=FINE_SENDS.keys())
def test_what_is_well_sent_is_no_finding(signalcli: SignalCli, code: str) -> None:
    assert traced(signalcli, code) == []


# A session, by its history.

Line = tuple[str, ...]


def session(rule: str, receiver: str | None, where: str | None, message: str, remedy: str) -> Any:
    return {
        "rule": rule,
        "signal": "king",
        "receiver": receiver,
        "where": where,
        "message": message,
        "remedy": remedy,
    }


IN_SESSIONS: dict[str, tuple[list[Line], list[Any]]] = {
    "one that raises": (
        [("connect", "king", "failing"), ("send", "king", "狮子"), ("send", "king")],
        [
            session(
                "always-raises",
                "failing",
                "signalcli/demos.py:113",
                "failing raised in each of the 2 sends of king that called it, the last time "
                "RuntimeError: 小钻风在山里迷了路.",
                MEND,
            )
        ],
    ),
    "a filter": (
        [("connect", "king", "animal", "--sender", "大象"), ("send", "king", "狮子")],
        [
            session(
                "sender-never-sent",
                "animal",
                "signalcli/demos.py:62",
                "animal listens only to 大象, which king was never sent from: its only send came from "
                "狮子.",
                FROM_THERE,
            )
        ],
    ),
    "the text of a number": (
        [("connect", "king", "echo", "--sender", "1"), ("send", "king", ":=1")],
        [
            session(
                "sender-looks-equal",
                "echo",
                "signalcli/demos.py:97",
                'echo listens to the text "1", and wasn\'t called when king was sent from the integer '
                "1: they look equal, and are two senders to blinker.",
                SAME,
            )
        ],
    ),
    "a sentence": (
        [("connect", "king", "echo"), ("send", "king", "--sender=巡山去了！")],
        [
            session(
                "payload-as-sender",
                None,
                None,
                "king was sent with 巡山去了！ in the place of a sender, and no payload: receivers get "
                "it as their sender, and filters compare with it.",
                BY_KEYWORD,
            )
        ],
    ),
    "a payload that isn't taken, of many sends": (
        [("connect", "king", "strict"), ("send", "king", "gold=3", "--count", "2")],
        [
            session(
                "payload-not-taken",
                "strict",
                "signalcli/demos.py:103",
                "strict can't take what king is sent: TypeError: strict() got an unexpected keyword "
                "argument 'gold'.",
                DECLARE,
            )
        ],
    ),
    "a king that is sent as people try it": (
        [
            ("connect", "king", "animal"),
            ("send", "king", "狮子"),
            ("send", "king", "大鹏"),
            ("send", "king", "大象"),
            ("send", "king", "wind=东"),
            ("send", "king"),
        ],
        [],
    ),
    "a signal that is muted": (
        [
            ("connect", "king", "animal", "--sender", "大象"),
            ("mute", "king"),
            ("send", "king", "大象"),
        ],
        [],
    ),
    "lines whose senders aren't kept": (
        [
            ("connect", "king", "echo", "--sender", "大象"),
            ("send", "king", "--lines", "senders.txt"),
        ],
        [],
    ),
    "sends before it listened": (
        [
            ("define", "king"),
            ("send", "king", "狮子"),
            ("connect", "king", "echo", "--sender", "x"),
        ],
        [],
    ),
}


@pytest.mark.parametrize(("lines", "found"), IN_SESSIONS.values(), ids=IN_SESSIONS.keys())
def test_a_session_is_examined_by_its_history(
    signalcli: SignalCli, lines: list[Line], found: list[Any]
) -> None:
    (signalcli.directory / "senders.txt").write_text("大鹏\n狮子\n", encoding="utf-8")
    for line in lines:
        assert signalcli(*line).status in (0, 1)

    assert examined(signalcli)["findings"] == found


# What was read, and what wasn't.


def test_what_has_nothing_to_read_is_not_checked(signalcli: SignalCli) -> None:
    application(signalcli, "def hear(sender): ...\nking.connect(hear)")
    found = examined(signalcli, "--app", "shop")

    reason = (
        "What is sent isn't known without a trace. Keep one: signalcli trace request GET / --app shop "
        "--save trace.json, or signalcli trace run --save trace.json PROGRAM; and then: signalcli doctor --app shop --trace trace.json"
    )
    assert found == {
        "findings": [],
        "checked": [name for name in NAMES if name in CONNECTS + SIGNALS],
        "not_checked": [{"rule": name, "reason": reason} for name in NAMES if name in SENDS],
        "notes": [],
    }


def test_in_an_empty_session_nothing_is_checked(signalcli: SignalCli) -> None:
    found = examined(signalcli)

    assert (found["checked"], [one["rule"] for one in found["not_checked"]]) == ([], NAMES)


def test_a_trace_of_something_else_checks_nothing(signalcli: SignalCli) -> None:
    document: dict[str, list[Any]] = {"events": []}
    (signalcli.directory / "trace.json").write_text(json.dumps(document), encoding="utf-8")
    signalcli.ok("connect", "king", "animal")

    found = examined(signalcli, "--trace", "trace.json")

    reason = "The trace 'trace.json' has no send of a signal that is here."
    assert [one["rule"] for one in found["not_checked"] if one["reason"] == reason] == SENDS


def test_a_trace_that_is_none_is_an_error(signalcli: SignalCli) -> None:
    result = signalcli("doctor", "--trace", "missing.json")

    assert (result.status, result.stdout) == (2, "")
    assert "The trace 'missing.json' can't be read" in result.stderr


KEPT = "signalcli trace run --save {} PROGRAM"
REQUESTED = "signalcli trace request GET / --app shop --save trace.json, or "


@pytest.mark.parametrize(
    ("file", "arguments", "keep"),
    [
        ("bad.py", (), KEPT.format("trace.json")),
        ("trace.json", (), KEPT.format("new-trace.json")),
        (
            "bad.py",
            ("--app", "shop"),
            REQUESTED + KEPT.format("trace.json"),
        ),
    ],
)
def test_a_file_that_is_no_trace_is_left_as_it_is(
    signalcli: SignalCli, file: str, arguments: tuple[str, ...], keep: str
) -> None:
    """The trace that is suggested goes elsewhere."""
    (signalcli.directory / file).write_text("king.send()", encoding="utf-8")

    result = signalcli("doctor", *arguments, "--trace", file)

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr == f"Error: The file '{file}' is no trace. Keep one: {keep}\n"


def test_a_finding_is_one_line_and_what_wasnt_checked_stands_beside_it(
    signalcli: SignalCli,
) -> None:
    application(signalcli, "king.connect(lambda sender: 1)")

    result = signalcli("doctor", "--app", "shop")

    assert result.status == 1
    assert result.stdout == f"shop.py:7: dead-receiver: shop.<lambda>{GONE} {KEEP}\n"
    assert result.stderr.splitlines()[0] == (
        "1 finding in 3 rules that were checked. What a rule means: "
        "signalcli --app shop doctor --explain dead-receiver"
    )
    assert result.stderr.splitlines()[1].startswith(f"Not checked: {', '.join(SENDS)}. ")


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_explained_without_a_session_or_an_application(
    signalcli: SignalCli, name: str
) -> None:
    told = signalcli.ok("doctor", "--explain", name, "--app", "nowhere", "--json").json

    assert list(told) == ["rule", "what", "why", "bad", "good"]
    assert told["rule"] == name
    compile(told["bad"], "bad", "exec")
    compile(f"async def good():\n{_indented(told['good'])}", "good", "exec")


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.splitlines())


def test_an_unknown_rule_is_suggested_another(signalcli: SignalCli) -> None:
    result = signalcli("doctor", "--explain", "dead-reciever")

    assert result.status == 2
    assert result.stderr.startswith(
        "Error: No rule 'dead-reciever'. Did you mean 'dead-receiver'? There are: dead-receiver, "
    )


WELL = """
    alarms.py alone.py at_the_end.py blueprint.py environment.py
    factory.py factory.py:create_app keeps_exit.py lazy.py odd_stdout.py prints.py
    replaces_stdout.py returns_words.py several.py shop.py:app starts_a_thread.py wraps_stdout.py
"""
"""Those that can be loaded and end."""


@pytest.mark.parametrize("target", WELL.split())
def test_the_applications_of_the_tests_are_well(signalcli: SignalCli, target: str) -> None:
    result = signalcli("doctor", "--app", str(Path(APPS, target)), "--json")

    assert (result.status, result.json["findings"]) == (0, [])


# Receivers that only the trace has.

PLUGINS = """\
from blinker import signal

king, queen = signal("king"), signal("queen")
@king.connect
def here(sender, **p): ...

def run():
    def narrow(sender): ...
    async def later(sender, **p): ...
    def fails(sender, **p): raise ValueError("no")
    class Ear:
        def __call__(self, sender, *, item): ...
    def takes(sender, **p): {}.pop()
    def choosy(sender, **p): ...
    ear = Ear()
    king.connect(choosy, 'nobody')
    for receiver in (narrow, later, fails, ear, takes):
        with queen.connected_to(receiver):
            try: queen.send("run", gold=1)
            except Exception: ...
    king.send("run", gold=1)

if __name__ == "__main__": run()
"""
"""What it connects in its run isn't there when it is imported."""


def test_receivers_that_only_the_trace_has_are_judged_by_it(signalcli: SignalCli) -> None:
    (signalcli.directory / "shop.py").write_text(PLUGINS, encoding="utf-8")
    signalcli("trace", "run", "--save", "trace.json", "shop.py")

    found = examined(signalcli, "--app", "shop", "--trace", "trace.json")

    own = "shop.run.<locals>"
    assert [
        (one["rule"], one["receiver"].removeprefix(own), one["where"]) for one in found["findings"]
    ] == [
        ("coroutine-receiver", ".later", "shop.py:9"),
        ("payload-not-taken", ".narrow", "shop.py:8"),
        ("payload-not-taken", ".Ear()", "shop.py:12"),
        ("always-raises", ".fails", "shop.py:10"),
        ("always-raises", ".takes", "shop.py:13"),
    ]
    (note,) = found["notes"]
    such = f"6 receivers in the trace, such as {own}.narrow, are not connected now: "
    assert note == such + "what needs them is not known."


def test_filters_of_receivers_that_only_the_trace_has_are_not_checked(signalcli: SignalCli) -> None:
    (signalcli.directory / "shop.py").write_text(
        "from blinker import signal\nking = signal('king')\n"
        "def hear(sender): ...\n"
        "if __name__ == '__main__': king.connect(hear, 'x'), king.send('y')\n",
        encoding="utf-8",
    )
    signalcli.ok("trace", "run", "--save", "trace.json", "shop.py")

    found = examined(signalcli, "--app", "shop", "--trace", "trace.json")

    reason = "1 receiver in the trace, shop.hear, is not connected now: what needs it is not known."
    unchecked = [one["rule"] for one in found["not_checked"] if one["reason"] == reason]
    assert (found["findings"], unchecked) == ([], ["sender-never-sent", "sender-looks-equal"])
    assert found["notes"] == [reason]


def test_a_receiver_that_left_a_session_is_no_finding_any_more(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "echo")
    signalcli.ok("connect", "king", "failing")
    assert signalcli("send", "king").status == 1
    signalcli.ok("disconnect", "king", "failing")

    found = examined(signalcli)

    assert (found["findings"], found["notes"]) == ([], [])


def test_a_send_that_is_not_over_tells_of_no_sender_that_was_never_sent(
    signalcli: SignalCli,
) -> None:
    """It may be about to call who isn't told of yet."""
    code = (
        "def hear(sender): ...\ndef first(sender): ...\n"
        "king.connect(first, 'y')\nking.connect(hear, 'x')\n"
        "def act(): king.send('y'), king.send('x'), king.send({'a': 1})"
    )
    application(signalcli, code)
    signalcli.ok("trace", "request", "GET", "/", "--app", "shop", "--save", "trace.json")
    path = signalcli.directory / "trace.json"
    trace = json.loads(path.read_text(encoding="utf-8"))
    running = [event for event in trace["events"] if event["signal"] == "king"][1:]

    def found() -> list[str]:
        path.write_text(json.dumps(trace), encoding="utf-8")
        findings = examined(signalcli, "--app", "shop", "--trace", "trace.json")["findings"]
        return [one["rule"] for one in findings]

    assert found() == ["payload-as-sender"]
    for event in running:
        event.update(calls=[], ended=False)
    assert found() == []
    del trace["events"][trace["events"].index(running[0])]
    assert found() == ["sender-never-sent"]


# Senders that are objects.


def listening(*senders: object) -> ReceiverView:
    connections = tuple(Connection(False, sender) for sender in senders)
    return ReceiverView("hear", True, False, connections, "shop.py:1", None)


def sent(sender: object, shown: str | None, returned: int = 0, skipped: int = 0) -> Sent:
    heard = (Heard("hear", returned, 0, skipped),)
    return Sent("king", sender, shown, True, ("gold",), False, True, heard)


def rules_of(receiver: ReceiverView, *sends: Sent) -> list[str]:
    """The rules that find something with one receiver."""
    audience = (Audience(True, None, False, (), None),)
    signal = SignalView("king", "named", None, False, False, (receiver,), audience)
    evidence = Evidence((signal,), Sends(sends, ""), Connected(1), lambda signal, keys: {})
    return [finding.rule for finding in check(evidence).findings]


@pytest.mark.parametrize(
    ("listened", "one", "rules"),
    [
        (Shown("<Flask 'a'>"), sent("<Flask 'a'>", "<Flask 'a'>", returned=1), []),
        (Shown("<Flask 'a'>"), sent("<Flask 'b'>", "<Flask 'b'>", skipped=1), SENDS[2:3]),
        (Shown("Point(1)"), sent("Point(1)", "Point(1)", skipped=1), SENDS[5:]),
        (Shown("Point(1) #2"), sent("Point(1)", "Point(1)", skipped=1), SENDS[5:]),
        (Shown("<a.User object>"), sent("<a.User at 0>", "<a.User object>", skipped=1), []),
        (Shown("unknown object"), sent("Point(1)", "Point(1)", skipped=1), []),
        (Shown("Point(1)"), sent("Point(1)", None, skipped=1), SENDS[2:3]),
        (None, sent(None, "None", skipped=1), []),
        ([1], sent([1], "[1]", skipped=1), SENDS[5:]),
        (1, sent(True, None, returned=1), []),
        (1, sent(1.0, "1.0", skipped=1), SENDS[5:]),
    ],
)
def test_objects_are_held_against_each_other_by_what_they_are_shown_as(
    listened: object, one: Sent, rules: list[str]
) -> None:
    assert rules_of(listening(listened), one) == rules


def test_a_wrapper_makes_no_finding_of_a_coroutine(signalcli: SignalCli) -> None:
    """It lets it hear: only what was sent without one is a finding."""
    signalcli.ok("connect", "king", "coroutine")
    signalcli.ok("send", "king", "--wrap")
    assert examined(signalcli)["findings"] == []

    signalcli("send", "king")

    assert [one["rule"] for one in examined(signalcli)["findings"]] == ["coroutine-receiver"]
