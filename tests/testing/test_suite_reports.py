"""The rules of doctor on a whole suite, and which connections it heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.suites import SuiteRun, run_suite

pytestmark = [pytest.mark.process, pytest.mark.slow]

STORE = """\
from blinker import signal
from flask import Flask

ordered, paid, closed = signal("ordered"), signal("paid"), signal("closed")
app = Flask("store")


@ordered.connect_via("store")
def ship(sender, **payload): ...


@ordered.connect_via(app)
def bill(sender, item): ...


@paid.connect
def thank(sender): ...


@closed.connect
def log(sender): ...


def set_up():
    def mail(sender, **payload): ...

    ordered.connect(mail)


set_up()


def create_app():
    created = Flask("created")

    @ordered.connect_via(created)
    def local(sender, item):
        raise ValueError(item)

    @ordered.connect_via(created)
    def after(sender, item): ...

    return created
"""

TESTS = """
import pytest
from store import app, create_app, ordered, paid

@pytest.mark.parametrize("item", ["banana", "apple"])
def test_order(item):
    ordered.send(app, item=item)

def test_muted(signals):
    signals.muted(paid)
    paid.send()

def test_own_receiver():
    def receiver(sender, **payload): ...
    ordered.connect(receiver)
    ordered.send(app, item="cherry")

@pytest.mark.parametrize("item", ["banana", "apple"])
def test_created(item):
    with pytest.raises(ValueError):
        ordered.send(create_app(), item=item)
"""

WORKERS = pytest.mark.parametrize("workers", [(), ("--numprocesses=2",)])


def section(run: SuiteRun, title: str) -> list[str]:
    """The lines of a section of the summary."""
    text = run.output.partition(f" {title} ===")[2].partition("\n")[2]
    lines = []
    for line in text.splitlines():
        if line.startswith("===") or " passed" in line:
            break
        lines.append(line)
    return lines


DEAD = (
    "store.py:27: error: dead-receiver: store.set_up.<locals>.mail was connected to ordered weakly and "
    "was deleted: nothing else referenced it, so no send calls it. Keep a reference to it while it should "
    "be called, or connect it with weak=False."
)
RAISES = "store.py:37: error: always-raises: store.create_app.<locals>.local raised"
UNSENT = "store.py:8: warning: sender-never-sent: store.ship listens only to store"


@WORKERS
def test_the_rules_are_checked_on_the_whole_suite(tmp_path: Path, workers: tuple[str, ...]) -> None:
    run = run_suite(tmp_path, TESTS, "--signals-doctor", *workers, store=STORE)

    lines = section(run, "signalcli doctor")
    assert run.status == pytest.ExitCode.OK and run.counts == {"passed": 6}, run.output
    assert lines[0] == DEAD
    found = [line.split(": ")[2] for line in lines if ": error: " in line or ": warning: " in line]
    assert found == ["dead-receiver", "sender-never-sent", "always-raises", "never-sent"]
    assert lines[-1].startswith("2 errors and 2 warnings in 23 checked rules, in 6 sends.")


@WORKERS
def test_the_ini_file_says_which_findings_fail(tmp_path: Path, workers: tuple[str, ...]) -> None:
    warned = "from store import ordered\ndef test_order(): ordered.send('shop', item=1)"
    store = STORE.replace("set_up()\n\n\ndef create", "def create").replace("@closed.connect", "")

    def status(level: str, code: str, store: str) -> int:
        ini = f"signals_doctor = {level}"
        return run_suite(tmp_path, code, "--signals-doctor", *workers, ini=ini, store=store).status

    assert status("report", TESTS, STORE) == pytest.ExitCode.OK
    assert status("error", TESTS, STORE) == pytest.ExitCode.TESTS_FAILED
    assert status("error", warned, store) == pytest.ExitCode.OK
    assert status("strict", warned, store) == pytest.ExitCode.TESTS_FAILED


def test_what_one_worker_sent_counts_for_all(tmp_path: Path) -> None:
    store = "from blinker import signal\nordered = signal('ordered')\n"
    store += "@ordered.connect_via('store')\ndef ship(sender): ...\n"
    sends = "from store import ordered\ndef test_order(): ordered.send({sender!r})"
    other = tmp_path / "test_other.py"
    other.write_text(sends.format(sender="shop"))
    options = "--signals-doctor", "--signals-report", "--numprocesses=2", "--dist=loadfile"

    run = run_suite(tmp_path, sends.format(sender="store"), *options, store=store)
    alone = run_suite(tmp_path, sends.format(sender="shop"), *options, store=store)

    assert section(run, "signalcli doctor") == ["No findings in 23 checked rules, in 2 sends."]
    assert section(run, "connections heard in the tests") == [
        "store.py:3: heard: store.ship to ordered from store: once",
        "1 of 1 connection heard: 100%",
    ]
    assert "sender-never-sent" in section(alone, "signalcli doctor")[0]


def test_a_comment_ignores_a_finding_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    line = "    ordered.connect(mail)"
    ignored = STORE.replace(line, f"{line}  # signalcli: ignore[dead-receiver]")
    wrong = STORE.replace(line, f"{line}  # signalcli: ignore[dead-reciever]")

    run = run_suite(tmp_path, TESTS, "--signals-doctor", store=ignored)
    refused = run_suite(tmp_path, TESTS, "--signals-doctor", store=wrong)

    assert DEAD not in run.output and "1 finding ignored by comments." in run.output
    assert refused.status == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: No rule 'dead-reciever' in the comment at store.py:27" in refused.output


HEARD = """\
store.py:8: skipped: store.ship to ordered from store: sent from another sender (5 times)
store.py:12: heard: store.bill to ordered from <Flask 'store'>: 3 times
store.py:16: skipped: store.thank to paid: the signal was muted (once)
store.py:20: never: store.log to closed: closed was not sent
store.py:27: never: store.set_up.<locals>.mail to ordered: deleted, as only weak connections referenced it
store.py:36: heard: store.create_app.<locals>.local to ordered from <flask.app.Flask object>: 2 times
store.py:40: skipped: store.create_app.<locals>.after to ordered from <flask.app.Flask object>: \
another receiver raised before it (2 times)
2 of 7 connections heard: 28%""".splitlines()


@WORKERS
def test_the_report_says_which_connections_were_heard(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    run = run_suite(tmp_path, TESTS, "--signals-report", *workers, store=STORE)

    assert run.status == pytest.ExitCode.OK
    assert section(run, "connections heard in the tests") == HEARD
    assert "signalcli doctor" not in run.output


def test_a_receiver_that_still_runs_was_heard(tmp_path: Path) -> None:
    store = """\
