"""What the fixture ``signals`` records and overrides, and that nothing of it is left after the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.suites import run_suite

pytestmark = [pytest.mark.process, pytest.mark.slow]

SIGNALS = """
import asyncio
import gc
import sys
import threading
import weakref

import pytest
from blinker import Signal, signal

order_placed = signal("order-placed")


@order_placed.connect
def mail(sender, **payload):
    return "sent"


def outcomes(signals):
    return [[one.outcome for one in sent.receivers] for sent in signals.sent(order_placed)]
"""


def test_sends_of_threads_and_tasks_are_recorded_and_waited_for(tmp_path: Path) -> None:
    run = run_suite(
        tmp_path,
        SIGNALS
        + """
def test_a_thread(signals):
    threading.Timer(0.05, order_placed.send, ["a thread"]).start()
    assert signals.wait_for(order_placed).sender == "a thread"
    assert signals.wait_for(order_placed).sender == "a thread"

def test_tasks(signals):
    async def place(sender):
        await asyncio.sleep(0.05)
        await order_placed.send_async(sender, _sync_wrapper=wrapped)

    def wrapped(receiver):
        async def call(*arguments, **payload):
            await asyncio.sleep(0)
            return receiver(*arguments, **payload)
        return call

    async def main():
        tasks = [asyncio.create_task(place(sender)) for sender in "ab"]
        sent = await signals.wait_for(order_placed, sender="b")
        await asyncio.gather(*tasks)
        return sent

    assert asyncio.run(main()).sender == "b"
    assert [one.sender for one in signals.sent(order_placed)] == ["a", "b"]
    assert outcomes(signals) == [["returned"], ["returned"]]

def test_late(signals):
    order_placed.send("a")
    signals.wait_for(order_placed, sender="b", timeout=0.05)

def test_late_in_a_task(signals):
    async def main():
        await signals.wait_for(order_placed, timeout=0.05)
    asyncio.run(main())

def test_a_receiver_still_runs(signals):
    go_on = threading.Event()
    waiting = Signal()
    slow = lambda sender: go_on.wait()
    waiting.connect(slow)
    thread = threading.Thread(target=waiting.send)
    thread.start()
    try:
        signals.wait_for(waiting, timeout=0.05)
    finally:
        go_on.set()
        thread.join()
""",
    )

    assert run.counts == {"passed": 2, "failed": 3}
    assert run.message("test_late") == (
        "AssertionError: After 0.05 s: order-placed was sent once, but from another sender:\n"
        "  expected: 'b'\n  sent from: 'a'"
    )
    assert run.message("test_late_in_a_task") == (
        "AssertionError: After 0.05 s: order-placed was not sent.\nNo signal was sent."
    )
    assert run.message("test_a_receiver_still_runs").endswith(
        " was sent, and a receiver still runs."
    )


def test_the_sends_of_fixtures_and_of_each_kind_of_test_are_recorded(tmp_path: Path) -> None:
    run = run_suite(
        tmp_path,
        SIGNALS
        + '''
Group = pytest.importorskip("exceptiongroup").ExceptionGroup if sys.version_info < (3, 11) else ExceptionGroup

@pytest.fixture
def order():
    order_placed.send("the fixture")

def test_a_fixture(order, signals):
    assert signals.assert_sent_once(order_placed).sender == "the fixture"

class TestClass:
    def setup_method(self):
        order_placed.send("setup_method")

    def test_method(self, signals):
        signals.assert_sent_once(order_placed, sender="setup_method")

def test_by_its_name_alone(request):
    order_placed.send("before")
    signals = request.getfixturevalue("signals")
    order_placed.send("after")
    assert [one.sender for one in signals.sent()] == ["after"]

def place():
    """
    >>> signals = getfixture("signals")
    >>> order_placed.send("a doctest")
    [(<function mail at 0x...>, 'sent')]
    >>> signals.assert_sent(order_placed).sender
    'a doctest'
    """

def test_a_receiver_that_raises(signals):
    @order_placed.connect
    def broken(sender, **payload):
        raise Group("two", [ValueError("one"), KeyError("two")])

    with pytest.raises(Group):
        order_placed.send()
    (sent,) = signals.sent()
    (error,) = [one.error for one in sent.receivers if one.error]
    assert error.type == "ExceptionGroup" and "two" in error.message

def test_no_send_is_left_over(signals):
    assert signals.sent() == ()
''',
        "--doctest-modules",
        ini="doctest_optionflags = ELLIPSIS",
    )

    assert run.counts == {"passed": 6}, run.output


def test_after_the_test_everything_is_restored_and_released(tmp_path: Path) -> None:
    run = run_suite(
        tmp_path,
        SIGNALS
        + """
class Order:
    pass

