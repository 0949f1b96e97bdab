"""Traces in the Trace Event Format, read by speedscope and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from signalcli.export.trace_events import trace_events
from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import Call, RaisedError
from signalcli.values.trace import Event, ProgramTrace, RequestTimeline, Trace, TracedProcess
from tests.support.browser import Browser
from tests.support.cli import SignalCli
from tests.support.speedscope import read_by_speedscope

slow = pytest.mark.slow


def call(receiver: str, seconds: float, outcome: str = "returned") -> Call:
    error = RaisedError("ValueError", "no", "shop.py:9") if outcome == "raised" else None
    return Call(receiver, outcome, "listens to ANY", error=error, seconds=seconds)


def send(signal: str, depth: int, started: float, seconds: float, *calls: Call) -> Event:
    return Event(signal, depth, "大象", ("item",), False, calls, seconds, started=started)


def program(*events: Event, **more: Any) -> ProgramTrace:
    return ProgramTrace(("shop.py", "--all"), 0, events, 1.0, **more)


NESTED = program(
    send("order", 0, 0.1, 0.05, call("audit", 0.01), call("mail", 0.02), call("x", 0, "skipped")),
    send("paid", 1, 0.115, 0.004, call("note", 0.003, "raised")),
    send("lost", 0, 0.2, 0.001),
)
OVERLAPPING = program(
    send("order", 0, 0.0, 0.4, call("hear", 0.4)),
    send("order", 0, 0.1, 0.2, call("hear", 0.2)),
    send("paid", 1, 0.15, 0.01, call("note", 0.01)),
    send("order", 0, 0.5, 0.1, call("hear", 0.1)),
)


def text_of(traces: Sequence[Trace]) -> str:
    return "".join(trace_events(traces))


def events_in(traces: Sequence[Trace]) -> list[dict[str, Any]]:
    """The events of traces, as JSON."""
    found: list[dict[str, Any]] = json.loads(text_of(traces))["traceEvents"]
    return found


def complete(*traces: Any) -> dict[str, dict[str, Any]]:
    """The complete events of traces, by their names."""
    events = events_in(traces)
    return {event["name"]: event for event in events if event["ph"] == "X"}


def tracks(*traces: Any) -> list[tuple[str, int, int]]:
    """The name, the process and the track of each send."""
    events = events_in(traces)
    return [(e["name"], e["pid"], e["tid"]) for e in events if e.get("cat") == "send"]


@slow
def test_speedscope_reads_sends_with_their_receivers(browser: Browser, tmp_path: Path) -> None:
    read = read_by_speedscope(browser, text_of([NESTED]), tmp_path)

    (profile,) = read.profiles
    times = {name.split(" ")[0]: time for name, time in profile.frames.items()}
    assert read.complaints == []
    assert profile.name == "shop.py --all (pid 1), sends (tid 0)"
    assert times == {
        "order": "50.00ms",
        "audit": "10.00ms",
        "mail": "20.00ms",
        "paid": "4.00ms",
        "note": "3.00ms",
        "lost": "1.00ms",
    }


@slow
def test_speedscope_finds_overlapping_sends_on_several_tracks(
    browser: Browser, tmp_path: Path
) -> None:
    read = read_by_speedscope(browser, text_of([OVERLAPPING]), tmp_path)

    assert read.complaints == []
    assert [len(profile.frames) for profile in read.profiles] == [2, 4]


@slow
def test_speedscope_reads_what_a_program_sends_in_threads(
    signalcli: SignalCli, browser: Browser, tmp_path: Path
) -> None:
    signalcli.write("threads.py", THREADS)

    signalcli.ok("trace", "run", "--save", "t.perfetto.json", "threads.py")

    text = (signalcli.directory / "t.perfetto.json").read_text(encoding="utf-8")
    read = read_by_speedscope(browser, text, tmp_path)
    names = [name.split(" ")[0] for one in read.profiles for name in one.frames]
    assert (len(read.profiles), read.complaints) == (3, [])
    assert sorted(set(names)) == ["__main__.hear", "__main__.note", "order", "paid"]
    assert len([event for event in tracks_of(text) if event == "order"]) == 9


def tracks_of(text: str) -> list[str]:
    return [event["name"] for event in json.loads(text)["traceEvents"]]


THREADS = """
from threading import Barrier, Thread
from time import sleep