from threading import Event
from blinker import signal

ordered, begun = signal("ordered"), Event()

@ordered.connect
def ship(sender):
    begun.set()
    Event().wait()
"""
    code = """
from threading import Thread
from store import begun, ordered

def test_order():
    Thread(target=ordered.send, daemon=True).start()
    begun.wait()
"""

    run = run_suite(tmp_path, code, "--signals-report", store=store)

    assert section(run, "connections heard in the tests") == [
        "store.py:6: heard: store.ship to ordered: once",
        "1 of 1 connection heard: 100%",
    ]


@WORKERS
def test_too_few_heard_connections_fail(tmp_path: Path, workers: tuple[str, ...]) -> None:
    enough = run_suite(tmp_path, TESTS, "--signals-fail-under=28.5", *workers, store=STORE)
    few = run_suite(tmp_path, TESTS, "--signals-fail-under=28.6", *workers, store=STORE)
    none = run_suite(tmp_path, "def test(): ...", "--signals-fail-under=1", *workers)

    assert enough.status == pytest.ExitCode.OK
    assert section(enough, "connections heard in the tests") == HEARD
    assert few.status == none.status == pytest.ExitCode.TESTS_FAILED
    failed = "FAIL: --signals-fail-under requires 28.6%."
    assert section(few, "connections heard in the tests") == [*HEARD, failed]
    assert section(none, "connections heard in the tests") == [
        "The application made no connection while the tests ran.",
        "FAIL: --signals-fail-under requires 1%.",
    ]


def test_a_worker_that_crashes_is_named(tmp_path: Path) -> None:
    code = "import os\ndef test_crash(): os._exit(1)\ndef test_passes(): ..."

    run = run_suite(tmp_path, code, "--signals-doctor", "--numprocesses=1")

    assert run.counts == {"failed": 1, "passed": 1}
    assert "1 worker crashed: what was sent there is missing." in run.output


def test_what_only_collects_is_not_examined(tmp_path: Path) -> None:
    run = run_suite(
        tmp_path, TESTS, "--signals-doctor", "--signals-report", "--collect-only", store=STORE
    )

    assert run.status == pytest.ExitCode.OK
    assert "signalcli doctor" not in run.output and "connections heard" not in run.output


@pytest.mark.parametrize(
    ("options", "ini", "message"),
    [
        ((), "signals_doctor = yes", "signals_doctor must be report, error or strict; got 'yes'."),
        (
            ("--signals-fail-under=101",),
            "",
            "--signals-fail-under takes a percentage from 0 to 100; got 101.",
        ),
    ],
)
def test_wrong_values_are_refused(
    tmp_path: Path, options: tuple[str, ...], ini: str, message: str
) -> None:
    run = run_suite(tmp_path, TESTS, *options, ini=ini, store=STORE)

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert message in run.output
