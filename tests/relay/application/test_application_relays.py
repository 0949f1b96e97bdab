"""Relays of applications with a real server: what is heard where, once, and in which order."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from blinker import Signal

from signalcli.errors import UsageError
from signalcli.relay import Relay
from signalcli.relay.administration.dead_letters import dead_letters
from signalcli.relay.application.outbox import OutgoingSend
from signalcli.relay.collected_receipts import ask_listeners, send_asking
from signalcli.relay.envelope import CURRENT, Envelope, new_envelope, write_envelope
from signalcli.relay.server import OwnServer, own_directory
from signalcli.values.signal_name import SignalName
from tests.support.nats_servers import NatsServer, connected, nats_server
from tests.support.relays import until

Heard = list[tuple[Any, dict[str, Any]]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with nats_server(tmp_path_factory.mktemp("nats")) as server:
        yield server


class Application:
    """A relay with signals of its own, as if it were in another process."""

    def __init__(self, server: NatsServer, name: str, **options: Any) -> None:
        self.relay = Relay(server.url, name=name, flush_seconds=2, **options)
        self.heard: Heard = []
        self.messages: list[Envelope | None] = []

    def signal(self, *, publish: str = "", receive: str = "", **options: Any) -> Signal:
        """Return a new signal, with a receiver if it is received."""
        signal = Signal()
        if publish:
            self.relay.publish(signal, name=publish)
        if receive:
            self.relay.receive(signal, name=receive, **options)
            signal.connect(self._hear, weak=False)
        return signal

    def _hear(self, sender: Any, **payload: Any) -> None:
        self.heard.append((sender, payload))
        self.messages.append(CURRENT.get())


Make = Callable[..., Application]


@pytest.fixture
def application(server: NatsServer) -> Iterator[Make]:
    """Makes applications, and stops them."""
    made: list[Application] = []

    def make(name: str, **options: Any) -> Application:
        made.append(Application(server, name, **options))
        return made[-1]

    yield make
    for one in made:
        one.relay.stop()


def start(*applications: Application) -> None:
    """Start relays, and wait until they listen."""
    for one in applications:
        assert one.relay.start(10), "it doesn't listen"


def test_others_hear_a_send_once_and_the_sender_only_locally(application: Make) -> None:
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


def test_receivers_run_in_a_thread_of_the_relay(application: Make) -> None:
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


def test_one_of_a_queue_hears_each_send(application: Make) -> None:
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
def test_a_group_does_not_hear_what_its_member_sent(application: Make, group: str) -> None:
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


def test_a_chain_names_its_parents_and_a_loop_ends(application: Make) -> None:
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


def test_senders_become_what_receivers_listen_to(application: Make) -> None:
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


def test_resolve_returns_the_sender(application: Make) -> None:
    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="resolve/order")
    mail.signal(receive="resolve/order", resolve=lambda name: f"<{name}>")
    start(mail, shop)

    order.send("a")

    until(lambda: mail.heard)
    assert mail.heard == [("<a>", {})]


def test_order_is_kept(application: Make) -> None:
    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="order/order")
    mail.signal(receive="order/order", durable="in-order")
    start(mail, shop)

    for number in range(500):
        order.send(n=number)

    until(lambda: len(mail.heard) >= 500)
    assert [payload["n"] for _, payload in mail.heard] == list(range(500))


def test_a_durable_signal_is_tried_again_and_then_a_dead_letter(
    application: Make, server: NatsServer, caplog: pytest.LogCaptureFixture
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

    async def letters() -> list[Any]:
        async with connected(server.address, "test") as connection:
            while not (found := await dead_letters(connection)):
                await asyncio.sleep(0.01)
            return found

    (letter,) = asyncio.run(asyncio.wait_for(letters(), 20))
    assert letter.reason == "LookupError: no such order"
    assert tried.count(2) == 1
    assert sorted(others) == [1, 1, 1, 2], "the other receiver runs each time"
    assert "receivers_for" not in vars(signal)
    raised = [record for record in caplog.records if record.exc_info]
    assert len(raised) == 3
    assert "A receiver of 'dead/order' raised" in raised[0].getMessage()


def test_stop_waits_for_the_receiver_and_publishes_what_it_sends(
    application: Make, server: NatsServer
) -> None:
    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="graceful/order")
    sent, signal = mail.signal(publish="graceful/sent"), Signal()
    shop.signal(receive="graceful/sent")
    mail.relay.receive(signal, name="graceful/order", durable="graceful")
    has_begun, may_end, calls = threading.Event(), threading.Event(), list[int]()

    @signal.connect
    def slow(sender: Any) -> None:
        calls.append(1)
        has_begun.set()
        may_end.wait(20)
        sent.send()

    start(shop, mail)
    order.send()
    assert has_begun.wait(20)
    stopping = threading.Thread(target=mail.relay.stop)
    stopping.start()
    may_end.set()
    stopping.join(20)

    until(lambda: shop.heard)
    start(mail)
    order.send()
    until(lambda: len(calls) == 2)
    assert len(calls) == 2, "the first message was acknowledged"


def ask(server: NatsServer, name: str, *, explains: bool) -> list[Any]:
    """Send a signal and wait for receipts, or ask what a send would do."""
    envelope = new_envelope(SignalName.parse(name), "大象", {"n": 1}, "terminal")

    async def work() -> list[Any]:
        async with connected(server.address, "test") as connection:
            if explains:
                return list(await ask_listeners(connection, envelope, 10))
            return list(await send_asking(connection, envelope, 10))

    return asyncio.run(asyncio.wait_for(work(), 30))


def three_receivers(mail: Application, name: str, **options: Any) -> list[str]:
    """Connect a receiver that returns, one that raises, and one that listens to another sender."""
    signal, called = Signal(), list[str]()
    mail.relay.receive(signal, name=name, **options)

    def returns(sender: Any, n: int) -> object:
        called.append("returns")
        return {"n": n}

    def raises(sender: Any, n: int) -> None:
        called.append("raises")
        raise LookupError("no such order")

    def skipped(sender: Any, n: int) -> None:
        called.append("skipped")

    signal.connect(returns, weak=False)
    signal.connect(raises, weak=False)
    signal.connect(skipped, sender="lion", weak=False)
    return called


def rows(receipt: Any) -> dict[str, tuple[str, str]]:
    found = {call.receiver.rpartition(".")[2]: call for call in receipt.calls}
    return {name: (call.outcome, call.reason) for name, call in found.items()}


def test_a_question_is_answered_and_runs_no_receiver(application: Make, server: NatsServer) -> None:
    mail = application("mail")
    resolved: list[object] = []
    called = three_receivers(mail, "question/order", resolve=resolved.append)
    start(mail)

    (receipt,) = ask(server, "question/order", explains=True)

    assert (called, resolved) == ([], [])
    assert receipt.outcome == "answered"
    assert rows(receipt) == {
        "returns": ("would_call", "listens to ANY"),
        "raises": ("would_call", "listens to ANY"),
        "skipped": ("skipped", "listens only to lion, and this sender is 大象"),
    }


@pytest.mark.parametrize("options", [{}, {"queue": "receipts"}, {"durable": "receipts"}])
def test_a_sender_that_waits_gets_a_receipt(
    application: Make, server: NatsServer, options: dict[str, str]
) -> None:
    mail = application("mail")
    name = f"receipt/{'-'.join(options)}x"
    called = three_receivers(mail, name, max_deliver=1, **options)
    start(mail)

    (receipt,) = ask(server, name, explains=False)

    assert sorted(called) == ["raises", "returns"]
    assert (receipt.outcome, receipt.place) == ("answered", "the application 'mail'")
    assert rows(receipt) == {
        "returns": ("returned", "listens to ANY"),
        "raises": ("raised", "listens to ANY"),
        "skipped": ("skipped", "listens only to lion, and this sender is 大象"),
    }
    values = {
        call.outcome: (call.value, call.error and call.error.message) for call in receipt.calls
    }
    assert values["returned"] == ({"n": 1}, None)
    assert values["raised"] == (None, "no such order")


class Unspeakable(Exception):
    """An exception whose class has no usable name or text."""

    def __str__(self) -> str:
        raise SystemExit


def test_an_exception_without_a_text_ends_nothing(application: Make) -> None:
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


def test_a_resolve_that_raises_is_tried_again(application: Make) -> None:
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
    application: Make, server: NatsServer, options: dict[str, str]
) -> None:
    mail = application("mail")
    mail.signal(receive="hostile", **options)
    start(mail)
    valid = write_envelope(new_envelope(SignalName("hostile"), "大象", {"n": 1}, "outside"))

    async def publish() -> None:
        async with connected(server.address, "test") as connection:
            for number in range(250):
                data = HOSTILE[number % len(HOSTILE)]
                await connection.send("signalcli.signal.hostile", data)
            await connection.send("signalcli.signal.hostile", valid)

    asyncio.run(publish())

    until(lambda: mail.heard)
    assert mail.heard == [("大象", {"n": 1})]
    assert mail.relay.state.refused == 250


def test_a_durable_signal_is_heard_later(application: Make) -> None:
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


def test_what_is_sent_before_start_goes_out(application: Make) -> None:
    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="early/order")
    mail.signal(receive="early/order")
    assert mail.relay.start(10)

    order.send(n=1)
    shop.relay.start()

    until(lambda: mail.heard)


def test_start_twice_is_start_once(application: Make) -> None:
    shop = application("shop")
    shop.signal(publish="twice/order")

    assert shop.relay.start(10)
    threads = threading.active_count()
    assert shop.relay.start(10)

    assert threading.active_count() == threads


def test_receive_comes_before_start(application: Make) -> None:
    shop = application("shop")
    shop.signal(receive="before/order")
    assert shop.relay.start(10)

    with pytest.raises(UsageError, match=r"Call receive\(\) before start\(\)"):
        shop.signal(receive="before/other")


def test_stop_while_sending_publishes_what_was_sent_before(
    application: Make, caplog: pytest.LogCaptureFixture
) -> None:
    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="stop/order")
    mail.signal(receive="stop/order")
    start(mail, shop)
    is_over = threading.Event()

    def send() -> None:
        while not is_over.is_set():
            order.send()

    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    until(lambda: shop.relay.state.published > 100)
    shop.relay.flush_seconds = 60
    shop.relay.stop()
    is_over.set()
    for sender in senders:
        sender.join(20)

    assert not any(sender.is_alive() for sender in senders)
    assert "Sends lost" not in caplog.text
    order.send()
    assert shop.relay.state.waiting == 0, "a stopped relay publishes nothing"


def test_a_send_that_cannot_be_written_is_refused_and_the_next_one_is_published(
    application: Make, caplog: pytest.LogCaptureFixture
) -> None:
    shop = application("shop")
    order = shop.signal(publish="unwritable/order")
    start(shop)

    shop.relay._outbox.put(
        OutgoingSend("1", SignalName("order"), None, {"a": object()}, 0.0, None, 0, ())
    )
    order.send("x")

    assert shop.relay.flush(10)
    state = shop.relay.state
    assert (state.is_connected, state.published, state.refused) == (True, 1, 1)
    assert "A send of 'order' can't be published: TypeError: Object of type" in caplog.text


def test_a_relay_that_fails_begins_again(
    application: Make, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalcli.relay.application.running.LONGEST_PAUSE", 0.1)
    shop = application("shop")
    order = shop.signal(publish="failing/order")
    start(shop)

    shop.relay._outbox._waiting.append(object())  # type: ignore[arg-type]
    order.send("x")

    until(lambda: shop.relay.state.published == 1)
    until(lambda: shop.relay.state.is_connected)
    assert "The relay failed, and begins again." in caplog.text


def test_a_message_over_the_size_limit_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with nats_server(tmp_path, "max_payload: 2KB") as server:
        shop = Application(server, "shop")
        order = shop.signal(publish="order")
        assert shop.relay.start(10)

        order.send(text="x" * 3000)
        order.send(text="x")

        assert shop.relay.flush()
        state = shop.relay.state
        shop.relay.stop()
    assert (state.published, state.refused) == (1, 1)
    assert "A send of 'order' can't be published: its message has 3," in caplog.text


def test_a_full_stream_keeps_sends_until_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from signalcli.relay.subjects import STREAM

    async def limit(server: NatsServer, messages: int) -> None:
        async with connected(server.address, "test") as connection:
            await connection.ensure_streams()
            config = (await connection.jetstream.stream_info(STREAM)).config
            config.max_msgs = messages
            await connection.jetstream.update_stream(config)

    with nats_server(tmp_path) as server:
        asyncio.run(limit(server, 2))
        shop = Application(server, "shop")
        order = shop.signal(publish="order")
        assert shop.relay.start(10)
        for number in range(5):
            order.send(n=number)
        until(lambda: shop.relay.state.published == 2)
        assert not shop.relay.flush(0.5)

        asyncio.run(limit(server, 100))

        assert shop.relay.flush(20)
        state = shop.relay.state
        shop.relay.stop()
    assert (state.published, state.dropped, state.refused) == (5, 0, 0)
    assert caplog.text.count("has no room for the message") == 1


@pytest.mark.parametrize(
    ("environment", "logged"),
    [
        ({}, "Sends weren't published, because start() of the relay wasn't called: 2.\n"),
        ({"SIGNALCLI_RELAY": "off"}, ""),
    ],
)
def test_sends_of_a_relay_that_is_never_started_are_logged_at_the_end(
    environment: dict[str, str], logged: str
) -> None:
    code = """
