"""What the options of the plugin add to reports, and the traces that they save."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import SignalCli
from tests.support.suites import run_suite

pytestmark = [pytest.mark.process, pytest.mark.slow]

SUITE = """
import pytest
from blinker import signal

order_placed = signal("order-placed")
signal("order-paid").connect(lambda sender: 1, weak=False)

@order_placed.connect_via("store")
def mail(sender, item):
    return order_mailed.send(mail)

order_mailed = signal("order-mailed")

def test_fails():
    def dying(sender): ...
    signal("order-gone").connect(dying)
    del dying
    signal("order-gone").send()
    order_placed.send("shop", item="banana")
    signal("order-piad").send()
    assert False

def test_crashes(request):
    order_placed.send("store")

def test_passes():
    order_placed.send("store", item="banana")

def test_asks_and_fails(signals):
    assert signals.sent()

def test_sends_nothing(): ...
"""

OF_FAILED = """\
not heard: order-gone from None: 1 receiver died: test_shop.py:16
not heard: order-placed from shop: test_shop.mail listens only to store
not heard: order-piad from None: no receivers, but order-paid has receivers

order-gone from None: 1 receiver died: test_shop.py:16
order-placed from shop with item
  test_shop.mail skipped: listens only to store
order-piad from None: no receivers, but order-paid has receivers"""

OF_PASSED = """\
not heard: order-mailed from <function test_shop.mail>: no receivers

order-placed from store with item
  test_shop.mail returned []
  order-mailed from <function test_shop.mail>: no receivers"""


def sections(report: str) -> list[str]:
    """The sections "signals" of a report."""
    parts = report.split("signals ---")[1:]
    return [part.partition("\n")[2].partition("\n---")[0].strip() for part in parts]


def test_a_failing_test_that_uses_the_fixture_has_a_section(tmp_path: Path) -> None:
    run = run_suite(tmp_path, SUITE)

    assert run.counts == {"failed": 3, "passed": 2}
    assert sections(run.report("test_asks_and_fails")) == ["no signal was sent"]
    assert sections(run.report("test_fails")) == []


def test_with_the_option_each_failing_test_has_a_section(tmp_path: Path) -> None:
    run = run_suite(tmp_path, SUITE, "--signals")

    assert run.counts == {"failed": 3, "passed": 2}
    assert sections(run.report("test_fails")) == [OF_FAILED]
    (crash,) = sections(run.report("test_crashes"))
    assert crash == (
        "order-placed from store\n  test_shop.mail raised TypeError: "
        "mail() missing 1 required positional argument: 'item' (test_shop.py:8)"
    )
    assert OF_PASSED not in run.output


def test_with_all_each_test_that_sent_has_a_section(tmp_path: Path) -> None:
    run = run_suite(tmp_path, SUITE, "--signals=all")
    by_pytest = run_suite(tmp_path, SUITE, "--signals=all", "-rP")

    assert sections(run.report("test_fails")) == [OF_FAILED]
    assert OF_PASSED in run.report("test_passes")
    assert "test_sends_nothing" not in run.output
    assert by_pytest.output.count(OF_PASSED) == run.output.count(OF_PASSED) == 1


@pytest.mark.parametrize("workers", [(), ("--numprocesses=2",)])
def test_a_trace_of_each_failing_test_is_saved(
    tmp_path: Path, signalcli: SignalCli, workers: tuple[str, ...]
) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()

    run_suite(suite, SUITE, "--signals-save=traces", *workers)

    traces = sorted(path.name for path in (suite / "traces").iterdir())
    assert traces == [
        f"test_shop.py-{name}.json"
        for name in ("test_asks_and_fails", "test_crashes", "test_fails")
    ]
    saved = str(suite / "traces" / traces[-1])
    assert [one["signal"] for one in json.loads(Path(saved).read_text())["events"]] == [
        "order-gone",
        "order-placed",
        "order-piad",
    ]
    assert "listens only to store" in signalcli.ok("trace", "show", saved).stdout


def test_a_trace_that_cannot_be_saved_fails_no_test(tmp_path: Path) -> None:
    (tmp_path / "traces").write_text("a file")

    run = run_suite(tmp_path, SUITE, "--signals-save=traces")

    assert run.counts == {"failed": 3, "passed": 2}
    (section,) = sections(run.report("test_fails"))
    assert section.startswith("The trace '") and section.endswith("can't be saved: File exists.")


LEAKS = """
import pytest
from blinker import Signal, signal

