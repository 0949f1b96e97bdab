"""``export pytest``: the tests pass, and fail when other receivers are called."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from signalcli.export.code.sends import RepeatedSends
from signalcli.export.pytest_module import write_tests
from signalcli.values.delivery import SendOptions
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.session import Bucket, Session, SignalState
from tests.support.cli import WITHOUT_PLUGINS, Result, SignalCli, finished
from tests.support.exported import SentMessage, as_sends, sessions_with_sends
from tests.support.scenario import prepare

pytestmark = pytest.mark.slow

NOTHING = RepeatedSends((), ())
CONFTEST = """\
import blinker
import pytest

def pytest_make_collect_report(collector):
    if isinstance(collector, pytest.Module):
        blinker.default_namespace.clear()  # each module is a program of its own
"""


def run_pytest(directory: Path) -> Result:
    """Run the tests of a directory."""
    options = ["-q", "-W", "error", "-p", "no:cacheprovider", "--tb=short"]
    environment = {"PATH": os.environ["PATH"], "PYTHONSAFEPATH": "1", "LC_ALL": "C.UTF-8"}
    environment |= WITHOUT_PLUGINS
    command = [sys.executable, "-m", "pytest", *options]
    return finished(command, cwd=directory, env=environment, timeout=None)


def passed(directory: Path) -> str:
    """Run the tests of a directory, which all pass, and return the last line."""
    completed = run_pytest(directory)
    assert completed.status == 0, completed.stdout
    return completed.stdout.splitlines()[-1].partition(" in ")[0]


def run_text(directory: Path, text: str) -> str:
    """Write a test module, and return the last line of a run in which every test passes."""
    (directory / "test_it.py").write_text(text, encoding="utf-8")
    return passed(directory)


def one(*receivers: str, **state: Any) -> Session:
    """Return a session with one signal, king, whose receivers listen to ``ANY``."""
    held = tuple((receiver, True) for receiver in receivers)
    king = SignalState(receivers=held, any=receivers)
    return Session({"king": king._replace(**state)})


@pytest.mark.parametrize("with_plugin", [False, True])
def test_random_sessions_pass_their_tests(tmp_path: Path, with_plugin: bool) -> None:
    modules: list[str] = []

    @settings(
        max_examples=60,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn=sessions_with_sends())
    def export(drawn: tuple[Session, list[SentMessage]]) -> None:
        session, messages = drawn
        sends = as_sends(session, messages)
        modules.append(write_tests(session, "session 'x'", sends, with_plugin=with_plugin))

    export()
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for number, text in enumerate(modules):
        (tmp_path / f"test_{number}.py").write_text(text, encoding="utf-8")

    assert "passed" in passed(tmp_path)


@pytest.mark.parametrize("with_plugin", [False, True])
def test_a_connection_that_raises_keeps_the_signal_from_being_sent(
    tmp_path: Path, with_plugin: bool
) -> None:
    held = SignalState(receivers=(("failing", True),), any=("failing",))
    session = Session({"king": SignalState(), "king:receiver_connected": held})
    sends = as_sends(session, [("king", None, {}, SendOptions(connected_to="animal"))])

    text = write_tests(session, "session 'x'", sends, with_plugin=with_plugin)

    assert "pytest.raises(RuntimeError), king.connected_to(animal):" in text
    assert run_text(tmp_path, text) == "2 passed"


def test_the_tests_fail_when_another_receiver_is_called(tmp_path: Path) -> None:
    buckets = (Bucket(("animal",), ("大象", "狮子")), Bucket(("animal", "echo"), (1,)))
    held = (("animal", True), ("echo", True), ("failing", True))
    session = Session({"king": SignalState(receivers=held, buckets=buckets)})
    text = write_tests(session, "session 'x'", NOTHING)
    assert run_text(tmp_path, text) == "3 passed"

    changed = text.replace("king.connect(echo, sender=1)", "king.connect(echo, sender=2)")
    assert changed != text
    (tmp_path / "test_it.py").write_text(changed, encoding="utf-8")

    assert "1 failed, 2 passed" in run_pytest(tmp_path).stdout


def test_a_bucket_has_a_row_with_its_senders_and_those_called_in_order() -> None:
    buckets = (Bucket(("animal",), ("大象", "狮子")), Bucket((), ("gone",)))
    session = one("animal", "echo", buckets=buckets, any=("echo",))

    text = write_tests(session, "session 'x'", NOTHING)

    assert text.endswith("""
@pytest.mark.parametrize(
    ("senders", "expected"),
    [
        ((None,), [echo]),
        (("大象", "狮子"), [echo, animal]),
        (("gone",), [echo]),
    ],
)
def test_king(senders, expected):
    for sender in senders:
        with called(king) as heard:
            king.send(sender)
        assert heard == expected
