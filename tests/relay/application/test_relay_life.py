"""The life of a relay: what is sent before its start, while it stops, after that, and around a fork."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from typing import Any

import pytest
from blinker import Signal

from signalcli.errors import UsageError
from tests.support.cli import finished
from tests.support.relays import MakeApplication, start, until


def test_stop_waits_for_the_receiver_and_publishes_what_it_sends(
    application: MakeApplication,
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


def test_what_is_sent_before_start_goes_out(application: MakeApplication) -> None:
    shop, mail = application("shop"), application("mail")
    order = shop.signal(publish="early/order")
    mail.signal(receive="early/order")
    assert mail.relay.start(10)

    order.send(n=1)
    shop.relay.start()

    until(lambda: mail.heard)


def test_start_twice_is_start_once(application: MakeApplication) -> None:
    shop = application("shop")
    shop.signal(publish="twice/order")

    assert shop.relay.start(10)
    threads = threading.active_count()
    assert shop.relay.start(10)

    assert threading.active_count() == threads


def test_receive_comes_before_start(application: MakeApplication) -> None:
    shop = application("shop")
    shop.signal(receive="before/order")
    assert shop.relay.start(10)

    with pytest.raises(UsageError, match=r"Call receive\(\) before start\(\)"):
        shop.signal(receive="before/other")


def test_stop_while_sending_publishes_what_was_sent_before(
    application: MakeApplication, caplog: pytest.LogCaptureFixture
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


def test_a_relay_that_fails_begins_again(
    application: MakeApplication, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
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
    ended = finished([sys.executable, "-c", code], env={**os.environ, **environment})

    assert (ended.status, ended.stderr) == (0, logged)


def test_sends_after_the_stop_are_counted_and_logged_once(
    application: MakeApplication, caplog: pytest.LogCaptureFixture
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


def test_the_switch_keeps_sends_local(
    application: MakeApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNALCLI_RELAY", "off")
    shop = application("shop")
    order = shop.signal(publish="off/order", receive="off/order")

    assert not shop.relay.start(10)
    order.send(n=1)

    assert shop.heard == [(None, {"n": 1})]
    assert shop.relay.state.waiting == 0


def test_a_fork_in_the_middle(application: MakeApplication) -> None:
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