from blinker import signal

order, paid, barrier = signal("order"), signal("paid"), Barrier(3)

def hear(sender):
    barrier.wait()
    paid.send("x")
    sleep(0.005)

def note(sender):
    sleep(0.001)

order.connect(hear)
order.connect(note)
paid.connect(note)
threads = [Thread(target=lambda: [order.send("a") for _ in range(3)]) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_a_slice_has_microseconds_and_details() -> None:
    order, note = complete(NESTED)["order"], complete(NESTED)["note"]

    assert (order["ts"], order["dur"], order["cat"]) == (100_000, 50_000, "send")
    assert order["args"] == {
        "sender": "大象",
        "payload": ["item"],
        "receivers": {"audit": "returned", "mail": "returned", "x": "skipped"},
    }
    assert note["args"] == {
        "outcome": "raised",
        "reason": "listens to ANY",
        "exception": "ValueError: no",
        "raised at": "shop.py:9",
    }
    assert complete(NESTED)["lost"]["args"]["remark"] == "no receivers"
    assert "x" not in complete(NESTED)


def test_a_send_is_within_the_receiver_that_made_it() -> None:
    mail, paid = complete(NESTED)["mail"], complete(NESTED)["paid"]

    assert mail["ts"] <= paid["ts"]
    assert paid["ts"] + paid["dur"] <= mail["ts"] + mail["dur"]


def test_sends_that_overlap_have_tracks_of_their_own() -> None:
    first, second, third, fourth = tracks(OVERLAPPING)

    assert (first, fourth) == (("order", 1, 0), ("order", 1, 0))
    assert (second, third) == (("order", 1, 1), ("paid", 1, 1))


def test_processes_have_their_names() -> None:
    events = (
        send("a", 0, 0.0, 0.2)._replace(process=7),
        send("b", 0, 0.1, 0.2)._replace(process=8),
    )
    processes = (TracedProcess(7, 1, ("/bin/python", "x")), TracedProcess(8, 7, ("python", "y")))
    trace = program(*events, processes=processes)

    named = [e for e in events_in([trace]) if e["ph"] == "M"]

    assert tracks(trace) == [("a", 7, 0), ("b", 8, 0)]
    assert [(e["pid"], e["args"]["name"]) for e in named if e["name"] == "process_name"] == [
        (7, "shop.py --all"),
        (8, "python y"),
    ]


def test_requests_follow_each_other_around_their_sends() -> None:
    requests = [
        RequestTimeline("POST", "/login", 302, (send("a", 0, 0.1, 0.1),), 0.5),
        RequestTimeline("GET", "/", 0, (send("b", 0, 0.1, 0.1),), 0.5),
    ]

    found = complete(*requests)

    assert found["POST /login"]["args"] == {"status": 302}
    assert found["GET /"]["args"] == {"status": "no answer"}
    assert found["GET /"]["ts"] >= 500_000
    assert found["b"]["ts"] == found["GET /"]["ts"] + 100_000


def test_connections_and_deaths_are_instants() -> None:
    died = ConnectionChange("receiver died", "paid", "mail", "shop.py:3", None, True, started=0.25)

    events = events_in([program(changes=(died,))])

    assert [(e["name"], e["ph"], e["s"], e["ts"]) for e in events if e["ph"] == "i"] == [
        ("receiver died: paid", "i", "p", 250_000)
    ]
    assert events[-1]["args"] == {"receiver": "mail", "at": "shop.py:3", "sender": "ANY"}


def test_a_send_that_never_ended_lasts_to_the_end() -> None:
    assert complete(program(send("a", 0, 0.4, 0)._replace(ended=False)))["a"]["dur"] == 600_000


def test_unsafe_text_is_escaped() -> None:
    text = text_of([program(send("a\u202e\udcff", 0, 0.1, 0.1, call("f\x1b", 0.01)))])

    assert text.encode()
    assert [name for name in ("\u202e", "\x1b") if name in text] == []
    assert {r"a\u202e\udcff", r"f\x1b"} <= complete_names(text)


def complete_names(text: str) -> set[str]:
    return {event["name"] for event in json.loads(text)["traceEvents"]}
