"""Trace files: what ``read`` accepts, and what it refuses."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signalcli.errors import UsageError
from signalcli.text import to_json
from signalcli.tracing.trace_file import LARGEST, may_have_sends, read, read_traces, trace_text
from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import Call, RaisedError
from signalcli.values.inspection import ObjectKind
from signalcli.values.trace import (
    Event,
    ProgramTrace,
    RequestTimeline,
    TracedProcess,
    UnfollowedProcess,
)

RAISED = Call("fails", "raised", "listens to ANY", error=RaisedError("ValueError", "no", None))
RUNNING = Call("hangs", "running", "listens to 1", output="…", seconds=0.5)
EVENT = Event(
    "king", 1, {"a": [1]}, ("count",), False, (RAISED, RUNNING), 0.25, sender_shown="x"
)._replace(look_alike="kign")
CHANGE = ConnectionChange("connected", "king", "mail", "shop.py:3", None, any=True, started=0.125)
KINDS = {"<Flask 'shop'>": ObjectKind("flask.app.Flask", ("flask.App",))}
TRACE = ProgramTrace(
    ("shop.py",),
    143,
    (EVENT,),
    1.0,
    RaisedError("ValueError", "no", "shop.py:9"),
    "shop",
    (CHANGE,),
    KINDS,
    (TracedProcess(8, 7, ("python", "shop.py"), ended=True),),
    "SIGTERM ended the program.",
    15,
    unfollowed=(UnfollowedProcess(("python", "-I"), "-I"),),
)
REQUEST = RequestTimeline(
    "POST",
    "/order",
    500,
    (EVENT,),
    0.5,
    "no",
    RaisedError("ValueError", "no", None),
    propagated=True,
)._replace(note="left out", then="GET /cart", changes=(CHANGE,), senders=KINDS)


def saved(tmp_path: Path, text: str) -> str:
    file = tmp_path / "trace.json"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_saved_trace_is_read_as_it_was(tmp_path: Path) -> None:
    assert read(saved(tmp_path, "".join(trace_text(TRACE))), "keep").events == (EVENT,)
    assert read_traces(saved(tmp_path, "".join(trace_text(TRACE))), "keep") == (TRACE,)


def test_saved_requests_are_read_as_they_were(tmp_path: Path) -> None:
    second = REQUEST._replace(path="/cart", then=None, http_status=0, cut="It took 30 s.")

    for requests in ((REQUEST,), (REQUEST, second)):
        assert read_traces(saved(tmp_path, "".join(trace_text(*requests))), "keep") == requests


def test_keys_of_later_versions_may_be_missing(tmp_path: Path) -> None:
    event = EVENT._replace(sender_shown=None, look_alike=None)
    old = ProgramTrace(TRACE.program, 143, (event,), 1.0, TRACE.error)
    document = old.to_json()
    for key in document.keys() - {"program", "status", "events", "seconds", "error"}:
        del document[key]
    for key in ("muted", "exception", "async", "sender_shown", "ended", "look_alike", "by_hand"):
        del document["events"][0][key]

    assert read_traces(saved(tmp_path, to_json(document)), "keep") == (old,)


def change(*path: Any, to: object) -> Callable[[Any], None]:
    def changed(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = to

    return changed


CALL = ("events", 0, "calls", 0)


@pytest.mark.parametrize(
    "nonsense",
    [
        change("events", to={}),
        change("events", 0, to=None),
        change("events", 0, "signal", to=1),
        change("events", 0, "depth", to="1"),
        change("events", 0, "depth", to=True),
        change("events", 0, "depth", to=-1),
        change("events", 0, "depth", to=10**9),
        change("events", 0, "depth", to=1.5),
        change("events", 0, "payload_keys", to="count"),
        change("events", 0, "payload_keys", 0, to=1),
        change("events", 0, "muted", to="no"),
        change("events", 0, "seconds", to="0.5"),
        change("events", 0, "seconds", to=-0.5),
        change("events", 0, "seconds", to=10**16),
        change("events", 0, "exception", to="ValueError"),
        change("events", 0, "async", to=1),
        change("events", 0, "sender_shown", to=1),
        change("events", 0, "ended", to=None),
        change("program", to="shop.py"),
        change("status", to=-15),
        change("seconds", to=None),
        change("error", to="ValueError"),
        change("processes", 0, "words", to=[1]),
        change("processes", 0, "ended", to=0),
        change("changes", 0, "any", to="yes"),
        change("senders", to=[]),
        change("signal", to="SIGTERM"),
        change(*CALL, "receiver", to=None),
        change(*CALL, "outcome", to="danced"),
        change(*CALL, "outcome", to="returned"),
        change(*CALL, "reason", to=[]),
        change(*CALL, "error", to=None),
        change(*CALL, "error", "type", to=1),
        change(*CALL, "error", "where", to=1),
        change(*CALL, "output", to=None),
        change(*CALL, "seconds", to=True),
        change(*CALL, "seconds", to="soon"),
    ],
)
def test_nonsense_is_no_trace(tmp_path: Path, nonsense: Callable[[Any], None]) -> None:
    document = {"version": 1, **TRACE.to_json()}
    nonsense(document)
    file = saved(tmp_path, to_json(document))

    with pytest.raises(UsageError) as refused:
        read(file, "keep")

    assert str(refused.value) == f"The file '{file}' is no trace. Save one: keep"


def test_a_trace_that_is_too_large_may_have_sends(tmp_path: Path) -> None:
    file = saved(tmp_path, "{}")
    assert not may_have_sends(file)

    os.truncate(file, LARGEST + 1)

    with pytest.raises(UsageError, match="is larger than 256 MiB, the most that is read"):
        read(file, "keep")
    assert may_have_sends(file)
