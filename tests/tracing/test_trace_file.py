"""Trace files: what ``read`` accepts, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signalcli.errors import UsageError
from signalcli.text import to_json
from signalcli.tracing.trace_file import kept, read
from signalcli.values.delivery import Call, RaisedError
from signalcli.values.trace import Event, ProgramTrace

RAISED = Call("fails", "raised", "listens to ANY", error=RaisedError("ValueError", "no", None))
RUNNING = Call("hangs", "running", "listens to 1", output="…", seconds=0.5)
EVENT = Event(
    "king", 1, {"a": [1]}, ("count",), False, (RAISED, RUNNING), 0.25, sender_shown="x"
)._replace(look_alike="kign")
TRACE = ProgramTrace(("shop.py",), 0, (EVENT,), 1.0)


def saved(tmp_path: Path, text: str) -> str:
    file = tmp_path / "trace.json"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_saved_trace_is_read_as_it_was(tmp_path: Path) -> None:
    assert read(saved(tmp_path, kept(TRACE)), "keep").events == (EVENT,)


def test_keys_of_later_versions_may_be_missing(tmp_path: Path) -> None:
    old = EVENT._replace(sender_shown=None, look_alike=None)
    event = old.to_json()
    for key in ("muted", "exception", "async", "sender_shown", "ended", "look_alike"):
        del event[key]

    read_again = read(saved(tmp_path, to_json({"events": [event]})), "keep")
    assert read_again.events == (old,)


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

    assert str(refused.value) == f"The file '{file}' is no trace. Keep one: keep"
