"""The remedies of ``signalcli why``, which depend on what connects a receiver and what sends its signal."""

from __future__ import annotations

import shlex

import pytest

from tests.support.cli import SignalCli

SHOP = """\
from blinker import signal
from flask import Flask, got_request_exception, message_flashed

app = Flask("shop")
paid, closed = signal("paid"), signal("closed")

def orphan(sender, **payload): ...
def alone(sender, **payload): ...
@closed.connect
def other(sender, **payload): ...
@paid.connect
def mail(sender, **payload): ...

def init_hooks():
    paid.connect(orphan)

@got_request_exception.connect
def first(sender, **payload): ...
@got_request_exception.connect
def report(sender, **payload): ...
@message_flashed.connect
def flashed(sender, **payload): ...

@app.errorhandler(Exception)
def failed(error): return "Sorry", 500

@app.get("/")
def index():
    paid.send(app)
    return "ok"
"""
HOOKS = """\
from shop import app, closed, paid

def register():
    paid.connect(audit)

def audit(sender, **payload): ...

class Other:
    def on(self, sender, **payload): ...
    def start(self): closed.connect(self.on)

class Hook:
    def on(self, sender, **payload): ...
    def init_app(self, app): closed.connect(self.on)
"""
WORKER = """\
from blinker import signal
signal("paid").connect(print)
signal("paid").send("worker")
"""
OBSTACLE = (
    "Register it with errorhandler(500), which Flask calls after it sent the signal, or do what "
    "the receiver does in the handler."
)
TRACED = "--request", "/"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "step", "found", "remedy"),
    [
        (
            ("orphan", *TRACED), "connected", "nothing connected it",
            "Call init_hooks(), which connects it.",
        ),
        (("alone", *TRACED), "connected", "nothing connected it", "Connect it: signal.connect(alone)."),
        (
            ("other", "--signal", "paid", *TRACED), "connected", "it is connected to closed, not to paid",
            "Connect it: paid.connect(other).",
        ),
        (
            ("report", *TRACED), "signal sent", "flask/got-request-exception was never sent in 1 request",
            OBSTACLE,
        ),
        (
            ("flashed", *TRACED), "signal sent", "flask/message-flashed was never sent in 1 request",
            "Trace a request or a program that meets the condition.",
        ),
        (
            ("Hook.on", *TRACED), "imported", "hooks was never imported",
            "Import its module where the application is made: import hooks, and call Hook.init_app().",
        ),
        (
            ("mail", "--run", "worker.py"), "connected", "it was not connected when paid was sent",
            "Connect it before the send, in the process that sends.",
        ),
    ],
)  # fmt: skip
def test_the_remedy_is_the_one_that_helps(
    signalcli: SignalCli, words: tuple[str, ...], step: str, found: str, remedy: str
) -> None:
    signalcli.write("shop.py", SHOP)
    signalcli.write("hooks.py", HOOKS)
    signalcli.write("worker.py", WORKER)

    answer = signalcli("--app", "shop", "why", *words, "--json").json

    last = answer["steps"][-1]
    assert (last["step"], last["state"], last["found"]) == (step, "broken", found)
    assert answer["remedy"] == remedy


def test_a_dropped_receiver_is_asked_about_by_the_signal_that_it_had(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal")
    signalcli.ok("send", "king", "大象")
    signalcli.ok("drop", "animal")

    past, asked = signalcli.ok("why", "animal"), signalcli("why", "animal", "大象")

    assert past.stdout.startswith("animal was called\n")
    assert (asked.status, asked.stderr) == (1, "")
    assert asked.stdout.startswith("animal would not be called\n")


@pytest.mark.parametrize(
    ("before", "words", "following"),
    [
        ([], (), "connect king animal"),
        (["define queen"], (), "connect queen animal"),
        (["connect king animal"], (), "explain king"),
        (["connect king animal --sender 3"], (), "why animal --signal king --sender 3"),
        (["connect king animal --sender :=3"], (), "why animal --signal king --sender :=3"),
        (["connect 'a b' animal"], (), "explain 'a b'"),
        (["connect king animal --sender 3", "send king"], (), "send king --sender 3"),
        (["connect king animal", "mute king"], ("--sender", "a"), "unmute king"),
        (["connect king animal", "mute king", "send king"], (), "unmute king"),
        (["connect king animal", "mute king", "send king", "unmute king"], (), "send king"),
        (["connect king animal", "define queen", "send queen"], (), "explain king"),
        (["connect king failing animal", "send king"], (), "send king --on-error continue"),
    ],
)
@pytest.mark.parametrize("chosen", [(), ("--session", "zoo")])
def test_the_next_command_of_a_session_is_complete(
    signalcli: SignalCli,
    before: list[str],
    words: tuple[str, ...],
    following: str,
    chosen: tuple[str],
) -> None:
    for line in before:
        assert signalcli(*chosen, *shlex.split(line)).status in (0, 1)

    answer = signalcli(*chosen, "why", "animal", *words, "--json").json

    assert answer["next"] == " ".join(("signalcli", *chosen, following))
    assert signalcli(*shlex.split(answer["next"])[1:]).status in (0, 1)
