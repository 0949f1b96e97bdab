"""Relays of applications with a real server: what is heard where, once, and in which order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from blinker import Signal

from signalcli.relay import Relay
from signalcli.relay.administration.dead_letters import dead_letters
from signalcli.relay.connection import ServerConnection
from signalcli.relay.envelope import CURRENT, new_envelope, write_envelope
from signalcli.values.relay.server import DeadLetter
from signalcli.values.signal_name import SignalName
from tests.support.nats_servers import NatsServer
from tests.support.relays import MakeApplication, start, until


def test_others_hear_a_send_once_and_the_sender_only_locally(application: MakeApplication) -> None:
    shop, first, second = application("shop"), application("first"), application("second")
    order = shop.signal(publish="heard/order", receive="heard/order")
    for one in (first, second):
        one.signal(publish="heard/order", receive="heard/order")
    start(first, second, shop)

    order.send("大象", total=3)

    until(lambda: first.heard and second.heard)
    assert shop.relay.flush()
    assert shop.heard == first.heard == second.heard == [("大象", {"total": 3})]
    assert shop.messages == [None], "a local send is no message"
    assert first.relay.state.published == 0, "a message isn't published again"


def test_receivers_run_in_a_thread_of_the_relay(application: MakeApplication) -> None:
    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="thread/order")
    signal, threads = mail.signal(receive="thread/order"), list[str]()

    @signal.connect
    async def note(sender: Any) -> None:
        threads.append(threading.current_thread().name)

    start(mail, shop)
    order.send()

    until(lambda: threads)
    assert threads == ["signalcli-relay-receivers"]


def test_one_of_a_queue_hears_each_send(application: MakeApplication) -> None:
    shop, workers = application("shop"), [application(f"worker{n}") for n in range(3)]
    order = shop.signal(publish="queue/order")
    for worker in workers:
        worker.signal(receive="queue/order", queue="mail")
        assert worker.relay.start(10)
    assert shop.relay.start(10)

    for number in range(60):
        order.send(n=number)

    until(lambda: sum(len(worker.heard) for worker in workers) >= 60)
    heard = sorted(payload["n"] for worker in workers for _, payload in worker.heard)
    assert heard == list(range(60))
    assert all(worker.heard for worker in workers)


@pytest.mark.parametrize("group", ["queue", "durable"])
def test_a_group_does_not_hear_what_its_member_sent(
    application: MakeApplication, group: str
) -> None:
    member, other, outside = application("member"), application("other"), application("outside")
    name = f"member/{group}"
    order = member.signal(publish=name, receive=name, **{group: f"mail-{group}"})
    other.signal(receive=name, **{group: f"mail-{group}"})
    foreign = outside.signal(publish=name)
    start(member, other, outside)

    order.send(n=1)
    assert member.relay.flush()
    foreign.send(n=2)

    until(lambda: len(member.heard) + len(other.heard) == 2)
    assert member.heard[0] == (None, {"n": 1})
    assert (None, {"n": 2}) in member.heard[1:] + other.heard


def test_a_chain_names_its_parents_and_a_loop_ends(application: MakeApplication) -> None:
    one, other = application("one"), application("other")
    ping, pong = one.signal(publish="loop/ping"), other.signal(publish="loop/pong")
    hops: list[tuple[str, int]] = []

    def answer(name: str, signal: Signal) -> Callable[..., None]:
        def receiver(sender: Any, **payload: Any) -> None:
            message = CURRENT.get()
            assert message is not None
            hops.append((name, message.hops))
            signal.send()

        return receiver

    one.relay.receive(pong_here := Signal(), name="loop/pong")
    other.relay.receive(ping_here := Signal(), name="loop/ping")
    pong_here.connect(answer("one", ping), weak=False)
    ping_here.connect(answer("other", pong), weak=False)
    start(one, other)

    ping.send()

    until(lambda: one.relay.state.raised + other.relay.state.raised)
    assert hops == [("other" if hop % 2 == 0 else "one", hop) for hop in range(9)]


def test_senders_become_what_receivers_listen_to(application: MakeApplication) -> None:
    class Model:
        """A sender."""

    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="senders/order")
    signal = Signal()
    mail.relay.receive(signal, name="senders/order")
    heard: list[object] = []
    signal.connect(heard.append, sender=Model, weak=False)
    start(mail, shop)

    order.send("another")
    order.send(Model)

    until(lambda: heard)
    assert heard == [Model]


def test_resolve_returns_the_sender(application: MakeApplication) -> None:
    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="resolve/order")
    mail.signal(receive="resolve/order", resolve=lambda name: f"<{name}>")
    start(mail, shop)

    order.send("a")

    until(lambda: mail.heard)
    assert mail.heard == [("<a>", {})]


def test_order_is_kept(application: MakeApplication) -> None:
    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="order/order")
    mail.signal(receive="order/order", durable="in-order")
    start(mail, shop)

    for number in range(500):
        order.send(n=number)

    until(lambda: len(mail.heard) >= 500)
    assert [payload["n"] for _, payload in mail.heard] == list(range(500))


def test_a_durable_signal_is_tried_again_and_then_a_dead_letter(
    application: MakeApplication, server: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    shop, mail = application("shop"), application("mail")
    order, signal, tried = shop.signal(publish="dead/order"), Signal(), list[int]()
    mail.relay.receive(signal, name="dead/order", durable="dead", max_deliver=3, retry_after=0.01)

    @signal.connect
    def fail(sender: Any, n: int) -> None:
        tried.append(n)
        if n == 1:
            raise LookupError("no such order")

    others: list[int] = []
    signal.connect(lambda sender, n: others.append(n), weak=False)
    start(mail, shop)
    order.send(n=1)
    order.send(n=2)

    until(lambda: tried.count(1) == 3 and 2 in tried)

    async def letters(connection: ServerConnection) -> list[DeadLetter]:
        while not (found := await dead_letters(connection)):
            await asyncio.sleep(0.01)
        return found

    (letter,) = server.ask(letters)
    assert letter.reason == "LookupError: no such order"
    assert tried.count(2) == 1
    assert sorted(others) == [1, 1, 1, 2], "the other receiver runs each time"
    assert "receivers_for" not in vars(signal)
    raised = [record for record in caplog.records if record.exc_info]
    assert len(raised) == 3
    assert "A receiver of 'dead/order' raised" in raised[0].getMessage()


class Unspeakable(Exception):
    """An exception whose class has no usable name or text."""

    def __str__(self) -> str:
        raise SystemExit


def test_an_exception_without_a_text_ends_nothing(application: MakeApplication) -> None:
    shop, mail = application("shop"), application("mail")
    order, signal, heard = shop.signal(publish="odd/order"), Signal(), list[int]()
    mail.relay.receive(signal, name="odd/order", durable="odd", max_deliver=1)

    @signal.connect
    def receiver(sender: Any, n: int) -> None:
        heard.append(n)
        raise (SystemExit, Unspeakable)[n]

    start(mail, shop)
    for number in (0, 1, 0):
        order.send(n=number)

    until(lambda: len(heard) == 3)
    assert heard == [0, 1, 0]
    until(lambda: mail.relay.state.raised == 3)


def test_a_resolve_that_raises_is_tried_again(application: MakeApplication) -> None:
    shop, mail = application("shop"), application("mail")
    order, asked = shop.signal(publish="unresolved/order"), list[Any]()

    def resolve(name: Any) -> Any:
        asked.append(name)
        if len(asked) == 1:
            raise LookupError(name)
        return name

    mail.signal(receive="unresolved/order", durable="unresolved", resolve=resolve, retry_after=0.01)
    start(mail, shop)
    order.send("a")

    until(lambda: mail.heard)
    assert (asked, mail.heard) == (["a", "a"], [("a", {})])


HOSTILE = [
    b"",
    b"\xff\xfe",
    b"null",
    b"[" * 100_000,
    b'{"specversion": "1.0"}',
    b'{"specversion": "1.0", "specversion": "1.0"}',
    write_envelope(new_envelope(SignalName("other"), None, {}, "x")),
    write_envelope(new_envelope(SignalName("hostile"), None, {}, "x")).replace(b"1.0", b"9.9"),
    write_envelope(new_envelope(SignalName("hostile"), "a", {}, "x")).replace(b'"a"', b"0"),
    write_envelope(new_envelope(SignalName("hostile"), "a", {}, "x")).replace(b'"a"', b"NaN"),
]


@pytest.mark.parametrize("options", [{}, {"durable": "hostile"}])
def test_hostile_messages_are_refused_and_the_next_one_is_heard(
    application: MakeApplication, server: NatsServer, options: dict[str, str]
) -> None:
    mail = application("mail")
    mail.signal(receive="hostile", **options)
    start(mail)
    valid = write_envelope(new_envelope(SignalName("hostile"), "大象", {"n": 1}, "outside"))

    async def publish(connection: ServerConnection) -> None:
        for number in range(250):
            data = HOSTILE[number % len(HOSTILE)]
            await connection.send("signalcli.signal.hostile", data)
        await connection.send("signalcli.signal.hostile", valid)

    server.ask(publish)

    until(lambda: mail.heard)
    assert mail.heard == [("大象", {"n": 1})]
    assert mail.relay.state.refused == 250


def test_a_durable_signal_is_heard_later(application: MakeApplication) -> None:
    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="later/order")
    mail.signal(receive="later/order", durable="later")
    start(mail, shop)
    mail.relay.stop()

    order.send(n=1)
    assert shop.relay.flush()
    assert mail.relay.start(10)

    until(lambda: mail.heard)
    assert mail.heard == [(None, {"n": 1})]


def test_async_with_runs_receivers_in_the_event_loop(server: NatsServer) -> None:
    order, heard, plain = Signal(), list[Any](), list[Any]()
    shop, mail = Relay(server.url, name="shop"), Relay(server.url, name="mail")
    here = Signal()
    shop.publish(order, name="async/order")
    mail.receive(here, name="async/order")

    @here.connect
    async def receiver(sender: Any, **payload: Any) -> None:
        await asyncio.sleep(0)
        heard.append((asyncio.get_running_loop(), payload))

    here.connect(lambda sender, **payload: plain.append(payload), weak=False)

    async def work() -> None:
        async with shop, mail:
            await asyncio.to_thread(lambda: mail.start(10) and shop.start(10))
            await order.send_async(n=1)
            while not (heard and plain):
                await asyncio.sleep(0.01)
            assert heard == [(asyncio.get_running_loop(), {"n": 1})]

    asyncio.run(asyncio.wait_for(work(), 30))
    assert plain == [{"n": 1}]
