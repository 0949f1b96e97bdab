"""A series of commands equals one live Python process that makes the same blinker calls.

The machine drives random commands through a session that is saved as text and read again after each
of them, as separate processes do, and through one set of signals that stays alive. Whatever a person
could see, and whatever decides what they see next, must be the same.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from inspect import iscoroutinefunction
from typing import Any
from weakref import WeakValueDictionary, ref

import pytest
from blinker import ANY, NamedSignal, Namespace, Signal
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from signalcli.playground.editor import SessionEditor
from signalcli.playground.inspector import SessionInspector
from signalcli.receivers.demos import new_demo
from signalcli.receivers.templates import build
from signalcli.session.document import format_session, parse_session
from signalcli.signals.internals import ANY_ID
from signalcli.signals.snapshot import OrderedNamedSignal, OrderedSignal
from signalcli.streams import captured
from signalcli.text import from_json
from signalcli.values.delivery import Call, Delivery, Message, RaisedError, SendOptions
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.session import Sender, Session
from signalcli.values.signal_name import SignalName
from tests.support.exported import options_with
from tests.support.scenario import change

pytestmark = pytest.mark.slow

OWN = {
    "herald": OwnReceiver(says="{sender}: {slogan} of {signal}", returns=[1, None]),
    "grumpy": OwnReceiver(raises="not today"),
    "courier": OwnReceiver(returns="delivered", is_async=True, strict=True),
    "storm": OwnReceiver(raises="thunder", is_async=True),
}
RECEIVERS = ("animal", "animal_one", "animal_two", "echo", "strict", "failing", "coroutine", *OWN)
PLAIN_NAMES = ("king", "zoo/king", "@roar", "/a/b", "大象")
METAS = ("king:receiver_connected", "king:receiver_disconnected", "@roar:receiver_connected")
SENDERS: tuple[Sender, ...] = ("大象", "狮子", "1", 1, "", -7)

names = st.sampled_from(PLAIN_NAMES)
receivers = st.sampled_from(RECEIVERS)
filters = st.lists(st.sampled_from(SENDERS), max_size=3)
asked = st.sampled_from((*SENDERS, None, True, 1.5))
payloads = st.dictionaries(st.sampled_from(("slogan", "sender", "self")), st.integers(), max_size=2)
send_options = options_with(receivers)
parse = SignalName.parse
Outcome = tuple[str, Any, str | None]
"""The receiver, what it returned, and what it raised."""


class LiveProcess:
    """One Python process that a person types blinker's own calls into."""

    def __init__(self) -> None:
        self.namespaces: dict[str | None, Namespace] = {}
        self.signals: dict[str, Signal] = {}
        self.variables: dict[str, Callable[..., Any]] = {}
        self.alive: WeakValueDictionary[str, Callable[..., Any]] = WeakValueDictionary()

    def define(self, text: str, ordered: bool, doc: str | None) -> None:
        if text in self.signals:
            if doc is not None:
                self.signals[text].__doc__ = doc or None
            return
        name = parse(text)
        if name.anonymous:
            self.signals[text] = (OrderedSignal if ordered else Signal)(doc)
            return
        namespace = self.namespaces.setdefault(name.namespace, Namespace())
        namespace[name.name] = (OrderedNamedSignal if ordered else NamedSignal)(name.name, doc)
        self.signals[text] = namespace.signal(name.name)

    def touch_meta(self, text: str) -> None:
        """Make a meta signal as blinker does, but ordered where its signal is."""
        if text in self.signals:
            return
        base, _, meta = text.rpartition(":")
        self.define(base, True, None)
        made = getattr(self.signals[base], meta)
        if self.signals[base].set_class is not set:
            made = vars(self.signals[base])[meta] = OrderedSignal(made.__doc__)
        self.signals[text] = made

    def remove(self, text: str) -> None:
        name = parse(text)
        if name.meta is None and not name.anonymous:
            del self.namespaces[name.namespace][name.name]
        for gone in [other for other in self.signals if other == text or f"{text}:" in other]:
            del self.signals[gone]
        if name.meta is not None:
            del vars(self.signals[str(name.base)])[name.meta]
        gc.collect()

    def function(self, receiver: str) -> Callable[..., Any]:
        """The function of a name, if anything holds it, or else a new one."""
        found = self.alive.get(receiver)
        if found is None:
            own = OWN.get(receiver)
            found = new_demo(receiver) if own is None else build(receiver, own)
            self.alive[receiver] = found
        return found

    def hold(self, receiver: str) -> Callable[..., Any]:
        self.variables[receiver] = self.function(receiver)
        return self.variables[receiver]

    def drop(self, receiver: str) -> None:
        self.variables.pop(receiver, None)
        gc.collect()

    def send(
        self, text: str, sender: object, payload: dict[str, Any], options: SendOptions
    ) -> list[Outcome] | None:
        """What each receiver came to, in order; ``None`` if connecting raised before it."""
        signal = self.signals[text]
        outcomes: list[Outcome] | None = None
        held = None if options.connected_to is None else self.function(options.connected_to)
        try:
            with ExitStack() as stack:
                if held is not None:
                    stack.enter_context(signal.connected_to(held))
                if options.muted:
                    stack.enter_context(signal.muted())
                outcomes = list(dispatched(signal, sender, payload, options))
        except (RuntimeError, TypeError):  # of a meta signal's receiver
            pass
        if held is not None:
            del held
            gc.collect()
        return outcomes


