"""Calls of a session's receivers by the signals of a Flask application, with their reasons."""

from __future__ import annotations

import json

import pytest

from tests.support.cli import Result, SessionWith
from tests.support.timelines import (
    FLASK,
    RUNG,
    TEARDOWN,
    call_outputs,
    calls,
    order,
    reasons,
    request,
)

pytestmark = pytest.mark.slow


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


FINISHED = "flask/request-finished"


def test_a_receiver_that_sends_is_shown_apart_from_those_it_reaches(
    session_with: SessionWith,
) -> None:
    signalcli = session_with(
        f"connect {FLASK} handlers.py:on_start wechat",
        "connect news animal_one handlers.py:on_news; connect deeper echo wechat",
        handlers=NESTED,
    )

    timeline = request(signalcli, "/hello")

    rang = ("wechat", "returned", RUNG)
    nested = [(e["signal"], e["depth"], e["sender"], e["payload_keys"]) for e in timeline["events"]]
    assert nested[1:4] == [
        (FLASK, 0, "<Flask 'demo'>", []),
        ("news", 1, "herald", ["word"]),
        ("deeper", 2, 2, []),
    ]
    assert call_outputs(timeline) == [("handlers.py:on_start", "returned", "before\nafter\n"), rang]
    assert call_outputs(timeline, "news") == [
        ("animal_one", "returned", "小钻风：herald大王有令：word是1，我记住了！\n"),
        ("handlers.py:on_news", "returned", "news\ntold\n"),
    ]
    assert call_outputs(timeline, "deeper") == [("echo", "returned", ""), rang]
    assert order(timeline)[4:] == ["request-finished", *TEARDOWN]


def test_a_send_within_a_send_is_indented(session_with: SessionWith) -> None:
    signalcli = session_with(
        f"connect {FLASK} handlers.py:on_start; connect news handlers.py:on_news",
        "connect deeper echo",
        handlers=NESTED,
    )

    shown = signalcli.ok("flask", "request", "/hello").stdout

    first = [line.split("│")[1].rstrip() for line in shown.splitlines() if line.startswith("│")]
    expected = [" flask/request-started", "   news ← herald", "     deeper ← 2"]
    assert [cell for cell in first if cell][2:5] == expected


THREADED = """
import threading
from blinker import signal

def on_start(sender, **payload):
    thread = threading.Thread(target=signal("news").send, args=("there",))
    thread.start()
    thread.join()
"""


def test_what_a_thread_of_a_receiver_sends_is_a_send_of_its_own(session_with: SessionWith) -> None:
    signalcli = session_with(
        f"connect {FLASK} handlers.py:on_start; connect news echo", handlers=THREADED
    )

    timeline = request(signalcli, "/hello")

    news = [e for e in timeline["events"] if e["signal"] == "news"]
    assert [(event["depth"], event["sender"]) for event in news] == [(0, "there")]
    assert call_outputs(timeline, "news") == [("echo", "returned", "")]


def test_an_exception_that_a_receiver_catches_ends_its_send_only(session_with: SessionWith) -> None:
    signalcli = session_with(
        f"connect {FLASK} handlers.py:catches; connect news failing", handlers=NESTED
    )

    result = signalcli("flask", "request", "/hello", "--json")

    assert [c["value"] for c in calls(result.json)] == ["小钻风在山里迷了路"]
    assert call_outputs(result.json, "news") == [("failing", "raised", "")]
    assert (result.status, result.json["status"], result.json["error"]) == (1, 200, None)


def test_a_muted_signal_of_the_session_calls_no_receiver(session_with: SessionWith) -> None:
    signalcli = session_with(
        f"connect {FLASK} handlers.py:on_start; connect news echo; mute news",
        f"connect {FINISHED} wechat; mute {FINISHED}",
        handlers=NESTED,
    )

    timeline = request(signalcli, "/hello")

    muted = [event["signal"] for event in timeline["events"] if event["muted"]]
    assert muted == ["news", FINISHED]
    assert reasons(timeline, "news") == [("echo", "skipped", "signal is muted")]
    assert reasons(timeline, FINISHED) == [("wechat", "skipped", "signal is muted")]


CHANGING = """
from flask import signals

def disconnects(sender, **payload): signals.request_started.disconnect(later)

def connects(sender, **payload):
    signals.request_started.connect(later)
    signals.request_finished.connect(later)

def later(sender, **payload): print("later")
"""


def test_a_receiver_may_disconnect_one_that_comes_after_it(session_with: SessionWith) -> None:
    signalcli = session_with(
        f"connect {FLASK} handlers.py:disconnects handlers.py:later", handlers=CHANGING
    )

    assert reasons(request(signalcli, "/hello")) == [
        ("handlers.py:disconnects", "returned", "listens to ANY"),
        ("handlers.py:later", "skipped", "was disconnected during this send"),
    ]


