"""Questions and receipts: what the relay of an application answers to a sender."""

from __future__ import annotations

from typing import Any

import pytest
from blinker import Signal

from signalcli.relay.collected_receipts import ask_listeners, send_asking
from signalcli.relay.envelope import new_envelope
from signalcli.values.signal_name import SignalName
from tests.support.nats_servers import NatsServer
from tests.support.relays import Application, MakeApplication, start


def ask(server: NatsServer, name: str, *, explains: bool) -> list[Any]:
    """Send a signal and wait for receipts, or ask what a send would do."""
    envelope = new_envelope(SignalName.parse(name), "大象", {"n": 1}, "terminal")
    asking = ask_listeners if explains else send_asking
    return list(server.ask(lambda connection: asking(connection, envelope, 10)))


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


def test_a_question_is_answered_and_runs_no_receiver(
    application: MakeApplication, server: NatsServer
) -> None:
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
    application: MakeApplication, server: NatsServer, options: dict[str, str]
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
