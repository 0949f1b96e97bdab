"""A series of commands equals one live Python process that makes the same blinker calls.

The machine drives random commands through a session that is saved as text and read again after each
of them, as separate processes do, and through one set of signals that stays alive. Whatever a person
could see, and whatever decides what they see next, must be the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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

from signalcli.bookkeeping import ANY_ID
from signalcli.capture import captured
from signalcli.document import format_session, parse_session
from signalcli.model import Delivery, Sender, Session
from signalcli.names import SignalName
from signalcli.playground import Playground, change
from signalcli.receivers import CATALOGUE
from signalcli.snapshot import OrderedNamedSignal, OrderedSignal
from signalcli.text import from_json

RECEIVERS = ("animal", "animal_one", "animal_two", "echo", "strict", "failing", "coroutine")
NAMES = ("king", "zoo/king", "@roar", "/a/b", "大象")
SENDERS: tuple[Sender, ...] = ("大象", "狮子", "1", 1, "", -7)

names = st.sampled_from(NAMES)
receivers = st.sampled_from(RECEIVERS)
filters = st.lists(st.sampled_from(SENDERS), max_size=3)
asked = st.sampled_from((*SENDERS, None, True, 1.5))
payloads = st.dictionaries(st.sampled_from(("slogan", "sender", "self")), st.integers(), max_size=2)


class LiveProcess:
    """One Python process that a person types blinker's own calls into."""

    def __init__(self) -> None:
        self.namespaces: dict[str | None, Namespace] = {}
        self.signals: dict[str, Signal] = {}

    def define(self, text: str, ordered: bool, doc: str | None) -> None:
        if text in self.signals:
            return
        name = SignalName.parse(text)
        if name.anonymous:
            self.signals[text] = (OrderedSignal if ordered else Signal)(doc)
            return
        namespace = self.namespaces.setdefault(name.namespace, Namespace())
        namespace[name.name] = (OrderedNamedSignal if ordered else NamedSignal)(name.name, doc)
        self.signals[text] = namespace.signal(name.name)

    def send(self, text: str, sender: object, payload: dict[str, Any]) -> tuple[Any, str | None]:
        """The results by name, and the exception that ended the send."""
        try:
            results = self.signals[text].send(sender, **payload)
        except (RuntimeError, TypeError) as error:
            return None, f"{type(error).__name__}: {error}"
        return [(receiver.__name__, value) for receiver, value in results], None


def function(receiver: str) -> Callable[..., Any]:
    return CATALOGUE[receiver].function


def results_of(delivery: Delivery) -> tuple[Any, str | None]:
    """What blinker's caller would have got of a delivery."""
    for call in delivery.calls:
        if call.error is not None:
            return None, f"{call.error.type}: {call.error.message}"
    return [
        (call.receiver, call.value) for call in delivery.calls if call.outcome == "returned"
    ], None


def bookkeeping(signal: Signal, text: str) -> dict[str, Any]:
    """All that blinker keeps of a signal, by name. Order counts, but in a plain set."""
    ids = {id(function(receiver)): receiver for receiver in RECEIVERS}
    collect: Callable[[Any], Any] = list if signal.set_class is not set else set
    buckets = {
        sender: collect(ids[receiver] for receiver in bucket)
        for sender, bucket in signal._by_sender.items()
    }
    if not buckets.get(ANY_ID):
        buckets.pop(
            ANY_ID, None
        )  # asking has_receivers_for leaves an empty one, which says nothing
    return {
        "doc": vars(signal).get("__doc__"),
        "muted": signal.is_muted,
        "receivers": [
            (ids[id_], held is not function(ids[id_])) for id_, held in signal.receivers.items()
        ],
        "buckets": buckets,
        "senders": {
            ids[id_]: set(senders) for id_, senders in signal._by_receiver.items() if senders
        },
    }


