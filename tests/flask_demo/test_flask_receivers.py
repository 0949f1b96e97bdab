"""The session's receivers on the signals of a Flask application: who is called, who isn't, and why."""

from __future__ import annotations

import json

from tests.conftest import Result, SignalCli
from tests.support.scenario import prepare
from tests.support.timelines import FLASK, RUNG, calls, handlers, order, request, told

TEARDOWN = ["request-tearing-down", "appcontext-tearing-down", "appcontext-popped"]

# Sends within sends.

NESTED = """
from blinker import signal

def on_start(sender, **payload):
    print("before")
    signal("news").send("herald", word=1)
    print("after")

def on_news(sender, **payload):
    print("news")
    signal("deeper").send(2)
    print("told")

def catches(sender, **payload):
    try:
        signal("news").send()
    except RuntimeError as error:
        return str(error)
"""


def test_a_receiver_that_sends_is_told_apart_from_those_it_reaches(signalcli: SignalCli) -> None:
    handlers(signalcli, NESTED)
    prepare(
        signalcli,
        f"connect {FLASK} handlers.py:on_start",
        f"connect {FLASK} wechat",
        "connect news animal_one",
        "connect news handlers.py:on_news",
        "connect deeper echo",
        "connect deeper wechat",
    )

    timeline = request(signalcli, "/hello")

    nested = [(e["signal"], e["depth"], e["sender"], e["payload_keys"]) for e in timeline["events"]]
    assert nested[1:4] == [
        (FLASK, 0, "<Flask 'demo'>", []),
        ("news", 1, "herald", ["word"]),
        ("deeper", 2, 2, []),
    ]
    assert told(timeline) == [
        ("handlers.py:on_start", "returned", "before\nafter\n"),
        ("wechat", "returned", RUNG),
    ]
    assert told(timeline, "news") == [
        ("animal_one", "returned", "小钻风：herald大王有令：word是1，我记住了！\n"),
        ("handlers.py:on_news", "returned", "news\ntold\n"),
    ]
    assert told(timeline, "deeper") == [("echo", "returned", ""), ("wechat", "returned", RUNG)]
    assert order(timeline)[4:] == ["request-finished", *TEARDOWN]


def test_a_send_within_a_send_is_indented(signalcli: SignalCli) -> None:
    handlers(signalcli, NESTED)
    prepare(
        signalcli,
        f"connect {FLASK} handlers.py:on_start",
        "connect news handlers.py:on_news",
        "connect deeper echo",
    )

    shown = signalcli.ok("flask", "request", "/hello").stdout

    first = [line.split("│")[1].rstrip() for line in shown.splitlines() if line.startswith("│")]
    assert [cell for cell in first if cell][2:5] == [
        " flask/request-started",
        "   news ← herald",
        "     deeper ← 2",
    ]


THREADED = """
import threading
from blinker import signal

def on_start(sender, **payload):
    thread = threading.Thread(target=signal("news").send, args=("there",))
    thread.start()
    thread.join()
"""


def test_what_a_thread_of_a_receiver_sends_is_told_as_a_send_of_its_own(
    signalcli: SignalCli,
) -> None:
    handlers(signalcli, THREADED)
    prepare(signalcli, f"connect {FLASK} handlers.py:on_start", "connect news echo")

    timeline = request(signalcli, "/hello")

    news = [e for e in timeline["events"] if e["signal"] == "news"]
    assert [(event["depth"], event["sender"]) for event in news] == [(0, "there")]
    assert [(c["receiver"], c["outcome"]) for c in calls(timeline, "news")] == [
        ("echo", "returned")
    ]


def test_an_exception_that_a_receiver_catches_ends_only_the_send_within(
    signalcli: SignalCli,
) -> None:
    handlers(signalcli, NESTED)
    prepare(signalcli, f"connect {FLASK} handlers.py:catches", "connect news failing")

    result = signalcli("flask", "request", "/hello", "--json")

    assert [c["value"] for c in calls(result.json)] == ["小钻风在山里迷了路"]
    assert told(result.json, "news") == [("failing", "raised", "")]
    assert (result.status, result.json["status"], result.json["error"]) == (1, 200, None)


def test_a_muted_signal_of_the_session_calls_nobody(signalcli: SignalCli) -> None:
    handlers(signalcli, NESTED)
    prepare(
        signalcli,
        f"connect {FLASK} handlers.py:on_start",
        "connect news echo",
        "mute news",
        "connect flask/request-finished wechat",
        "mute flask/request-finished",
    )

    timeline = request(signalcli, "/hello")

    muted = [(e["signal"], [c["reason"] for c in e["calls"]]) for e in timeline["events"]]
    assert [e["signal"] for e in timeline["events"] if e["muted"]] == [
        "news",
        "flask/request-finished",
    ]
    assert [each for each in muted if each[0] in ("news", "flask/request-finished")] == [
        ("news", ["signal is muted"]),
        ("flask/request-finished", ["signal is muted"]),
    ]


CHANGING = """
from flask import signals

def disconnects(sender, **payload):
    signals.request_started.disconnect(later)

def connects(sender, **payload):
    signals.request_started.connect(later)
    signals.request_finished.connect(later)

def later(sender, **payload):
    print("later")
"""


def test_a_receiver_may_disconnect_one_that_comes_after_it(signalcli: SignalCli) -> None:
    handlers(signalcli, CHANGING)
    prepare(signalcli, f"connect {FLASK} handlers.py:disconnects")
    prepare(signalcli, f"connect {FLASK} handlers.py:later")

    timeline = request(signalcli, "/hello")

    assert [(c["receiver"], c["outcome"], c["reason"]) for c in calls(timeline)] == [
        ("handlers.py:disconnects", "returned", "listens to ANY"),
        ("handlers.py:later", "skipped", "was disconnected during this send"),
    ]