from blinker import signal
from signalcli.relay import Relay
Relay("nats://127.0.0.1:1", name="shop").publish(signal("order"))
signal("order").send("a")
signal("order").send("b")
"""
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        stderr=PIPE,
        check=True,
        text=True,
    )

    assert ended.stderr == logged


def test_sends_after_the_stop_are_counted_and_logged_once(
    application: Make, caplog: pytest.LogCaptureFixture
) -> None:
    shop = application("shop")
    order = shop.signal(publish="stopped/order")
    start(shop)
    order.send()
    shop.relay.stop()

    order.send()
    asyncio.run(order.send_async())

    assert shop.relay.state.dropped == 2
    assert caplog.text.count("stays local, because the relay was stopped") == 1
    start(shop)
    order.send()
    assert shop.relay.flush()
    assert (shop.relay.state.published, shop.relay.state.dropped) == (1, 2)


def test_a_server_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        shop, mail = Application(server, "shop"), Application(server, "mail")
        order = shop.signal(publish="order")
        mail.signal(receive="order", durable="mail")
        start(mail, shop)
        order.send(n=0)
        until(lambda: mail.heard)

        server.kill()
        results = [order.send(n=number) for number in range(1, 50)]
        server.start()

        assert shop.relay.flush(30)
        until(lambda: len(mail.heard) >= 50)
        shop.relay.stop()
        mail.relay.stop()
    assert results == [[]] * 49
    assert [payload["n"] for _, payload in mail.heard] == list(range(50))


def test_a_server_that_is_not_there_yet(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with nats_server(tmp_path) as server:
        server.kill()
        shop = Application(server, "shop")
        order = shop.signal(publish="order")
        shop.relay.start()
        order.send()
        until(lambda: f"No NATS server answers at {server.url}" in caplog.text)
        server.start()

        assert shop.relay.flush(20)
        shop.relay.stop()


def test_the_own_server_is_used_without_a_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("SIGNALCLI_VIA", raising=False)
    own, order = OwnServer(own_directory()), Signal()
    relay = Relay(name="shop")
    relay.publish(order, name="order")
    relay.start()
    order.send()
    until(lambda: "your own doesn't run. Start it: signalcli relay serve" in caplog.text)
    code = "from signalcli.relay.server import *; print(OwnServer(own_directory()).ensure().port)"
    port = subprocess.run([sys.executable, "-c", code], stdout=PIPE, check=True, text=True).stdout
    try:
        assert relay.flush(20)
        relay.stop()
        named = Relay(f"nats://127.0.0.1:{port.strip()}", name="named")
        named.publish(order, name="order")
        assert named.start(10), "the URL needs no token"
        named.stop()
    finally:
        own.stop()


def test_what_is_lost_at_the_end_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with nats_server(tmp_path) as server:
        shop = Application(server, "shop")
        shop.relay.flush_seconds = 0.1
        order = shop.signal(publish="order")
        assert shop.relay.start(10)
        server.kill()
        for _ in range(3):
            order.send()
        shop.relay.stop()

    assert "Sends lost, because the server didn't store them in time: 3." in caplog.text


def test_a_user_without_permission(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    users = """authorization { users: [
      {user: all, password: a},
      {user: some, password: b, permissions: {publish: {deny: "signalcli.signal.secret"}}}] }"""
    with nats_server(tmp_path, users) as server:
        server_url, url = server.url, server.url.replace("://", "://some:b@")
        shop = Relay(url, name="shop", flush_seconds=0.1)
        secret, order = Signal(), Signal()
        shop.publish(secret, name="secret")
        shop.publish(order, name="order")
        assert shop.start(10)

        secret.send()
        order.send()

        until(lambda: shop.state.published == 1)
        until(lambda: "permit" in caplog.text)
        shop.stop()
    assert f"The server at {server_url} doesn't permit this user to use" in caplog.text
    assert "store them in time: 1." in caplog.text


def test_the_switch_keeps_sends_local(application: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALCLI_RELAY", "off")
    shop = application("shop")
    order = shop.signal(publish="off/order", receive="off/order")

    assert not shop.relay.start(10)
    order.send(n=1)

    assert shop.heard == [(None, {"n": 1})]
    assert shop.relay.state.waiting == 0


def test_a_fork_in_the_middle(server: NatsServer, application: Make) -> None:
    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="fork/order")
    mail.signal(receive="fork/order", durable="fork")
    start(mail, shop)
    order.send(who="parent", n=0)

    child = os.fork()
    if child == 0:
        status = 1
        try:
            logging.disable()
            order.send(who="child", n=1)
            status = 0 if shop.relay.flush(20) else 2
        finally:
            os._exit(status)
    order.send(who="parent", n=2)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert shop.relay.flush(20)
    until(lambda: len(mail.heard) >= 3)
    sources = {
        payload["who"]: message.source.rpartition("/")[2]
        for (_, payload), message in zip(mail.heard, mail.messages, strict=True)
        if message is not None
    }
    assert sorted(payload["n"] for _, payload in mail.heard) == [0, 1, 2]
    assert sources == {"parent": str(os.getpid()), "child": str(child)}
