"""Examine applications and sessions with ``signalcli doctor``."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from signalcli.doctor.examine import explained_rules
from signalcli.receivers import demos
from tests.support.cli import SignalCli

NAMES = [rule.rule for rule in explained_rules()]
CONNECTS = [
    "dead-receiver",
    "sender-zero",
    "disconnect-missed",
    "connected-twice",
    "dead-sender",
    "bare-connect-via",
    "never-disconnected",
]
SIGNALS = ["stale-has-receivers-for", "sender-is-proxy"]
FILES = ["never-imported"]
LEVELS = {rule.rule: rule.level for rule in explained_rules()}
SENDS = [name for name in NAMES if name not in CONNECTS + SIGNALS + FILES]

GONE = " was connected to king weakly and was deleted: nothing else referenced it, so no send calls it."
KEEP = "Keep a reference to it while it should be called, or connect it with weak=False."
REMEDIES = {
    "dead-receiver": KEEP,
    "sender-zero": "Use another sender: text, or an integer from 1.",
    "stale-has-receivers-for": "Where code asks has_receivers_for, ask any(True for receiver in "
    "signal.receivers_for(sender)).",
    "coroutine-receiver": "Send with send_async, or pass send an _async_wrapper; in a session, send "
    "--async or --wrap.",
    "payload-not-taken": "Declare it as def receiver(sender, /, **payload), with a default for each "
    "other parameter.",
    "sender-never-sent": "Send the signal from that sender, or connect the receiver to a sender that "
    "sends it.",
    "sender-looks-equal": "Use the same object on both sides, or text of the same spelling.",
    "payload-as-sender": "Pass it by keyword, after the sender: signal.send(sender, value=…).",
    "always-raises": "Fix it or disconnect it: its exception ends the send, so the receivers after it "
    "are not called.",
}

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


def demo_place(name: str, text: str = "def ") -> str:
    """Return where a demo receiver is defined, or its first line with a text, as output names it."""
    lines, first = inspect.getsourcelines(getattr(demos, name))
    line = next(number for number, one in enumerate(lines, first) if text in one)
    return f"signalcli/receivers/demos.py:{first if text == 'def ' else line}"


class Case(NamedTuple):
    """Lines of an application, the first of which is line 7 of its file, or commands; and a finding."""

    code: str
    rule: str
    receiver: str | None
    where: str | None
    message: str
    remedy: str | None = None
    """``None`` for the remedy of the rule."""
    level: str | None = None
    """``None`` for the level of the rule."""

    @property
    def found(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "level": self.level or LEVELS[self.rule],
            "signal": "king",
            "receiver": self.receiver,
            "where": self.where,
            "message": self.message,
            "remedy": self.remedy or REMEDIES[self.rule],
        }


def finds(faults: Mapping[str, Any], fine: Mapping[str, str]) -> pytest.MarkDecorator:
    """Run a test with the code of each case and what is found in it.

    :param faults: cases, or code with what is found.
    :param fine: code in which nothing is found, though it looks like a fault.
    """
    cases = {
        name: (case.code, [case.found]) if isinstance(case, Case) else case
        for name, case in faults.items()
    }
    assert cases.keys().isdisjoint(fine)
    cases |= {name: (code, []) for name, code in fine.items()}
    return pytest.mark.parametrize(("code", "found"), cases.values(), ids=cases)


def application(signalcli: SignalCli, code: str) -> None:
    """Write an application with these lines, whose request calls their ``act``."""
    signalcli.write("shop.py", f"{HEAD}{code}\n{TAIL}")


CALLED = "signalcli called "
"""The start of the note on a factory."""


def examined(signalcli: SignalCli, *arguments: str) -> Any:
    """Return the JSON of an examination, and check its status."""
    result = signalcli("doctor", "--json", *arguments)
    notes = [line for line in result.stderr.splitlines() if not line.startswith(CALLED)]
    has_errors = any(finding["level"] == "error" for finding in result.json["findings"])
    assert (result.status, notes) == (int(has_errors), []), result
    return result.json


def traced(signalcli: SignalCli, code: str) -> list[Any]:
    """Return what is found in an application with the trace of one request."""
    application(signalcli, code)
    trace = signalcli("trace", "request", "GET", "/", "--app", "shop", "--json")
    (signalcli.directory / "trace.json").write_text(trace.stdout, encoding="utf-8")
    found: list[Any] = examined(signalcli, "--app", "shop", "--trace", "trace.json")["findings"]
    return found
