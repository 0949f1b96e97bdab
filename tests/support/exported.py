"""What the tests of exports share: random sessions and sends, and a Python that runs exported code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st

from signalcli.errors import UsageError
from signalcli.export.code.module import Module
from signalcli.export.code.preamble import Setup
from signalcli.export.code.sends import Sends, sends_of
from signalcli.history.record import Record
from signalcli.past import Past
from signalcli.playground.playground import Playground
from signalcli.session.document import format_session, parse_session
from signalcli.streams import captured
from signalcli.text import from_json, is_json
from signalcli.values.delivery import Delivery, Sender, SendOptions, Session
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.signal_name import SignalName

OWN = {
    "herald": OwnReceiver(says="{sender}: {slogan} of {signal} {{}} {key-2}", returns=[1, None]),
    "class": OwnReceiver(says="{payload} and {payload}", returns={"heard": True}),
    "king-2": OwnReceiver(says="\"{signal}\" hears '{sender}'\n{slogan}", strict=True),
    "print": OwnReceiver(raises='not "today"\\', says="tab\t{sender}\x1b"),
    "courier": OwnReceiver(says="{signal}", returns="delivered", is_async=True, strict=True),
    "storm": OwnReceiver(raises="thunder", is_async=True),
}
RECEIVERS = ("animal", "animal_one", "echo", "strict", "failing", "coroutine", *OWN)
NAMES = ("king", "zoo/king", "@roar", "/a/b", "大象", "class", "king-2", "animal", "zoo/@x", "@@")
METAS = tuple(
    f"{name}:receiver_{what}" for name in NAMES[:3] for what in ("connected", "disconnected")
)
SENDERS: tuple[Sender, ...] = ("大象", "狮子", "1", 1, "", -7, '"\\\n', "\ud800")

names = st.sampled_from(NAMES)
receivers = st.sampled_from(RECEIVERS)
filters = st.lists(st.sampled_from(SENDERS), max_size=5)
payloads = st.dictionaries(
    st.sampled_from(("slogan", "sender", "self", "key-2", "class", "signal", "__debug__", "ﬁ")),
    st.sampled_from((1, "巡山", [1.5, {"a": None}], True, '{"\\')),
    max_size=3,
)
send_options = st.builds(
    SendOptions,
    on_error=st.sampled_from(("stop", "stop", "continue")),
    is_async=st.booleans(),
    wrap=st.booleans(),
    muted=st.sampled_from((False, False, True)),
    connected_to=st.none() | st.none() | receivers,
)

Operation = tuple[Any, ...]
"""The name of a method of the playground, with its arguments."""

operations = st.one_of(
    st.tuples(st.just("connect"), names, receivers, filters, st.booleans()),
    st.tuples(st.just("connect"), names, receivers, filters, st.booleans()),
    st.tuples(st.just("connect"), st.sampled_from(METAS), receivers, st.just([]), st.booleans()),
    st.tuples(st.just("connect"), st.just("mob"), receivers, filters, st.booleans()),
    st.tuples(st.just("connect"), st.just("lonely"), st.just("animal"), filters, st.booleans()),
    st.tuples(st.just("disconnect"), names, receivers, filters),
    st.tuples(st.just("disconnect"), names, receivers, filters),
    st.tuples(st.just("define"), names, st.none() | st.text(max_size=5)),
    st.tuples(st.just("mute"), names),
    st.tuples(st.just("drop"), receivers),
)


def made(done: Sequence[Operation]) -> Session:
    """The session that a playground holds when it did all that."""
    with captured(live=True) as capture:
        playground = Playground(Session({}, OWN), "the session", capture)
        for name in ("mob", "lonely"):
            playground.define(SignalName.parse(name), ordered=False)
        for what, name, *arguments in done:
            target = name if what == "drop" else SignalName.parse(name)
            try:
                getattr(playground, what)(target, *arguments)
            except UsageError:  # what isn't defined can't be changed
                continue
        return parse_session(from_json(format_session(playground.snapshot())))


def silently_made(done: Sequence[Operation]) -> Session:
    """The same, without what meta signals let receivers print."""
    with redirect_stdout(StringIO()):
        return made(done)


sessions = st.lists(operations, max_size=25).map(silently_made)

Message = tuple[str, object, dict[str, Any], SendOptions]


@st.composite
def sessions_with_sends(draw: st.DrawFn) -> tuple[Session, list[Message]]:
    """A session, and what is sent to its signals: only what always comes to the same."""
    session = draw(sessions)
    senders = st.sampled_from((*SENDERS, None, True, 0, 1.5, ["大象"]))
    targets = st.sampled_from([name for name in session.signals if name != "mob"])
    sends = draw(st.lists(st.tuples(targets, senders, payloads, send_options), max_size=6))
    return session, [
        (
            name,
            sender,
            payload,
            options._replace(connected_to=None) if name == "lonely" else options,
        )
        for name, sender, payload, options in sends
    ]


def as_sends(session: Session, messages: Sequence[Message]) -> Sends:
    """What was sent, as the history has it."""
    records = [
        Record(f"{number:010x}", "2026-11-24T08:30:00+08:00", Delivery(n, s, p, False, (), options))
        for number, (n, s, p, options) in enumerate(messages)
    ]
    return sends_of(Past(tuple(records), ()), session)


def called_in_code(session: Session, sends: Sends) -> dict[str, str]:
    """What every signal is called in the exported code."""
    setup = Setup(Module(""), session, sends)
    return {name: setup.signal(name) for name in session.signals}


class Ran(NamedTuple):
    """What a script did."""

    stdout: str
    stderr: str
    states: dict[str, Any]
    """What blinker keeps of each signal, by what it is called in the code."""
    results: list[list[Any]]
    """What each send gave its caller: the receivers with their values, if those are JSON."""


WORKER = r"""
import asyncio, contextlib, io, json, sys
from weakref import ref
import blinker
from blinker import Signal