def test_one_that_is_connected_meanwhile_hears_what_is_sent_from_then_on(
    signalcli: SignalCli,
) -> None:
    handlers(signalcli, CHANGING)
    prepare(signalcli, f"connect {FLASK} handlers.py:connects")

    timeline = request(signalcli, "/hello")

    assert told(timeline) == [("handlers.py:connects", "returned", "")]
    assert [(c["outcome"], c["output"]) for c in calls(timeline, "flask/request-finished")] == [
        ("returned", "later\n")
    ]


# The session's connections.


def test_a_filter_of_a_session_never_matches_an_application(signalcli: SignalCli) -> None:
    """Flask's sender is the application itself, and a session holds only text and integers."""
    prepare(signalcli, f"connect {FLASK} wechat --sender demo --sender 大象")

    timeline = request(signalcli, "/hello")

    assert [(c["outcome"], c["reason"]) for c in calls(timeline)] == [
        ("skipped", "listens only to demo, 大象")
    ]


def test_the_order_of_connection_is_kept(signalcli: SignalCli) -> None:
    """Of many, that is: a plain set keeps that of a few by chance."""
    names = [f"f{number}" for number in range(12)]
    handlers(signalcli, "".join(f"def {name}(sender, **payload): ...\n" for name in names))
    connected = [f"handlers.py:{name}" for name in (*names[6:], *reversed(names[:6]))]
    prepare(signalcli, *(f"connect {FLASK} {name}" for name in connected[:6]))
    prepare(signalcli, *(f"connect {FLASK} {name} --strong" for name in connected[6:]))

    timeline = request(signalcli, "/hello")

    assert [(c["receiver"], c["outcome"]) for c in calls(timeline)] == [
        (name, "returned") for name in connected
    ]


def test_an_unordered_signal_calls_everybody_all_the_same(signalcli: SignalCli) -> None:
    names = ["echo", "qq", "animal_two", "wechat", "animal"]
    prepare(signalcli, f"define {FLASK} --unordered")
    prepare(signalcli, *(f"connect {FLASK} {name}" for name in names))

    timeline = request(signalcli, "/hello")

    assert {(c["receiver"], c["outcome"]) for c in calls(timeline)} == {
        (name, "returned") for name in names
    }


def test_a_template_knows_the_name_that_the_session_has_for_a_signal(signalcli: SignalCli) -> None:
    signalcli.ok("receivers", "add", "crier", "--says", "{signal} von {sender}: {payload}")
    prepare(signalcli, "connect flask/msg crier", "connect flask/appcontext-popped crier")

    timeline = request(signalcli, "/msg")

    assert told(timeline, "flask/msg") == [
        ("crier", "returned", "flask/msg von None: slogan=巡山\n")
    ]
    assert told(timeline, "flask/appcontext-popped") == [
        ("crier", "returned", "flask/appcontext-popped von <Flask 'demo'>: \n")
    ]


def test_a_receiver_that_takes_no_payload_fails_where_there_is_one(signalcli: SignalCli) -> None:
    prepare(signalcli, f"connect {FLASK} strict", "connect flask/request-finished strict")

    timeline = request(signalcli, "/hello")

    failed = calls(timeline, "flask/request-finished")[0]
    assert [outcome for _, outcome, _ in told(timeline)] == ["returned"]
    assert failed["error"]["message"] == "strict() got an unexpected keyword argument 'response'"


def test_an_import_that_is_not_trusted_is_skipped(signalcli: SignalCli) -> None:
    handlers(signalcli, NESTED)
    prepare(signalcli, f"connect {FLASK} handlers.py:on_start")
    (signalcli.home / ".config" / "signalcli" / "trusted.json").unlink()

    result = signalcli("flask", "request", "/hello", "--json")

    reasons = [(c["outcome"], "receivers trust" in c["reason"]) for c in calls(result.json)]
    assert (result.status, reasons) == (0, [("skipped", True)])
    assert "handlers.py:on_start" in result.stderr


LEAVING = """
def leave(sender, **payload):
    raise SystemExit(3)

def control_c(sender, **payload):
    raise KeyboardInterrupt
"""


def test_a_receiver_that_ends_the_program_is_an_exception_like_others(
    signalcli: SignalCli,
) -> None:
    handlers(signalcli, LEAVING)
    prepare(signalcli, f"connect {FLASK} handlers.py:leave")

    result = signalcli("flask", "request", "/hello", "--json")

    error = {"type": "SystemExit", "message": "3", "where": "handlers.py:3"}
    assert (result.status, result.json["error"], result.json["propagated"]) == (1, error, True)
    assert order(result.json) == ["appcontext-pushed", "request-started", *TEARDOWN]


def test_control_c_in_a_receiver_ends_it(signalcli: SignalCli) -> None:
    handlers(signalcli, LEAVING)
    prepare(signalcli, f"connect {FLASK} handlers.py:control_c")

    result = signalcli("flask", "request", "/hello", "--json")

    assert result == Result(130, "", "Interrupted.\n")


def test_nothing_of_the_session_changes(signalcli: SignalCli) -> None:
    handlers(signalcli, CHANGING)
    prepare(signalcli, f"connect {FLASK} handlers.py:connects")
    folder = signalcli.session_path.parent.parent

    def state() -> dict[str, tuple[bytes, int]]:
        files = [path for path in folder.rglob("*") if path.is_file()]
        return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in files}

    before = state()

    request(signalcli, "/hello")
    shown = signalcli.ok("flask", "request", "/")

    assert state() == before
    assert json.loads(signalcli.session_path.read_text())["signals"].keys() == {FLASK}
    assert shown.stderr == ""
