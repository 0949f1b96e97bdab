"""What a send of a published signal puts into the outbox, and what it refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from blinker import ANY, Namespace, Signal

from signalcli.errors import UsageError
from signalcli.relay import Relay
from signalcli.relay.application.outbox import Outbox, OutgoingSend
from signalcli.relay.application.published_signal import MessageIds, PublishedSignal
from signalcli.relay.envelope import CURRENT, MOST_HOPS, Envelope, read_envelope
from signalcli.values.signal_name import SignalName

ORDER = SignalName("order")
URL = "nats://127.0.0.1:4222"


def published(signal: Signal, outbox: Outbox, **options: Any) -> PublishedSignal:
    made = PublishedSignal(signal, options.pop("name", ORDER), outbox, MessageIds(), **options)
    made.install()
    return made


def taken(outbox: Outbox) -> list[OutgoingSend]:
    """Take all sends from an outbox."""
    found = []
    while (send := outbox.take(lambda: None)) is not None:
        found.append(send)
    return found


def written(send: OutgoingSend) -> Envelope:
    return read_envelope(send.write("shop@host/1"), send.signal)


class Model:
    """A sender that other processes know by its path."""


class Misnamed:
    """A sender whose path is no text."""

    __module__ = "caf\udce9"


def test_a_send_returns_the_same_and_goes_out() -> None:
    signal, outbox = Signal(), Outbox()

    def receiver(sender: Any, **payload: Any) -> Any:
        return sender, payload

    signal.connect(receiver)
    published(signal, outbox)

    results = signal.send("大象", total=3, items=[{"id": 1}], note="巡山")

    payload = {"total": 3, "items": [{"id": 1}], "note": "巡山"}
    assert results == [(receiver, ("大象", payload))]
    envelope = written(*taken(outbox))
    assert (envelope.sender, envelope.payload) == ("大象", payload)
    assert (envelope.source, envelope.parent, envelope.hops) == ("shop@host/1", None, 0)


def test_publishing_connects_nothing() -> None:
    signal = Signal()

    published(signal, Outbox())

    assert not signal.has_receivers_for(ANY)
    assert signal.send() == []


def test_a_receiver_that_raises_does_not_stop_the_message() -> None:
    signal, outbox = Signal(), Outbox()

    @signal.connect
    def broken(sender: Any) -> None:
        raise LookupError

    published(signal, outbox)

    with pytest.raises(LookupError):
        signal.send()
    assert len(outbox) == 1


def test_the_message_has_the_payload_before_receivers_change_it() -> None:
    signal, outbox = Signal(), Outbox()

    @signal.connect
    def change(sender: Any, items: list[int]) -> None:
        items.append(2)

    published(signal, outbox)
    signal.send(items=[1])

    assert written(*taken(outbox)).payload == {"items": [1]}


def test_send_async_goes_out() -> None:
    signal, outbox = Signal(), Outbox()

    @signal.connect
    async def receiver(sender: Any, **payload: Any) -> Any:
        return payload

    published(signal, outbox)

    assert asyncio.run(signal.send_async("a", n=1)) == [(receiver, {"n": 1})]
    assert written(*taken(outbox)).payload == {"n": 1}


def test_the_wrapper_of_a_send_is_no_payload() -> None:
    signal, outbox = Signal(), Outbox()

    @signal.connect
    async def receiver(sender: Any, **payload: Any) -> Any:
        return payload

    published(signal, outbox)
    signal.send("a", _async_wrapper=lambda call: lambda *given, **more: more, n=1)

    assert written(*taken(outbox)).payload == {"n": 1}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (object(), "of the type object"),
        ((1, 2), "of the type tuple"),
        (float("nan"), "of the type float"),
        ({"a": {1: 2}}, "an object"),
        ([b""], "an array"),
    ],
)
def test_a_payload_that_json_cannot_hold_is_refused_with_its_key(value: Any, kind: str) -> None:
    signal, outbox, called = Signal(), Outbox(), []
    signal.connect(lambda sender, **payload: called.append(payload), weak=False)
    published(signal, outbox)

    with pytest.raises(UsageError) as refused:
        signal.send("a", plain=1, total=value)

    assert str(refused.value) == (
        f"The payload 'total' can't be relayed: JSON can't hold its value, {kind}."
    )
    assert (called, len(outbox)) == ([], 0), "nothing was done"


def test_encode_maps_what_json_cannot_hold() -> None:
    signal, outbox = Signal(), Outbox()
    published(signal, outbox, encode=lambda value: sorted(value))

    signal.send("a", ids={2, 1}, nested=[{3}])

    assert written(*taken(outbox)).payload == {"ids": [1, 2], "nested": [[3]]}


def test_what_is_no_text_is_refused_before_a_receiver_is_called() -> None:
    signal, outbox, called = Signal(), Outbox(), list[object]()
    payload: dict[str, Any] = {"caf\udce9": 1}
    signal.connect(called.append)
    published(signal, outbox)

    with pytest.raises(
        UsageError, match="The payload 'caf\udce9' can't be relayed: its key is not"
    ):
        signal.send("x", **payload)
    with pytest.raises(UsageError, match="This sender can't be relayed: it is not valid Unicode"):
        signal.send(Misnamed)
    with pytest.raises(UsageError, match="its name is not valid Unicode"):
        Relay(URL).publish(Signal(), name="s\udce9")
    with pytest.raises(UsageError, match="is not valid Unicode"):
        Relay(URL, name="caf\udce9")

    assert (called, len(outbox)) == ([], 0)


def test_encode_that_returns_no_json_is_refused_with_the_key() -> None:
    signal = Signal()
    published(signal, Outbox(), encode=lambda value: value)

    with pytest.raises(UsageError, match="The payload 'ids' can't be relayed: encode returned no"):
        signal.send("a", ids={1})


def test_senders_travel_by_name() -> None:
    from flask import Flask

    signal, outbox = Signal(), Outbox()
    published(signal, outbox)

    for sender in (None, 7, True, "king", Flask("shop"), Model):
        signal.send(sender)

    path = f"{__name__}.Model"
    assert [written(send).sender for send in taken(outbox)] == [None, 7, True, "king", "shop", path]


@pytest.mark.parametrize(
    ("sender", "reason"),
    [(Model(), "object of the type Model"), (0, "takes 0 for ANY"), (False, "takes false for ANY")],
)
def test_a_sender_without_a_name_is_refused(sender: Any, reason: str) -> None:
    signal, outbox = Signal(), Outbox()
    published(signal, outbox)

    with pytest.raises(UsageError, match=reason):
        signal.send(sender)
    assert len(outbox) == 0


def test_identify_names_objects() -> None:
    signal, outbox = Signal(), Outbox()
    published(signal, outbox, identify=lambda sender: type(sender).__name__)

    signal.send(Model())

    assert written(*taken(outbox)).sender == "Model"


def test_a_send_within_a_send_names_it_as_its_parent() -> None:
    outer, inner, outbox = Signal(), Signal(), Outbox()
    published(outer, outbox, name=SignalName("outer"))
    published(inner, outbox, name=SignalName("inner"))

    @outer.connect
    def send_inner(sender: Any) -> None:
        inner.send()

    outer.send()
    inner.send()

    first, within, after = taken(outbox)
    assert (first.parent, within.parent, after.parent) == (None, first.id, None)
    assert {send.hops for send in (first, within, after)} == {0}


def test_a_send_of_a_message_receiver_continues_its_chain() -> None:
    signal, outbox = Signal(), Outbox()
    published(signal, outbox)
    received = Envelope("m1", "other", ORDER, None, {}, None, hops=MOST_HOPS - 1)

    token = CURRENT.set(received)
    try:
        signal.send()
        CURRENT.set(received._replace(hops=MOST_HOPS))
        with pytest.raises(UsageError, match="probably a loop"):
            signal.send()
    finally:
        CURRENT.reset(token)

    (send,) = taken(outbox)
    assert (send.parent, send.hops) == ("m1", MOST_HOPS)


def test_a_removed_signal_sends_as_before() -> None:
    signal, outbox = Signal(), Outbox()
    one = published(signal, outbox)

    one.remove()
    signal.send()

    assert len(outbox) == 0
    assert not {"send", "send_async"} & vars(signal).keys()


def test_the_send_of_a_subclass_goes_out_once() -> None:
    class Loud(Signal):
        def send(self, sender: Any = None, /, **payload: Any) -> Any:
            return super().send(sender, loud=True, **payload)

    signal, outbox = Loud(), Outbox()
    published(signal, outbox)

    signal.send("a")

    assert len(taken(outbox)) == 1


def test_two_signals_need_two_names() -> None:
    relay = Relay(URL)
    one, other = Namespace().signal("order"), Namespace().signal("order")
    relay.publish(one)
    relay.publish(one)  # again, which replaces the first

    with pytest.raises(UsageError, match="Another signal is relayed as 'order'"):
        relay.publish(other)
    relay.publish(other, name="zoo/order")


def test_an_anonymous_signal_needs_a_name() -> None:
    relay = Relay(URL)

    with pytest.raises(UsageError, match="An anonymous signal can't be relayed without a name"):
        relay.publish(Signal())
    relay.publish(Signal(), name="order")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"url": "http://x"}, "is no URL of a NATS server"),
        ({"outbox": "disk"}, "in 'memory' or in a 'file'"),
        ({"outbox": "file"}, "by the application's name"),
        ({"when_full": "explode"}, "can 'drop', 'block' or 'raise'"),
        ({"outbox_size": 0}, "1 send or more"),
    ],
)
def test_invalid_settings_are_refused(options: dict[str, Any], error: str) -> None:
    with pytest.raises(UsageError, match=error):
        Relay(**options)


def test_what_is_no_signal_is_refused() -> None:
    with pytest.raises(UsageError, match="takes signals of blinker, and got str: 's1'"):
        Relay(URL).publish("s1")  # type: ignore[arg-type]