order_placed = signal("order-placed")
kept = []

def connect(sender=None):
    def left(sender, **payload): ...
    kept.append(left)
    order_placed.connect(left, sender) if sender else order_placed.connect(left)

def test_leaves_one():
    connect()

def test_leaves_one_to_a_sender():
    connect("store")

def test_leaves_one_to_an_object():
    connect(kept[0])

class TestClass:
    def test_leaves_one(self):
        connect()

def test_connects_again():
    order_placed.connect(kept[0])

def test_disconnects():
    connect()
    order_placed.disconnect(kept[-1])

def test_receiver_dies():
    def local(sender): ...
    local.itself = local
    order_placed.connect(local)

def test_signal_dies():
    connected = Signal()
    connected.connect(kept[0], weak=False)
    connected.itself = connected

@pytest.fixture
def held():
    class Listener:
        def on_order(self, sender): ...
    listener = Listener()
    order_placed.connect(listener.on_order)
    return listener

def test_fixture_is_released(held): ...

@pytest.fixture(scope="module")
def application():
    connect()

def test_wider_fixture(application): ...

def test_import():
    import receivers

@pytest.mark.may_leave_receivers
def test_marked():
    connect()

def test_isolated(signals):
    signals.isolate()
    connect()

@pytest.mark.isolate_signals
def test_isolated_by_a_marker():
    connect()

def test_fails():
    def local(sender): ...
    order_placed.connect(local)
    assert False
"""

RECEIVERS = """
from blinker import signal

@signal("order-placed").connect
def on_order(sender, **payload): ...

class Base:
    def __init_subclass__(cls):
        signal("order-placed").connect(cls.on_order)

class Listener(Base):
    @staticmethod
    def on_order(sender, **payload): ...
"""

LEFT = "test_shop.connect.<locals>.left"
LINE = "connected at test_shop.py:11"
FOUND = {
    "test_leaves_one": f"{LEFT} to order-placed, {LINE}",
    "test_leaves_one_to_a_sender": f"{LEFT} to order-placed from store, {LINE}",
    "test_leaves_one_to_an_object": f"{LEFT} to order-placed from <builtins.function object>, {LINE}",
    "TestClass.test_leaves_one": f"{LEFT} to order-placed, {LINE}",
}


@pytest.mark.parametrize("way", [("--signals-leaks",), ()])
def test_a_test_that_leaves_receivers_connected_fails(tmp_path: Path, way: tuple[str, ...]) -> None:
    ini = "" if way else "signals_leaks = fail"

    run = run_suite(tmp_path, LEAKS, *way, ini=ini, receivers=RECEIVERS)

    assert run.counts == {"passed": 14, "failed": 1, "error": 4}, run.output
    for name, line in FOUND.items():
        assert run.report(name).startswith(
            f"\nThe test left a receiver connected:\n  {line}\nDisconnect in the test or in its "
            "fixture, or mark it with @pytest.mark.may_leave_receivers.\n"
        )


@pytest.mark.parametrize("workers", [(), ("--numprocesses=2", "--dist=loadfile")])
def test_leaks_are_only_listed_where_that_is_asked_for(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    run = run_suite(tmp_path, LEAKS, "--signals-leaks=report", *workers, receivers=RECEIVERS)

    assert run.counts == {"passed": 14, "failed": 1}, run.output
    lines = [line for line in run.output.splitlines() if LEFT in line]
    assert lines == [
        f"test_shop.py::{name.replace('.', '::')}: {line}" for name, line in FOUND.items()
    ]


def test_a_wrong_value_is_refused(tmp_path: Path) -> None:
    run = run_suite(tmp_path, SUITE, ini="signals_leaks = always")

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert "signals_leaks must be fail or report; got 'always'." in run.output