RESULTS = []
send, send_async = Signal.send, Signal.send_async

def noted(results):
    RESULTS.append([[receiver.__name__, as_json(value)] for receiver, value in results])
    return results

def as_json(value):
    try:
        json.dumps(value)
        return value
    except (TypeError, ValueError):
        return "no JSON"

def noted_send(self, sender=None, /, **payload):
    return noted(send(self, sender, **payload))

async def noted_send_async(self, sender=None, /, **payload):
    return noted(await send_async(self, sender, **payload))

Signal.send, Signal.send_async = noted_send, noted_send_async

def state(signal):
    live = {i: held() if isinstance(held, ref) else held for i, held in signal.receivers.items()}
    name = {i: receiver.__name__ for i, receiver in live.items()}
    return {
        "doc": vars(signal).get("__doc__"),
        "muted": signal.is_muted,
        "name": getattr(signal, "name", None) if type(signal) is not Signal else None,
        "receivers": [[name[i], isinstance(held, ref)] for i, held in signal.receivers.items()],
        "buckets": [[s, [name[i] for i in bucket]] for s, bucket in signal._by_sender.items()],
    }

for line in sys.stdin:
    task = json.loads(line)
    blinker.default_namespace.clear()
    RESULTS.clear()
    namespace = {"__name__": "__main__"}
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    stderr = io.StringIO()
    failed = None
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            exec(compile(task["setup"], "exported", "exec"), namespace)
            states = {called: state(eval(called, namespace)) for called in task["signals"]}
            blinker.default_namespace.clear()
            RESULTS.clear()
            exec(compile(task["script"], "exported", "exec"), {"__name__": "__main__"})
        except BaseException as error:
            failed = repr(error)
    stdout.flush()
    answer = {
        "failed": failed or ("signalcli" in sys.modules and "it imports signalcli"),
        "stdout": stdout.buffer.getvalue().decode(),
        "stderr": stderr.getvalue(),
        "states": None if failed else states,
        "results": RESULTS,
    }
    sys.__stdout__.write(json.dumps(answer) + "\n")
    sys.__stdout__.flush()
"""


class Interpreter:
    """A Python that has blinker, and runs exported scripts one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(self, setup: str, script: str = "", signals: Sequence[str] = ()) -> Ran:
        """Run a script, and before it one that is looked at when it ends.

        :param signals: what to look at, as it is called there.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        task = {"setup": setup, "script": script, "signals": list(signals)}
        self._process.stdin.write(json.dumps(task).encode() + b"\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert not answer.pop("failed"), answer
        return Ran(**answer)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@pytest.fixture(scope="module")
def interpreter() -> Iterator[Interpreter]:
    """A Python that has blinker, and runs exported scripts one after the other."""
    started = Interpreter()
    yield started
    started.close()


class Sent(NamedTuple):
    """What a playground's sends came to."""

    stdout: str
    errors: list[str]
    """What came out of each, if something did, as a script tells it."""
    results: list[list[Any]]


def sent_in_playground(session: Session, messages: Sequence[Message]) -> Sent:
    """Send it all in a playground, and note what a script would tell."""
    printed = StringIO()
    errors: list[str] = []
    results: list[list[Any]] = []
    with redirect_stdout(printed), captured(live=True) as capture:
        capture._live = printed  # as it was printed: nothing escaped
        capture._show = lambda text: None  # type: ignore[method-assign]
        write = capture.write

        def both(text: str) -> int:
            printed.write(text)
            return write(text)

        capture.write = both  # type: ignore[method-assign]
        playground = Playground(session, "the session", capture)
        for name, sender, payload, options in messages:
            delivery = playground.send(SignalName.parse(name), sender, dict(payload), options)
            errors += raised(delivery)
            results += given(delivery)
    return Sent(printed.getvalue(), errors, results)


def raised(delivery: Delivery) -> list[str]:
    """What came out of a send: of each call, where exceptions are kept, and of what was around."""
    own = [f"{call.error.type}: {call.error.message}" for call in delivery.calls if call.error]
    around = [
        f"{call.error.type}: {call.error.message}"
        for meta in delivery.deliveries
        for call in meta.calls
        if call.error
    ]
    if delivery.options.on_error == "continue":
        return own + around[-1:]
    return (own + around)[-1:]


def given(delivery: Delivery) -> list[list[Any]]:
    """What the sends within a send gave their callers."""
    before: list[Delivery] = []
    after: list[Delivery] = []
    for meta in delivery.deliveries:
        (after if meta.signal.endswith("disconnected") else before).append(meta)
    found: list[list[Any]] = [results_of(meta) for meta in before if not meta.raised]
    stopped = any(meta.raised for meta in before)
    if delivery.options.on_error == "continue":
        found += [[result] for result in results_of(delivery)]
    elif not stopped and not any(call.error for call in delivery.calls):
        found.append(results_of(delivery))
    return found + [results_of(meta) for meta in after if not meta.raised]


def results_of(delivery: Delivery) -> list[Any]:
    return [
        [call.receiver, "no JSON" if is_told(call.value) else call.value]
        for call in delivery.calls
        if call.outcome == "returned"
    ]


def is_told(value: object) -> bool:
    """Whether it is no JSON: of meta signals, only how it is written is kept."""
    return not is_json(value) or (isinstance(value, str) and " at 0x" in value)


ADDRESS = re.compile(r"<(?:[\w.]*Signal object|function \S+) at 0x\w+")


def without_addresses(text: str) -> str:
    """The same, but for what differs from process to process, and by what a function is called."""
    return ADDRESS.sub("<object", text)