kept = []
methods = {name: vars(Signal)[name] for name in ("send", "connect", "receivers_for")}

def test_send(signals):
    order, item = Order(), Order()
    kept.extend([weakref.ref(order), weakref.ref(item)])
    order_placed.send(order, item=item)
    del order, item
    assert isinstance(signals.sent()[0].payload["item"], Order)
    assert vars(Signal)["send"] is not methods["send"]
    signals.isolate()
    signals.muted(order_placed)

def test_released():
    gc.collect()
    assert [one() for one in kept] == [None, None]
    assert {name: vars(Signal)[name] for name in methods} == methods
    assert order_placed.send() == [(mail, "sent")]
""",
    )

    assert run.counts == {"passed": 2}, run.output


def test_receivers_are_chosen_until_the_end_of_the_test(tmp_path: Path) -> None:
    run = run_suite(
        tmp_path,
        SIGNALS
        + """
@order_placed.connect
def bill(sender, **payload):
    return "billed"

@pytest.mark.isolate_signals
def test_isolated_by_a_marker(signals):
    assert order_placed.send() == [] and not order_placed.receivers
    order_placed.connect(lambda sender: 1, weak=False)
    assert outcomes(signals) == [[]]
    import connects_at_import
    assert len(order_placed.send()) == 2

@pytest.mark.isolate_signals
def test_isolated_without_the_fixture():
    assert order_placed.send() == []

def test_restored(signals):
    names = {receiver.__name__ for receiver, _ in order_placed.send()}
    assert names == {"mail", "bill", "late"}

def test_isolate_a_block(signals):
    with signals.isolate():
        order_placed.connect(lambda sender: 1, weak=False)
        assert len(order_placed.send()) == 1
    assert len(order_placed.send()) == 3

def test_a_receiver_that_dies_in_isolation(signals):
    def dying(sender, **payload): ...
    order_placed.connect(dying)
    with signals.isolate():
        del dying
    assert len(order_placed.receivers) == len(order_placed.send()) == 3

def test_only(signals):
    signals.only("test_shop:mail")
    assert order_placed.send() == [(mail, "sent")]
    signals.only("nobody")

def test_muted(signals):
    with signals.muted(order_placed, "order-placed"):
        assert order_placed.send() == []
        signals.assert_sent(order_placed)
    assert not order_placed.is_muted
    signals.muted(order_placed)

def test_restored_again():
    assert len(order_placed.send()) == 3 and not order_placed.is_muted

@pytest.fixture(scope="session")
def application():
    made = Signal()
    made.connect(mail)
    order_placed.connect(made.send, weak=False)
    return made

@pytest.mark.isolate_signals
def test_isolated_from_a_session_fixture(application):
    assert application.send() == [] and order_placed.send() == []

def test_the_session_fixture_is_connected(application):
    assert application.send() == [(mail, "sent")]
    assert len(order_placed.send()) == 4
""",
        connects_at_import="""
from blinker import signal

@signal("order-placed").connect
def late(sender, **payload): ...
""",
    )

    assert run.counts == {"passed": 9, "failed": 1}, run.output
    assert run.message("test_only") == (
        "signalcli.errors.UnknownName: No receiver 'nobody' in the process of the tests. "
        "See all 1: signalcli --app APP receivers"
    )


LOADED = """
import sys

def test_nothing_is_imported():
    ours = {name for name in sys.modules if name.split(".")[0] == "signalcli"}
    assert ours == EXPECTED
    assert not {"blinker", "rich", "click", "asyncio"} & set(sys.modules)
"""


def test_the_plugin_imports_nothing_else_until_a_test_asks(tmp_path: Path) -> None:
    ours = {"signalcli", "signalcli.testing", "signalcli.testing.plugin"}
    others = "-p", "no:xdist", "-p", "no:anyio", "-p", "no:hypothesispytest"

    run = run_suite(tmp_path, LOADED.replace("EXPECTED", repr(ours)), *others)

    assert run.counts == {"passed": 1}, run.output


def test_the_plugin_can_be_turned_off(tmp_path: Path) -> None:
    code = "def test_asks(signals): ..."

    without = run_suite(tmp_path, code, "-p", "no:signalcli")
    by_ini = run_suite(tmp_path, code, ini="signals = false")

    for run in (without, by_ini):
        assert run.counts == {"error": 1}
        assert "fixture 'signals' not found" in run.output


def test_workers_of_xdist_record_their_tests(tmp_path: Path) -> None:
    run = run_suite(
        tmp_path,
        SIGNALS
        + """
@pytest.mark.parametrize("number", range(8))
def test_send(signals, number):
    order_placed.send(number)
    assert signals.assert_sent_once(order_placed).sender == number
""",
        "--numprocesses=2",
    )

    assert run.counts == {"passed": 8}, run.output