class Commands(RuleBasedStateMachine):
    """The same commands, to a saved session and to a live process."""

    def __init__(self) -> None:
        super().__init__()
        self.text = format_session(Session({}))
        self.live = LiveProcess()

    def command(self, operation: Callable[[Playground], list[str]]) -> None:
        """One process: read the session, change it, save it."""
        after, _ = change(parse_session(from_json(self.text)), "the session", operation)
        self.save(after)

    def save(self, session: Session) -> None:
        self.text = format_session(session)

    def playground(self) -> Playground:
        return Playground(parse_session(from_json(self.text)), "the session")

    def defined(self) -> st.SearchStrategy[str]:
        return st.sampled_from(sorted(self.live.signals))

    @rule(name=names, ordered=st.booleans(), doc=st.none() | st.text())
    def define(self, name: str, ordered: bool, doc: str | None) -> None:
        self.command(lambda playground: playground.define(SignalName.parse(name), doc, ordered))
        self.live.define(name, ordered, doc)

    @rule(name=names, receiver=receivers, senders=filters, weak=st.booleans())
    def connect(self, name: str, receiver: str, senders: list[Sender], weak: bool) -> None:
        self.command(
            lambda playground: playground.connect(SignalName.parse(name), receiver, senders, weak)
        )
        self.live.define(name, True, None)
        for sender in senders or (ANY,):
            self.live.signals[name].connect(function(receiver), sender=sender, weak=weak)

    @precondition(lambda self: self.live.signals)
    @rule(data=st.data(), receiver=receivers, senders=filters)
    def disconnect(self, data: st.DataObject, receiver: str, senders: list[Sender]) -> None:
        name = data.draw(self.defined())
        self.command(
            lambda playground: playground.disconnect(SignalName.parse(name), receiver, senders)
        )
        for sender in senders or (ANY,):
            self.live.signals[name].disconnect(function(receiver), sender=sender)

    @precondition(lambda self: self.live.signals)
    @rule(data=st.data(), muted=st.booleans())
    def mute(self, data: st.DataObject, muted: bool) -> None:
        name = SignalName.parse(data.draw(self.defined()))
        self.command(lambda playground: playground.mute(name) if muted else playground.unmute(name))
        self.live.signals[str(name)].is_muted = muted

    @precondition(lambda self: self.live.signals)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(self.defined())
        self.command(lambda playground: playground.remove(SignalName.parse(name)))
        del self.live.signals[name]

    @precondition(lambda self: self.live.signals)
    @rule(data=st.data(), sender=asked | st.just(0), payload=payloads)
    def send(self, data: st.DataObject, sender: object, payload: dict[str, Any]) -> None:
        name = data.draw(self.defined())
        signal = self.live.signals[name]

        with captured(live=True) as capture:
            delivery = self.playground().send(SignalName.parse(name), sender, payload, capture)
            expected = self.live.send(name, sender, payload)

        if signal.set_class is not set:
            assert results_of(delivery) == expected
        elif expected[1] is None and not delivery.raised:
            assert dict(results_of(delivery)[0]) == dict(expected[0])
        called = {call.receiver for call in delivery.calls if call.outcome != "skipped"}
        to_call = [] if signal.is_muted else signal.receivers_for(sender)
        assert called == {receiver.__name__ for receiver in to_call}
        listed = sorted(call.receiver for call in delivery.calls)
        assert listed == sorted(function_name(id_) for id_ in signal.receivers)

    @precondition(lambda self: self.live.signals)
    @rule(data=st.data(), sender=asked)
    def has_receivers_for(self, data: st.DataObject, sender: object) -> None:
        name = data.draw(self.defined())
        signal = self.live.signals[name]

        view = self.playground().inspect(SignalName.parse(name), [sender])

        for audience in view.has_receivers_for:
            subject = ANY if audience.any else audience.sender
            assert audience.result == signal.has_receivers_for(subject)
            yielded = [receiver.__name__ for receiver in signal.receivers_for(subject)]
            if signal.set_class is not set:
                assert list(audience.receivers_for) == yielded
            else:
                assert set(audience.receivers_for) == set(yielded)

    @invariant()
    def the_saved_session_holds_what_the_live_process_holds(self) -> None:
        playground = self.playground()
        listed = [summary.signal for summary in playground.list_signals().signals]
        assert listed == list(self.live.signals)
        for text, signal in self.live.signals.items():
            restored = playground._signal(SignalName.parse(text))
            assert bookkeeping(restored, text) == bookkeeping(signal, text)
            assert bool(restored.receivers) == bool(signal.receivers)


def function_name(receiver_id: object) -> str:
    return next(name for name in RECEIVERS if id(function(name)) == receiver_id)


TestFidelity = Commands.TestCase
TestFidelity.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)


class WithoutEmptyBuckets(Commands):
    """The same, but for a snapshot that forgets what a disconnect leaves behind."""

    def save(self, session: Session) -> None:
        super().save(
            Session(
                {
                    name: state._replace(buckets=tuple(b for b in state.buckets if b.receivers))
                    for name, state in session.signals.items()
                }
            )
        )


class WithSortedBuckets(Commands):
    """The same, but for a snapshot that forgets the order within a bucket."""

    def save(self, session: Session) -> None:
        super().save(
            Session(
                {
                    name: state._replace(any=tuple(sorted(state.any)))
                    for name, state in session.signals.items()
                }
            )
        )


@pytest.mark.parametrize("broken", [WithoutEmptyBuckets, WithSortedBuckets])
def test_a_snapshot_that_loses_something_is_found_out(broken: type[Commands]) -> None:
    """Without this, nobody would know whether the machine can fail."""
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            broken, settings=settings(TestFidelity.settings, derandomize=True, database=None)
        )
