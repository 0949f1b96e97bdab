"""Random sessions and sends for tests of exports, and an interpreter that runs exported code."""

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
from signalcli.export.code.preamble import Preamble
from signalcli.export.code.sends import RepeatedSends, repeatable_sends
from signalcli.history.query import History
from signalcli.history.record import Record
from signalcli.playground.editor import SessionEditor
from signalcli.session.document import format_session, parse_session
from signalcli.streams import captured
from signalcli.text import from_json, is_json
from signalcli.values.delivery import Call, Delivery, Message, SendOptions
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.session import Sender, Session
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


def options_with(receivers: st.SearchStrategy[str]) -> st.SearchStrategy[SendOptions]:
    """Return a strategy for the options of a send, with one of some receivers connected or none."""
    return st.builds(
        SendOptions,
        on_error=st.sampled_from(("stop", "stop", "continue")),
        is_async=st.booleans(),
        wrap=st.booleans(),
        muted=st.sampled_from((False, False, True)),
        connected_to=st.none() | st.none() | receivers,
    )


def json_of(texts: st.SearchStrategy[str], leaves: int = 6) -> st.SearchStrategy[Any]:
    """Return a strategy for JSON values whose keys and texts are some texts."""
    numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    return st.recursive(
        st.none() | st.booleans() | numbers | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=leaves,
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
    """Return the session after some operations."""
    with captured(live=True) as capture:
        playground = SessionEditor(Session({}, OWN), "the session", capture)
        for name in ("mob", "lonely"):
            playground.define(SignalName.parse(name), ordered=False)
        for what, name, *arguments in done:
            target = name if what == "drop" else SignalName.parse(name)
            if what == "connect":
                arguments[0] = [arguments[0]]  # it takes several receivers
            try:
                getattr(playground, what)(target, *arguments)
            except UsageError:  # what isn't defined can't be changed
                continue
        return parse_session(from_json(format_session(playground.snapshot())))


def silently_made(done: Sequence[Operation]) -> Session:
    """Return the session after some operations, without printing what receivers print."""
    with redirect_stdout(StringIO()):
        return made(done)


sessions = st.lists(operations, max_size=25).map(silently_made)

SentMessage = tuple[str, object, dict[str, Any], SendOptions]


@st.composite
def sessions_with_sends(draw: st.DrawFn) -> tuple[Session, list[SentMessage]]:
    """Draw a session, and sends to its signals with a defined result."""
    session = draw(sessions)
    senders = st.sampled_from((*SENDERS, None, True, 0, 1.5, ["大象"]))
    targets = st.sampled_from([name for name in session.signals if name != "mob"])
    sends = draw(
        st.lists(st.tuples(targets, senders, payloads, options_with(receivers)), max_size=6)
    )
    return session, [
        (
            name,
            sender,
            payload,
            options._replace(connected_to=None) if name == "lonely" else options,
        )
        for name, sender, payload, options in sends
    ]


def as_sends(session: Session, messages: Sequence[SentMessage]) -> RepeatedSends:
    """Return sends as the history records them."""
    records = [
        Record(f"{number:010x}", "2026-11-24T08:30:00+08:00", Delivery(n, s, p, False, (), options))
        for number, (n, s, p, options) in enumerate(messages)
    ]
    return repeatable_sends(History(tuple(records), ()), session)


def called_in_code(session: Session, sends: RepeatedSends) -> dict[str, str]:
    """Return the expression of every signal in exported code."""
    preamble = Preamble(Module(""), session, sends)
    return {name: preamble.signals[name] for name in session.signals}


class Ran(NamedTuple):
    """The result of a script."""

    stdout: str
    stderr: str
    states: dict[str, Any]
    """What blinker keeps of each signal, by its expression in the code."""
    results: list[list[Any]]
    """The return value of each send: receivers with their values, if those are JSON."""


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
    """An interpreter with blinker that runs exported scripts one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(self, setup: str, script: str = "", signals: Sequence[str] = ()) -> Ran:
        """Run a setup whose signals are inspected, and then a script.

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
    """An interpreter with blinker that runs exported scripts one after the other."""
    started = Interpreter()
    yield started
    started.close()


class Sent(NamedTuple):
    """The result of sends in a playground."""

    stdout: str
    errors: list[str]
    """The exceptions of sends, in the words of a script."""
    results: list[list[Any]]


def sent_in_playground(session: Session, messages: Sequence[SentMessage]) -> Sent:
    """Send messages in a playground, and return what a script should print."""
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
        playground = SessionEditor(session, "the session", capture)
        for name, sender, payload, options in messages:
            message = Message(sender, dict(payload), options)
            delivery = playground.send(SignalName.parse(name), message)
            errors += raised(delivery)
            results += given(delivery)
    return Sent(printed.getvalue(), errors, results)


def raised(delivery: Delivery) -> list[str]:
    """Return the exceptions of a send: of its calls, and of the meta signals around it."""
    own = errors_of(delivery.calls)
    around = [error for meta in delivery.deliveries for error in errors_of(meta.calls)]
    if delivery.options.on_error == "continue":
        return own + around[-1:]
    return (own + around)[-1:]


def errors_of(calls: Sequence[Call]) -> list[str]:
    return [f"{call.error.type}: {call.error.message}" for call in calls if call.error]


def given(delivery: Delivery) -> list[list[Any]]:
    """Return the return values of the sends within a send."""
    after = [meta for meta in delivery.deliveries if meta.signal.endswith("disconnected")]
    before = [meta for meta in delivery.deliveries if meta not in after]
    found: list[list[Any]] = [results_of(meta) for meta in before if not meta.raised]
    stopped = any(meta.raised for meta in before)
    if delivery.options.on_error == "continue":
        found += [[result] for result in results_of(delivery)]
    elif not stopped and not any(call.error for call in delivery.calls):
        found.append(results_of(delivery))
    return found + [results_of(meta) for meta in after if not meta.raised]


def results_of(delivery: Delivery) -> list[Any]:
    returned = [call for call in delivery.calls if call.outcome == "returned"]
    return [[c.receiver, "no JSON" if is_told(c.value) else c.value] for c in returned]


def is_told(value: object) -> bool:
    """Return whether a value is no JSON. Deliveries of meta signals keep only its repr."""
    return not is_json(value) or (isinstance(value, str) and " at 0x" in value)


ADDRESS = re.compile(r"<(?:[\w.]*Signal object|function \S+) at 0x\w+")


def without_addresses(text: str) -> str:
    """Return text without addresses, which differ from process to process."""
    return ADDRESS.sub("<object", text)
