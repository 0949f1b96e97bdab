"""``--summary``: the calls of each receiver, and their times."""

from __future__ import annotations

from typing import Any

from signalcli.values.delivery import Call, RaisedError
from signalcli.values.trace import Event, ProgramTrace
from signalcli.values.traces.choice import Choice
from signalcli.values.traces.summary import TraceSummary


def call(receiver: str, milliseconds: int, outcome: str = "returned") -> Call:
    error = RaisedError("ValueError", "no", None) if outcome == "raised" else None
    return Call(receiver, outcome, "listens to ANY", error=error, seconds=milliseconds / 1000)


def program(*sends: tuple[str, tuple[Call, ...]]) -> ProgramTrace:
    events = (Event(signal, 0, None, (), False, calls, 0.001) for signal, calls in sends)
    return ProgramTrace(("shop.py",), 7, tuple(events), 1.0)


def rows(*traces: ProgramTrace, choice: Choice | None = None) -> Any:
    return TraceSummary.of(traces, choice or Choice()).to_json()["summary"]


def test_the_95th_percentile_is_a_duration_that_95_of_100_calls_dont_exceed() -> None:
    for count, at in ((1, 1), (2, 2), (19, 19), (20, 19), (21, 20), (100, 95), (101, 96)):
        trace = program(*(("paid", (call("mail", ms),)) for ms in range(count, 0, -1)))

        (row,) = rows(trace)

        assert row["p95"] == at / 1000
        assert row["median"] == (count + 1) / 2000
        assert row["total"] == round(sum(range(count + 1)) / 1000, 9)
        assert (row["sends"], row["calls"], row["errors"]) == (count, count, 0)


def test_each_signal_and_receiver_is_a_row_the_longest_first() -> None:
    first = program(
        ("paid", (call("mail", 2), call("log", 9))),
        ("paid", (call("mail", 4, "raised"), call("log", 0, "not_reached"))),
        ("lost", ()),
        ("lost", (call("never", 0, "skipped"),)),
        ("alone", ()),
    )
    second = program(("paid", (call("mail", 0, "running"),)), ("sent", (call("mail", 1),)))

    assert [tuple(row.values()) for row in rows(first, second)] == [
        ("paid", "log", 3, 1, 0, 0.009, 0.009, 0.009),
        ("paid", "mail", 3, 3, 1, 0.006, 0.003, 0.004),
        ("sent", "mail", 1, 1, 0, 0.001, 0.001, 0.001),
        ("alone", None, 1, 0, 0, 0.0, None, None),
        ("lost", "never", 2, 0, 0, 0.0, None, None),
    ]


def test_only_chosen_sends_are_counted() -> None:
    outer = Event("paid", 0, None, (), False, (call("mail", 5),), 0.005)
    inner = Event("mailed", 1, None, (), False, (call("log", 1),), 0.001)
    trace = ProgramTrace(("shop.py",), 0, (outer, inner), 1.0)

    summary = TraceSummary.of([trace], Choice(("mailed",)))

    assert [row.receiver for row in summary.receivers] == ["log"]
    assert summary.result().notes == ("Counted: 1 of 2 sends.",)
    assert (summary.to_json()["sends"], summary.to_json()["left_out"]) == (1, 1)


def test_the_status_is_that_of_the_trace_and_its_sends_are_saved() -> None:
    trace = program(("paid", (call("mail", 1),)))

    made, read = (TraceSummary.of([trace], is_read=is_read).result() for is_read in (False, True))

    assert (made.status, read.status) == (7, 0)
    assert made.saved == read.saved == (trace,)
