"""The assertions of the fixture ``signals``, with the message of each failure."""

from __future__ import annotations

import pytest

from tests.support.suites import SuiteRun, run_suite

pytestmark = [pytest.mark.process, pytest.mark.slow]

SUITE = """
import re
from unittest.mock import ANY

from blinker import Namespace, Signal, signal
from flask import Flask, current_app

app = Flask("shop")
order_placed = signal("order-placed")
order_paid = signal("order-paid")
signal("order_placed")
stock = Namespace()
low = stock.signal("low")


class Matching:
    def __init__(self, pattern):
        self.pattern = pattern

    def __eq__(self, other):
        return re.match(self.pattern, other) is not None


class Quiet:
    def __repr__(self):
        return "<order>"


@order_placed.connect_via(app)
def mail(sender, **payload):
    return "sent"


def place(sender=app, item="banana", **more):
    order_placed.send(sender, item=item, **more)


def test_passes(signals):
    place(count=2)
    sent = signals.assert_sent(order_placed, sender=app, item="banana")
    assert sent == signals.sent("order-placed")[0]
    assert (sent.signal, sent.sender, sent.payload) == (
        "order-placed", app, {"item": "banana", "count": 2}
    )
    assert [(one.receiver, one.outcome, one.reason) for one in sent.receivers] == [
        ("test_shop.mail", "returned", "listens to <Flask 'shop'>")
    ]
    signals.assert_sent_once(order_placed, payload={"item": Matching("ban"), "count": ANY})
    signals.assert_not_sent(order_placed, item="apple")
    signals.assert_not_sent(order_placed, sender="shop")
    signals.assert_not_sent("test_shop/low")
    low.send()
    signals.assert_sent("test_shop/low")
    signals.assert_sent(low)
    signals.assert_order(order_placed, "low")


def test_a_proxy_means_its_object(signals):
    with app.app_context():
        place()
        place(sender=current_app)
        assert signals.assert_sent(order_placed, sender=current_app).sender is app
    assert [one.sender for one in signals.sent(order_placed)] == [app, app]
    assert [one.receivers[0].outcome for one in signals.sent(order_placed)] == [
        "returned", "skipped"
    ]


def test_expect_passes(signals):
    place()
    with signals.expect(order_placed, item="apple") as sent:
        place(item="apple")
        place(item="cherry")
    assert [one.payload["item"] for one in sent] == ["apple"]


def test_never(signals):
    signals.assert_sent(order_placed)


def test_another_signal(signals):
    order_paid.send()
    low.send()
    low.send()
    signals.assert_sent(order_placed)


def test_near_name(signals):
    signal("order_placed").send()
    signals.assert_sent(order_placed)


def test_another_sender(signals):
    place()
    place(sender=None)
    signals.assert_sent(order_placed, sender="shop")


def test_a_sender_that_looks_the_same(signals):
    place(sender=Quiet())
    signals.assert_sent(order_placed, sender=Quiet())


def test_another_payload(signals):
    place(count=2)
    signals.assert_sent(order_placed, sender=app, item="apple")


def test_a_missing_key(signals):
    place()
    signals.assert_sent(order_placed, payload={"item": "banana", "count": 2})


def test_pytest_compares_another_payload():
    assert {"item": "banana"} == {"item": "apple"}


def test_pytest_compares_a_missing_key():
    assert {"item": "banana"} == {"item": "banana", "count": 2}


def test_twice(signals):
    place()
    with signals.muted(order_placed):
        place()
    place(item="apple")
    signals.assert_sent_once(order_placed, item="banana")


def test_not_sent_fails(signals):
    place()
    signals.assert_not_sent(order_placed, sender=app)


def test_order(signals):
    order_paid.send()
    place()
    signals.assert_order(order_placed, order_paid)


def test_order_without_one(signals):
    place()
    signals.assert_order(order_placed, order_paid)


def test_order_of_one_twice(signals):
    place()
    signals.assert_order(order_placed, order_placed)


def test_expect_fails(signals):
    place()
    with signals.expect(order_placed):
        order_paid.send()


def test_expect_keeps_the_error_of_its_block(signals):
    with signals.expect(order_placed):
        raise ValueError("broken")


def test_unknown_name(signals):
    signals.assert_sent("order-plced")
"""

MESSAGES = {
    "test_never": "AssertionError: order-placed was not sent.\nNo signal was sent.",
    "test_another_signal": """\
AssertionError: order-placed was not sent.
Sent were: order-paid (once), test_shop/low (2 times).""",
    "test_near_name": """\
AssertionError: order-placed was not sent.
order_placed, whose name looks like it, was sent once.""",
    "test_another_sender": """\
AssertionError: order-placed was sent 2 times, but from another sender:
  expected: 'shop'
  sent from: <Flask 'shop'>
  sent from: None""",
    "test_a_sender_that_looks_the_same": """\
AssertionError: order-placed was sent once, but from another sender:
  expected: <order>
  sent from: <order>
The senders look the same, but are different objects that aren't equal.""",
    "test_twice": """\
AssertionError: order-placed was sent 2 times with item='banana':
  from <Flask 'shop'>  item='banana'
  from <Flask 'shop'>  item='banana'  (muted)""",
    "test_not_sent_fails": """\
AssertionError: order-placed was sent once from <Flask 'shop'>:
  from <Flask 'shop'>  item='banana'""",
    "test_order": """\
AssertionError: order-paid was not sent after order-placed. They were sent in this order:
  order-paid
  order-placed""",
    "test_order_without_one": "AssertionError: order-paid was not sent.",
    "test_order_of_one_twice": (
        "AssertionError: order-placed was sent once, and is expected 2 times."
    ),
    "test_expect_fails": """\
AssertionError: order-placed was not sent.
Sent were: order-paid (once).""",
    "test_expect_keeps_the_error_of_its_block": "ValueError: broken",
    "test_unknown_name": """\
signalcli.errors.UnknownName: No signal 'order-plced' in the process of the tests. Did you mean \
'order-placed'? See them all: signalcli --app APP list --all""",
}


COMPARED = {
    "another_payload": "order-placed was sent once from <Flask 'shop'>, but with another payload:",
    "a_missing_key": "order-placed was sent once, but with another payload:",
}
"""The first lines of the messages that end as pytest itself compares the payloads."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> SuiteRun:
    return run_suite(tmp_path_factory.mktemp("suite"), SUITE)


def test_assertions_that_hold_pass(run: SuiteRun) -> None:
    assert run.counts == {"passed": 3, "failed": len(MESSAGES) + 2 * len(COMPARED)}


@pytest.mark.parametrize("name", MESSAGES)
def test_an_assertion_that_fails_says_why(run: SuiteRun, name: str) -> None:
    assert run.message(name) == MESSAGES[name]


@pytest.mark.parametrize("name", COMPARED)
def test_payloads_are_compared_as_pytest_does(run: SuiteRun, name: str) -> None:
    by_pytest = run.message(f"test_pytest_compares_{name}").removeprefix("AssertionError: ")

    assert run.message(f"test_{name}") == f"AssertionError: {COMPARED[name]}\n{by_pytest}"


@pytest.mark.parametrize("name", MESSAGES)
def test_the_traceback_ends_in_the_test(run: SuiteRun, name: str) -> None:
    assert "signalcli/" not in run.report(name)