""")


def test_a_receiver_that_raises_is_expected_and_ends_the_list() -> None:
    text = write_tests(one("animal", "failing", "echo"), "session 'x'", NOTHING)

    assert "((None,), [animal, failing])," in text
    assert "with called(king) as heard, pytest.raises(RuntimeError):" in text


def test_a_muted_signal_calls_no_receiver() -> None:
    text = write_tests(one("failing", muted=True), "session 'x'", NOTHING)

    assert "((None,), [])," in text


def test_receivers_without_an_order_are_compared_as_a_set(tmp_path: Path) -> None:
    """In a plain set, a receiver that raises may come before any other."""
    plain, raises = (
        one("animal", *names, ordered=False).signals["king"]
        for names in (["echo", "qq"], ["failing", "coroutine"])
    )
    session = Session({"plain": plain, "raises": raises})
    messages: list[SentMessage] = [
        (name, None, {"a": 1}, SendOptions(connected_to=receiver))
        for name in session.signals
        for receiver in (None, "strict")
    ]
    text = write_tests(session, "session 'x'", as_sends(session, messages))

    for _ in range(3):
        assert run_text(tmp_path, text) == "3 passed"


def test_the_tests_do_not_wait_for_receivers_that_sleep(tmp_path: Path) -> None:
    own = {"slow": OwnReceiver(sleeps=3600), "slow_too": OwnReceiver(sleeps=3600, is_async=True)}
    session = one("slow", "sleepy")._replace(receivers=own)
    sends = as_sends(session, [("king", None, {}, SendOptions(connected_to="slow_too", wrap=True))])
    text = write_tests(session, "session 'x'", sends)

    assert run_text(tmp_path, text) == "2 passed"
    assert "def at_once(monkeypatch):" in text
    assert "at_once" not in write_tests(one("animal"), "session 'x'", NOTHING)


def test_names_that_pytest_would_take_for_its_own_are_others(tmp_path: Path) -> None:
    names = ("test_king", "TestKing", "setup_module", "pytest_plugins", "teardown_function")
    own = dict.fromkeys(names, OwnReceiver(says="no test"))
    signals = {name: one(*own).signals["king"] for name in (*own, "king", "king_raises", "test")}
    signals["king"] = one("failing").signals["king"]
    text = write_tests(Session(signals, own), "session 'x'", NOTHING)

    assert run_text(tmp_path, text) == "8 passed"


def test_the_history_is_one_test_that_repeats_it_in_order(tmp_path: Path) -> None:
    session = one("animal", "echo")
    around = SendOptions(connected_to="animal", on_error="continue")
    messages: list[SentMessage] = [
        ("king", "大象", {"slogan": "巡山"}, SendOptions()),
        ("king", None, {}, around),
        ("king", None, {}, SendOptions()),
    ]
    sends = as_sends(session, messages)

    text = write_tests(session, "session 'x'", sends)

    assert text.endswith("""
def test_the_last_sends():
    with called(king) as heard:
        king.send("大象", slogan="巡山")
    assert heard == [animal, echo]
    with called(king) as heard, king.connected_to(animal):
        one_by_one(king)
    assert heard == [animal, echo]
    with called(king) as heard:
        king.send()
    assert heard == [echo]
""")
    assert run_text(tmp_path, text) == "2 passed"


IMPORTS = """\
print("imported")

async def waits(sender, **payload):
    print("ran")

def boom(sender, **payload):
    print("ran")
    raise ValueError("no")
"""


def test_what_an_import_does_is_no_part_of_its_tests(signalcli: SignalCli) -> None:
    """The test can't know what an import raises, but it checks that blinker would call it."""
    signalcli.write("own.py", IMPORTS)
    prepare(signalcli, "connect king own.py:waits failing; connect king own.py:boom --sender 大象")
    for line in ("send king --async", "send king 大象 --on-error continue"):
        signalcli(*line.split())
    module = signalcli.ok("export", "--format", "pytest", "--history", "2").stdout

    assert run_text(signalcli.directory, module) == "3 passed"

    damaged = module.replace("king.connect(waits)", "king.connect(waits, sender='狮子')")
    signalcli.write("test_it.py", damaged)
    assert run_pytest(signalcli.directory).stdout.splitlines()[-1].startswith("3 failed")


def test_with_the_plugin_the_fixture_names_the_receivers(tmp_path: Path) -> None:
    plain = one("animal", "echo", ordered=False).signals["king"]
    signals = {**one("animal", "failing", "echo").signals, "plain": plain, "signals": plain}
    messages: list[SentMessage] = [
        ("king", None, {}, SendOptions(on_error="continue")),
        ("plain", None, {}, SendOptions(muted=True)),
    ]
    session = Session(signals)
    sends = as_sends(session, messages)

    text = write_tests(session, "session 'x'", sends, with_plugin=True)

    assert (
        """
        ((None,), ["animal", "failing"]),
    ],
)
def test_king_raises(signals, senders, expected):
    for sender in senders:
        with signals.expect(king) as sent, pytest.raises(RuntimeError):
            king.send(sender)
        assert called_in(sent) == expected
"""
        in text
    )
    assert (
        """
        with signals.expect(plain) as sent:
            plain.send(sender)
        heard = called_in(sent)
        assert len(heard) == len(expected)
        assert all(receiver in expected for receiver in heard)
"""
        in text
    )
    assert text.endswith("""
def test_the_last_sends(signals):
    with called(king) as heard:
        one_by_one(king)
    assert heard == [animal, failing, echo]
    with signals.expect(plain) as sent, plain.muted():
        plain.send()
    heard = called_in(sent)
    assert len(heard) == len([])
    assert all(receiver in [] for receiver in heard)
""")
    assert run_text(tmp_path, text) == "4 passed"

    changed = text.replace("king.connect(echo)", "king.connect(echo)\nking.disconnect(animal)")
    (tmp_path / "test_it.py").write_text(changed, encoding="utf-8")

    assert "2 failed, 2 passed" in run_pytest(tmp_path).stdout