def test_one_connected_meanwhile_hears_what_is_sent_from_then_on(session_with: SessionWith) -> None:
    signalcli = session_with(f"connect {FLASK} handlers.py:connects", handlers=CHANGING)

    timeline = request(signalcli, "/hello")

    heard = [(c["outcome"], c["output"]) for c in calls(timeline, FINISHED)]
    assert call_outputs(timeline) == [("handlers.py:connects", "returned", "")]
    assert heard == [("returned", "later\n")]


def test_a_filter_of_a_session_never_matches_an_application(session_with: SessionWith) -> None:
    """Flask's sender is the application itself, and a session holds only text and integers."""
    signalcli = session_with(f"connect {FLASK} wechat --sender demo --sender 大象")

    timeline = request(signalcli, "/hello")

    assert reasons(timeline) == [("wechat", "skipped", "listens only to demo, 大象")]


def test_the_order_of_connection_is_kept(session_with: SessionWith) -> None:
    """Twelve receivers, because a plain set may keep the order of a few by chance."""
    names = [f"f{number}" for number in range(12)]
    code = "".join(f"def {name}(sender, **payload): ...\n" for name in names)
    connected = [f"handlers.py:{name}" for name in (*names[6:], *reversed(names[:6]))]
    signalcli = session_with(
        f"connect {FLASK} {' '.join(connected[:6])}",
        f"connect {FLASK} {' '.join(connected[6:])} --strong",
        handlers=code,
    )

    timeline = request(signalcli, "/hello")

    assert call_outputs(timeline) == [(name, "returned", "") for name in connected]


def test_an_unordered_signal_calls_every_receiver(session_with: SessionWith) -> None:
    names = ["echo", "qq", "animal_two", "wechat", "animal"]
    signalcli = session_with(f"define {FLASK} --unordered; connect {FLASK} {' '.join(names)}")

    called = calls(request(signalcli, "/hello"))

    assert {(c["receiver"], c["outcome"]) for c in called} == {(n, "returned") for n in names}


def test_a_template_knows_the_sessions_name_for_a_signal(session_with: SessionWith) -> None:
    signalcli = session_with(
        "receivers add crier --says '{signal} von {sender}: {payload}'",
        "connect flask/msg crier; connect flask/appcontext-popped crier",
    )

    timeline = request(signalcli, "/msg")

    msg, popped = (
        "flask/msg von None: slogan=巡山\n",
        "flask/appcontext-popped von <Flask 'demo'>: \n",
    )
    assert call_outputs(timeline, "flask/msg") == [("crier", "returned", msg)]
    assert call_outputs(timeline, "flask/appcontext-popped") == [("crier", "returned", popped)]


def test_a_receiver_that_takes_no_payload_fails_where_one_comes(session_with: SessionWith) -> None:
    signalcli = session_with(f"connect {FLASK} strict; connect {FINISHED} strict")

    timeline = request(signalcli, "/hello")

    failed = calls(timeline, FINISHED)[0]
    assert [outcome for _, outcome, _ in call_outputs(timeline)] == ["returned"]
    assert failed["error"]["message"] == "strict() got an unexpected keyword argument 'response'"


def test_an_import_that_is_not_trusted_is_skipped(session_with: SessionWith) -> None:
    signalcli = session_with(f"connect {FLASK} handlers.py:on_start", handlers=NESTED)
    (signalcli.home / ".config" / "signalcli" / "trusted.json").unlink()

    result = signalcli("flask", "request", "/hello", "--json")

    told_why = [(c["outcome"], "receivers trust" in c["reason"]) for c in calls(result.json)]
    assert (result.status, told_why) == (0, [("skipped", True)])
    assert "handlers.py:on_start" in result.stderr


LEAVING = """
def leave(sender, **payload): raise SystemExit(3)
def control_c(sender, **payload): raise KeyboardInterrupt
"""


def test_a_receiver_that_ends_the_program_is_an_exception(session_with: SessionWith) -> None:
    signalcli = session_with(f"connect {FLASK} handlers.py:leave", handlers=LEAVING)

    result = signalcli("flask", "request", "/hello", "--json")

    error = {"type": "SystemExit", "message": "3", "where": "handlers.py:2"}
    assert (result.status, result.json["error"], result.json["propagated"]) == (1, error, True)
    assert order(result.json) == ["appcontext-pushed", "request-started", *TEARDOWN]


def test_control_c_in_a_receiver_ends_it(session_with: SessionWith) -> None:
    signalcli = session_with(f"connect {FLASK} handlers.py:control_c", handlers=LEAVING)

    assert signalcli("flask", "request", "/hello", "--json") == Result(130, "", "Interrupted.\n")


def test_nothing_of_the_session_changes(session_with: SessionWith) -> None:
    signalcli = session_with(f"connect {FLASK} handlers.py:connects", handlers=CHANGING)

    def state() -> dict[str, tuple[bytes, int]]:
        files = [p for p in signalcli.session_path.parents[1].rglob("*") if p.is_file()]
        return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in files}

    before = state()

    request(signalcli, "/hello")
    shown = signalcli.ok("flask", "request", "/")

    assert state() == before
    assert json.loads(signalcli.session_path.read_text())["signals"].keys() == {FLASK}
    assert shown.stderr == ""