def dispatched(
    signal: Signal, sender: object, payload: dict[str, Any], options: SendOptions
) -> Iterator[Outcome]:
    """A send, written out by hand."""
    for receiver in [] if signal.is_muted else signal.receivers_for(sender):
        name = receiver.__name__
        alone = Signal()
        alone.connect(receiver, weak=False)
        try:
            if options.is_async:
                wrapper = to_async if options.wrap else None
                ((_, value),) = asyncio.run(
                    alone.send_async(sender, _sync_wrapper=wrapper, **payload)
                )
            elif options.wrap:
                ((_, value),) = alone.send(sender, _async_wrapper=to_sync, **payload)
            else:
                ((_, value),) = alone.send(sender, **payload)
        except (RuntimeError, TypeError) as error:
            yield name, None, f"{type(error).__name__}: {error}"
            if options.on_error == "stop":
                return
        else:
            yield name, value, None


def to_sync(receiver: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **payload: asyncio.run(receiver(*args, **payload))


def to_async(receiver: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **payload: Any) -> Any:
        return receiver(*args, **payload)

    assert not iscoroutinefunction(receiver)
    return call


def error_text(error: RaisedError | None) -> str | None:
    return error and f"{error.type}: {error.message}"


def outcomes_of(delivery: Delivery) -> list[Outcome]:
    """What each receiver came to that a delivery tells of."""
    calls = [call for call in delivery.calls if call.outcome in ("returned", "raised")]
    return [(call.receiver, call.value, error_text(call.error)) for call in calls]


def bookkeeping(signal: Signal) -> dict[str, Any]:
    """All that blinker keeps of a signal, by name. Order counts, but in a plain set."""
    held = signal.receivers.items()
    live = {id_: kept() if isinstance(kept, ref) else kept for id_, kept in held}
    ids = {id_: receiver.__name__ for id_, receiver in live.items() if receiver is not None}
    collect: Callable[[Any], Any] = list if signal.set_class is not set else set
    buckets = {
        sender: collect(ids[receiver] for receiver in bucket)
        for sender, bucket in signal._by_sender.items()
    }
    if not buckets.get(ANY_ID):
        buckets.pop(ANY_ID, None)  # asking has_receivers_for leaves an empty one; it says nothing
    return {
        "doc": vars(signal).get("__doc__"),
        "muted": signal.is_muted,
        "receivers": [(ids[id_], isinstance(kept, ref)) for id_, kept in held],
        "buckets": buckets,
        "senders": {ids[id_]: set(heard) for id_, heard in signal._by_receiver.items() if heard},
    }


class Commands(RuleBasedStateMachine):
    """Run the same commands on a saved session and in a live process."""

    def __init__(self) -> None:
        super().__init__()
        gc.collect()
        gc.freeze()  # what is there already needs no looking through in each of the collections
        self.text = format_session(Session({}, OWN))
        self.live = LiveProcess()

    def command(self, operation: Callable[[SessionEditor], Any]) -> None:
        """One process: read the session, change it, save it."""
        after, _ = change(parse_session(from_json(self.text)), "the session", operation)
        self.save(after)

    def save(self, session: Session) -> None:
        self.text = format_session(session)

    def session(self) -> Session:
        return parse_session(from_json(self.text))

    def defined(self) -> st.SearchStrategy[str]:
        return st.sampled_from(sorted(self.live.signals))

    @rule(name=names, ordered=st.booleans(), doc=st.none() | st.text())
    def define(self, name: str, ordered: bool, doc: str | None) -> None:
        self.command(lambda editor: editor.define(parse(name), doc, ordered))
        self.live.define(name, ordered, doc)

    @rule(name=names, receiver=receivers, senders=filters, weak=st.booleans())
    def connect(self, name: str, receiver: str, senders: list[Sender], weak: bool) -> None:
        self.command(lambda editor: editor.connect(parse(name), [receiver], senders, weak))
        self.live.define(name, True, None)
        held = self.live.hold(receiver)
        try:
            for sender in dict.fromkeys(senders) or (ANY,):
                self.live.signals[name].connect(held, sender=sender, weak=weak)
        except (RuntimeError, TypeError):  # of a meta signal's receiver
            pass

    @rule(name=st.sampled_from(METAS), receiver=receivers, weak=st.booleans())
    def connect_to_meta(self, name: str, receiver: str, weak: bool) -> None:
        base = self.live.signals.get(name.rpartition(":")[0])
        if base is not None and base.set_class is set:
            return  # who raises first, and so whether blinker undoes a connection, is left to chance
        self.command(lambda editor: editor.connect(parse(name), [receiver], [], weak))
        self.live.touch_meta(name)
        self.live.signals[name].connect(self.live.hold(receiver), weak=weak)

    @precondition(lambda self: self.live.signals)
    @rule(data=st.data(), receiver=receivers, senders=filters)
    def disconnect(self, data: st.DataObject, receiver: str, senders: list[Sender]) -> None:
        name = data.draw(self.defined())
        senders = [] if ":" in name else senders
        self.command(lambda editor: editor.disconnect(parse(name), receiver, senders))
        self.live_disconnect(name, receiver, senders)
        gc.collect()

    def live_disconnect(self, name: str, receiver: str, senders: list[Sender]) -> None:
        function = self.live.function(receiver)
        try:
            for sender in senders or (ANY,):
                self.live.signals[name].disconnect(function, sender=sender)
        except (RuntimeError, TypeError):  # of a meta signal's receiver
            pass

    @rule(receiver=receivers)
    def drop(self, receiver: str) -> None:
        self.command(lambda editor: editor.drop(receiver))
        self.live.drop(receiver)

    @precondition(lambda self: self.live.signals)
    @rule(data=st.data(), muted=st.booleans())
    def mute(self, data: st.DataObject, muted: bool) -> None:
        name = data.draw(self.defined())
        change = SessionEditor.mute if muted else SessionEditor.unmute
        self.command(lambda editor: change(editor, parse(name)))
        self.live.signals[name].is_muted = muted

    @precondition(lambda self: self.live.signals)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(self.defined())
        self.command(lambda editor: editor.remove(parse(name)))
        self.live.remove(name)

    @precondition(lambda self: self.live.signals)
    @rule(data=st.data(), sender=asked, payload=payloads, options=send_options)
    def send(
        self, data: st.DataObject, sender: object, payload: dict[str, Any], options: SendOptions
    ) -> None:
        name = data.draw(self.defined())
        signal, message = self.live.signals[name], Message(sender, payload, options)
        deliveries: list[Delivery] = []

        with captured(live=True) as capture:
            editor = SessionEditor(self.session(), "the session", capture)
            explained = editor.explain(parse(name), message)

            def send(editor: SessionEditor) -> list[str]:
                deliveries.append(editor.send(parse(name), message))
                return []

            self.command(send)
            expected = self.live.send(name, sender, payload, options)

        (delivery,) = deliveries
        assert all(call.output == "" for call in explained.calls)
        listed = sorted(call.receiver for call in delivery.calls)
        if signal.set_class is not set:
            assert outcomes_of(delivery) == (expected or [])
            assert as_done(explained) == done(delivery)
        elif expected is not None and not delivery.raised:
            assert sorted(map(repr, outcomes_of(delivery))) == sorted(map(repr, expected))
            assert sorted(as_done(explained)) == sorted(done(delivery))
        assert sorted(call.receiver for call in explained.calls) == listed
        assert [done(meta) for meta in delivery.deliveries] == [
            as_done(meta) for meta in explained.deliveries
        ]

    @precondition(lambda self: self.live.signals)
    @rule(data=st.data(), other=names, receiver=receivers)
    def send_with_a_dropped_receiver(self, data: st.DataObject, other: str, receiver: str) -> None:
        """Connect it strongly elsewhere, which keeps it alive until that ends."""
        self.connect(other, receiver, [], weak=False)
        self.drop(receiver)
        self.send(data, None, {}, SendOptions(connected_to=receiver))
        self.disconnect(data, receiver, [])

    @precondition(lambda self: self.live.signals)
    @rule(data=st.data(), sender=asked)
    def has_receivers_for(self, data: st.DataObject, sender: object) -> None:
        name = data.draw(self.defined())
        signal = self.live.signals[name]

        with captured(live=True) as capture:
            inspector = SessionInspector(self.session(), "the session", capture)
            view = inspector.inspect(parse(name), [sender])

        for audience in view.has_receivers_for:
            subject = ANY if audience.any else audience.sender
            assert audience.result == signal.has_receivers_for(subject)
            yielded = [receiver.__name__ for receiver in signal.receivers_for(subject)]
            in_order: Any = list if signal.set_class is not set else set
            assert in_order(audience.receivers_for) == in_order(yielded)

    @invariant()
    def the_saved_session_holds_what_the_live_process_holds(self) -> None:
        with captured(live=True) as capture:
            live = SessionEditor(self.session(), "the session", capture)._live
        assert [str(name) for name in live.names()] == list(self.live.signals)
        for text, signal in self.live.signals.items():
            restored = live.signal(parse(text))
            assert bookkeeping(restored) == bookkeeping(signal)
            assert bool(restored.receivers) == bool(signal.receivers)


def done(delivery: Delivery) -> list[tuple[str, str, str]]:
    """What a send came to: each receiver with the outcome, and the error or the reason.

    That of one that is skipped names the sender where it's explained, or could be mistaken.
    """

    def ended(call: Call) -> str:
        return call.error.type if call.error else call.reason.split(", and this sender is")[0]

    return [(call.receiver, call.outcome, ended(call)) for call in delivery.calls]


def as_done(explained: Delivery) -> list[tuple[str, str, str]]:
    """What was foreseen, as if it were done."""
    outcomes = {"would_call": "returned", "would_raise": "raised"}
    return [
        (receiver, outcomes.get(outcome, outcome), reason.replace("would raise", "raised"))
        for receiver, outcome, reason in done(explained)
    ]


TestFidelity = Commands.TestCase
TestFidelity.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
THOROUGH = settings(
    TestFidelity.settings,
    derandomize=True,
    database=None,
    max_examples=600,
    report_multiple_bugs=False,
)


class WithoutEmptyBuckets(Commands):
    """Run the commands with a snapshot that forgets what a disconnect leaves behind."""

    def save(self, session: Session) -> None:
        signals = {
            name: state._replace(buckets=tuple(b for b in state.buckets if b.receivers))
            for name, state in session.signals.items()
        }
        super().save(session._replace(signals=signals))


class WithSortedBuckets(Commands):
    """Run the commands with a snapshot that forgets the order within a bucket."""

    def save(self, session: Session) -> None:
        signals = {
            name: state._replace(any=tuple(sorted(state.any)))
            for name, state in session.signals.items()
        }
        super().save(session._replace(signals=signals))


@pytest.mark.parametrize("broken", [WithoutEmptyBuckets, WithSortedBuckets])
def test_a_snapshot_that_loses_something_is_found_out(broken: type[Commands]) -> None:
    """Check that the comparison can fail at all."""
    with pytest.raises(AssertionError):
        run_state_machine_as_test(broken, settings=THOROUGH)
