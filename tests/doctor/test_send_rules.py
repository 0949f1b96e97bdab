"""``signalcli doctor``: what its rules about sends find, and similar code that is correct."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from signalcli.apps.connecting.connect_report import ConnectReport
from signalcli.doctor.evidence import Evidence
from signalcli.doctor.examine import check_rules
from signalcli.doctor.past_sends import ExaminedSend, ReceiverOutcomes, SendEvidence
from signalcli.values.inspection import (
    Connection,
    ObjectDescription,
    ReceiverView,
    SenderReceivers,
    SignalView,
)
from tests.support.cli import SignalCli
from tests.support.doctor import Case, application, demo_place, examined, finds, traced

pytestmark = pytest.mark.slow


def hears(rule: str, where: str | None, message: str, code: str) -> Case:
    receiver = None if rule == "payload-as-sender" else "shop.hear"
    return Case(code, rule, receiver, where, message)


BY_SENDS = {
    "a coroutine function": hears(
        "coroutine-receiver", "shop.py:7",
        "shop.hear is a coroutine function, but king is sent with send, which raises RuntimeError for "
        "it.",
        "async def hear(sender, **p): ...\nking.connect(hear)\ndef act(): king.send(app)"
    ),
    "an object whose call is a coroutine": Case(
        "class Ear:\n    async def __call__(self, sender, **p): ...\near = Ear()\n"
        "king.connect(ear)\ndef act(): king.send(app)",
        "coroutine-receiver", "shop.Ear()", "shop.py:8",
        "shop.Ear() returns a coroutine that the send of king doesn't await: blinker doesn't recognise "
        "it as a coroutine function, so its body never runs.",
        "Connect the coroutine function itself and send with send_async, or run the coroutine in the "
        "receiver."
    ),
    "a key that isn't taken": hears(
        "payload-not-taken", "shop.py:7",
        "shop.hear does not accept the payload of king: TypeError: hear() got an unexpected keyword "
        "argument 'gold'.",
        "def hear(sender): ...\nking.connect(hear)\ndef act(): king.send(app, gold=1)"
    ),
    "another text": hears(
        "sender-never-sent", "shop.py:7",
        "shop.hear listens only to elephant, but king was never sent from there: its only send came from "
        "Elephant.",
        "def hear(sender): ...\nking.connect(hear, 'elephant')\ndef act(): king.send('Elephant')"
    ),
    "a dict": hears(
        "payload-as-sender", None,
        "king was sent with {'user': 1} as the sender and without a payload: receivers get it as "
        "their sender, and sender filters compare with it.",
        "def hear(sender): ...\nking.connect(hear)\ndef act(): king.send({'user': 1})"
    ),
    "numbers that are never the same": hears(
        "payload-as-sender", None,
        "king was sent with 1 and 2 more as the sender and without a payload: receivers get it as "
        "their sender, and sender filters compare with it.",
        "def hear(sender): ...\nking.connect(hear)\ndef act(): [king.send(n) for n in (1, 2, 3)]"
    ),
    "one that raises": hears(
        "always-raises", "shop.py:7",
        "shop.hear raised in the only send of king that called it: ValueError: no.",
        "def hear(sender, **p): raise ValueError('no')\nking.connect(hear)\n"
        "def act(): king.send(app)"
    ),
    "one that raises in Python's own code": hears(
        "always-raises",
        "shop.py:8",
        "shop.hear raised in the only uninterrupted send of king that called it: "
        "JSONDecodeError: Expecting value: line 1 column 1 (char 0).",
        "import json\n"
        "def hear(sender, **p): json.loads('' if sender is app else exit())\nking.connect(hear)\n"
        "def act():\n    try: king.send('x')\n    except SystemExit: king.send(app)",
    )._replace(level="warning"),
    "a text, beside an object that was sent": hears(
        "sender-never-sent", "shop.py:11",
        "shop.hear listens to y, but king was never sent from there: its only send came from "
        "<Model 7>.",
        "class Model:\n    id = None\n    def __repr__(self): return f'<Model {self.id}>'\n"
        "model = Model()\ndef hear(sender): ...\nking.connect(hear, model)\nking.connect(hear, 'y')\n"
        "def act():\n    model.id = 7\n    king.send(model)"
    ),
    "an equal tuple": hears(
        "sender-looks-equal", "shop.py:8",
        "shop.hear listens to (1, 2), but was not called when king was sent from another (1, 2): they "
        "look equal, but blinker treats them as two senders.",
        "def hear(sender): ...\nking.connect(hear, (1, 2))\n"
        "def act(): king.send(tuple([1, 2]), gold=1)"
    ),
}  # fmt: skip

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
    "the second of two objects of one name": "class Model:\n    def __init__(self): self.id = 7\n"
    "one, two = Model(), Model()\ndef hear(sender): ...\nking.connect(hear, two)\n"
    "def act(): king.send(one), king.send(two)",
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


@finds(BY_SENDS, FINE_SENDS)
def test_a_trace_shows_what_is_sent(signalcli: SignalCli, code: str, found: list[Any]) -> None:
    assert traced(signalcli, code) == found


# A session, by its history.


IN_SESSIONS = {
    "one that raises": Case(
        "connect king failing; send king 狮子; send king", "always-raises", "failing",
        demo_place("failing", "raise RuntimeError"),
        "failing raised in each of the 2 sends of king that called it, the last time RuntimeError: 小钻风在山里迷了路."
    ),
    "a filter": Case(
        "connect king animal --sender 大象; send king 狮子", "sender-never-sent", "animal",
        demo_place("animal"),
        "animal listens only to 大象, but king was never sent from there: its only send came from 狮子."
    ),
    "the text of a number": Case(
        "connect king echo --sender 1; send king :=1", "sender-looks-equal", "echo", demo_place("echo"),
        'echo listens to the text "1", but was not called when king was sent from the integer 1: they look equal, but blinker treats them as two senders.'
    ),
    "a sentence": Case(
        "connect king echo; send king --sender=巡山去了！", "payload-as-sender", None, None,
        "king was sent with 巡山去了！ as the sender and without a payload: receivers get it as their sender, and sender filters compare with it."
    ),
    "a payload that isn't taken, of many sends": Case(
        "connect king strict; send king gold=3 --count 2", "payload-not-taken", "strict",
        demo_place("strict"),
        "strict does not accept the payload of king: TypeError: strict() got an unexpected keyword argument 'gold'."
    ),
}  # fmt: skip

FINE_SESSIONS = {
    "a king that is sent as people try it": "connect king animal; send king 狮子; send king 大鹏; send king 大象; send king wind=东; send king",
    "a signal that is muted": "connect king animal --sender 大象; mute king; send king 大象",
    "lines whose senders aren't kept": "connect king echo --sender 大象; send king --lines senders.txt",
    "sends before it listened": "define king; send king 狮子; connect king echo --sender x",
}


def examined_after(signalcli: SignalCli, commands: str) -> list[object]:
    """Return what is found in a session after these commands."""
    signalcli.write("senders.txt", "大鹏\n狮子\n")
    for command in commands.split("; "):
        assert signalcli(*shlex.split(command)).status in (0, 1)
    findings: list[object] = examined(signalcli)["findings"]
    return findings


@finds(IN_SESSIONS, FINE_SESSIONS)
def test_the_history_of_a_session_shows_faults(
    signalcli: SignalCli, code: str, found: list[Any]
) -> None:
    assert examined_after(signalcli, code) == found


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
    signalcli.write("shop.py", PLUGINS)
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
    assert note == such + "rules about connections do not apply."


def test_filters_of_receivers_that_only_the_trace_has_are_not_checked(signalcli: SignalCli) -> None:
    signalcli.write(
        "shop.py",
        "from blinker import signal\nking = signal('king')\n"
        "def hear(sender): ...\n"
        "if __name__ == '__main__': king.connect(hear, 'x'), king.send('y')\n",
    )
    signalcli.ok("trace", "run", "--save", "trace.json", "shop.py")

    found = examined(signalcli, "--app", "shop", "--trace", "trace.json")

    reason = "1 receiver in the trace, shop.hear, is not connected now: rules about connections do not apply."
    unchecked = [one["rule"] for one in found["not_checked"] if one["reason"] == reason]
    assert (found["findings"], unchecked) == ([], [*NEVER_SENT, *LOOKS_EQUAL, "class-or-instance"])
    assert found["notes"] == [reason]


def test_a_receiver_that_left_a_session_is_no_finding_any_more(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "echo")
    signalcli.ok("connect", "king", "failing")
    assert signalcli("send", "king").status == 1
    signalcli.ok("disconnect", "king", "failing")

    found = examined(signalcli)

    assert (found["findings"], found["notes"]) == ([], [])


def test_a_send_that_is_not_over_shows_no_sender_that_was_never_sent(signalcli: SignalCli) -> None:
    """It may still call receivers that the trace does not have."""
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


def sent(sender: object, shown: str | None, returned: int = 0, skipped: int = 0) -> ExaminedSend:
    heard = (ReceiverOutcomes("hear", returned, 0, skipped),)
    return ExaminedSend("king", sender, shown, True, ("gold",), False, True, heard)


LOOKS_EQUAL, NEVER_SENT = ["sender-looks-equal"], ["sender-never-sent"]


def rules_of(receiver: ReceiverView, *sends: ExaminedSend) -> list[str]:
    """The rules that find something with one receiver."""
    audience = (SenderReceivers(True, None, False, (), None),)
    signal = SignalView("king", "named", None, False, False, (receiver,), audience)
    evidence = Evidence(
        (signal,), SendEvidence(sends, ""), ConnectReport(1), lambda signal, keys: {}
    )
    return [finding.rule for finding in check_rules(evidence).findings]


@pytest.mark.parametrize(
    ("listened", "one", "rules"),
    [
        (ObjectDescription("<Flask 'a'>"), sent("<Flask 'a'>", "<Flask 'a'>", returned=1), []),
        (
            ObjectDescription("<Flask 'a'>"),
            sent("<Flask 'b'>", "<Flask 'b'>", skipped=1),
            NEVER_SENT,
        ),
        (ObjectDescription("Point(1)"), sent("Point(1)", "Point(1)", skipped=1), LOOKS_EQUAL),
        (ObjectDescription("Point(1) #2"), sent("Point(1)", "Point(1)", skipped=1), LOOKS_EQUAL),
        (
            ObjectDescription("<a.User object>"),
            sent("<a.User at 0>", "<a.User object>", skipped=1),
            [],
        ),
        (ObjectDescription("unknown object"), sent("Point(1)", "Point(1)", skipped=1), []),
        (ObjectDescription("Point(1)"), sent("Point(1)", None, skipped=1), NEVER_SENT),
        (None, sent(None, "None", skipped=1), []),
        ([1], sent([1], "[1]", skipped=1), LOOKS_EQUAL),
        (1, sent(True, None, returned=1), []),
        (1, sent(1.0, "1.0", skipped=1), LOOKS_EQUAL),
    ],
)
def test_objects_are_held_against_each_other_by_what_they_are_shown_as(
    listened: object, one: ExaminedSend, rules: list[str]
) -> None:
    assert rules_of(listening(listened), one) == rules


def test_a_wrapper_makes_no_finding_of_a_coroutine(signalcli: SignalCli) -> None:
    """It lets it hear: only what was sent without one is a finding."""
    signalcli.ok("connect", "king", "coroutine")
    signalcli.ok("send", "king", "--wrap")
    assert examined(signalcli)["findings"] == []

    signalcli("send", "king")

    assert [one["rule"] for one in examined(signalcli)["findings"]] == ["coroutine-receiver"]
