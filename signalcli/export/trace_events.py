"""Traces in the Trace Event Format, which Perfetto, browsers and speedscope open.

Sends, the receivers that they call, and requests are complete events, and changes of connections are instant
events. A trace doesn't name threads: sends that overlap are written on several tracks of their process, so
that the slices of each track are nested.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from signalcli.text import escape, sender_label
from signalcli.tracing.trace_tree import parents_of
from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import Call
from signalcli.values.trace import REACHED, Event, ProgramTrace, RequestTimeline, Trace

GAP = 1e-8
"""seconds between slices that follow each other. Readers order the ends and starts of one time differently."""

_encode = json.JSONEncoder(ensure_ascii=False).encode


class _Slice(NamedTuple):
    """A time in which something ran."""

    name: str
    category: str
    start: float
    """microseconds"""
    end: float
    parent: int | None
    """The index of the slice around it."""
    process: int
    details: Mapping[str, Any]


def trace_events(traces: Sequence[Trace]) -> Iterator[str]:
    """Yield the JSON of a program, or of requests one after the other, in parts."""
    slices: list[_Slice] = []
    instants: list[str] = []
    start = 0.0
    for trace in traces:
        sliced = _SlicedTrace(trace, start, len(slices))
        slices += sliced.slices()
        instants += (_instant(change, start, sliced.process) for change in trace.changes)
        start += GAP + max([sliced.seconds, *(change.started for change in trace.changes)])
    tracks = _tracks(slices)
    used = {(one.process, track) for one, track in zip(slices, tracks, strict=True)}
    yield '{"displayTimeUnit": "ms", "traceEvents": ['
    separator = "\n"
    for event in chain(_names(traces, sorted(used)), map(_complete, slices, tracks), instants):
        yield separator + event
        separator = ",\n"
    yield "\n]}\n"


class _SlicedTrace:
    """One trace as slices.

    :param start: of the trace, in seconds.
    :param offset: the number of slices before its own.
    """

    def __init__(self, trace: Trace, start: float, offset: int) -> None:
        self._trace = trace
        self._start = start
        self._offset = offset
        self.process = _main_process(trace)
        self.seconds = max([trace.seconds, *(one.started + one.seconds for one in trace.events)])
        self._parents = parents_of(trace.events)
        self._children: dict[int, list[int]] = {}
        for index, parent in enumerate(self._parents):
            self._children.setdefault(parent, []).append(index)

    def slices(self) -> list[_Slice]:
        """Return the slices, each after the one around it."""
        found: list[_Slice] = []
        if isinstance(self._trace, RequestTimeline):
            name = f"{self._trace.method} {self._trace.path}"
            details = {"status": self._trace.http_status or "no answer"}
            found.append(self._slice(name, "request", 0.0, self.seconds, None, details))
        # the slice around each send, by the index of the send
        around = dict.fromkeys(self._children.get(-1, ()), self._offset if found else None)
        for index, event in enumerate(self._trace.events):
            own = self._offset + len(found)
            span = event.started, self._end(event)
            send = self._slice(event.signal, "send", *span, around[index], _details(event))
            found.append(send._replace(process=event.process or self.process))
            below = self._children.get(index, [])
            around.update(dict.fromkeys(below, own))
            for call, start, made in self._placed(event, below):
                around.update(dict.fromkeys(made, self._offset + len(found)))
                span = start, min(start + call.seconds, self._end(event))
                called = self._slice(call.receiver, "receiver", *span, own, _details_of_call(call))
                found.append(called._replace(process=send.process))
        return found

    def _slice(
        self,
        name: str,
        category: str,
        start: float,
        end: float,
        parent: int | None,
        details: dict[str, Any],
    ) -> _Slice:
        span = _microseconds(self._start + start), _microseconds(self._start + end)
        return _Slice(name, category, *span, parent, self.process, details)

    def _end(self, event: Event) -> float:
        return event.started + event.seconds if event.ended else self.seconds

    def _placed(
        self, event: Event, below: Sequence[int]
    ) -> Iterator[tuple[Call, float, list[int]]]:
        """Yield the receivers that a send called, each with its start, and the sends that it made.

        A trace has the duration of a call and not its start. Receivers are called one after the other, so a
        call that wouldn't be over when the next send below began made that send.

        :param below: the sends that the receivers made.
        """
        events, left = self._trace.events, list(reversed(below))
        now = event.started
        for call in event.calls:
            if call.outcome not in REACHED:
                continue
            made: list[int] = []
            while left and events[left[-1]].started < now + call.seconds:
                made.append(left.pop())
                needed = self._end(events[made[-1]]) - call.seconds
                now = max(now, min(needed, events[made[0]].started))
            yield call, now, made
            now += call.seconds + GAP


def _tracks(slices: Sequence[_Slice]) -> list[int]:
    """Return the track of each slice: that of the slice around it, if nothing else is on it then."""
    found = [0] * len(slices)
    # the slices that run on each track of a process, the innermost last
    running: dict[int, list[list[int]]] = {}
    for index in sorted(range(len(slices)), key=lambda i: (slices[i].start, i)):
        one = slices[index]
        tracks = running.setdefault(one.process, [])
        for track in tracks:
            while track and track[-1] != one.parent and slices[track[-1]].end <= one.start:
                track.pop()
        if one.parent is not None and _is_within(one, slices[one.parent]):
            beside = found[one.parent]
            if tracks[beside] and tracks[beside][-1] == one.parent:
                found[index] = beside
                tracks[beside].append(index)
                continue
        found[index] = next((n for n, track in enumerate(tracks) if not track), len(tracks))
        if found[index] == len(tracks):
            tracks.append([])
        tracks[found[index]].append(index)
    return found


def _is_within(one: _Slice, other: _Slice) -> bool:
    return one.process == other.process and other.start <= one.start and one.end <= other.end


def _names(traces: Sequence[Trace], tracks: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield the events that name the processes and their tracks."""
    known = {1: "application"}
    for trace in traces:
        if isinstance(trace, ProgramTrace):
            known[_main_process(trace)] = shlex.join(trace.program)
            known.update({one.process: one.name for one in trace.processes[1:]})
    for process in sorted({process for process, _ in tracks}):
        name = escape(known.get(process, str(process)))
        yield _event("process_name", "M", process, 0, args={"name": name})
    for process, track in tracks:
        name = f"sends {track + 1}" if track else "sends"
        yield _event("thread_name", "M", process, track, args={"name": name})


def _complete(one: _Slice, track: int) -> str:
    duration = round(one.end - one.start, 3)
    span = {"ts": one.start, "dur": duration, "cat": one.category}
    return _event(escape(one.name), "X", one.process, track, **span, args=one.details)


def _instant(change: ConnectionChange, start: float, process: int) -> str:
    details = {"receiver": change.receiver, "at": change.where, "sender": _sender_of(change)}
    args = {label: escape(text) for label, text in details.items() if text is not None}
    name = escape(f"{change.action}: {change.signal}")
    at = _microseconds(start + change.started)
    return _event(name, "i", process, 0, s="p", ts=at, cat="connection", args=args)


def _event(name: str, phase: str, process: int, track: int, **more: Any) -> str:
    return _encode({"name": name, "ph": phase, "pid": process, "tid": track, **more})


def _details(event: Event) -> dict[str, Any]:
    details: dict[str, Any] = {
        "sender": escape(event.displayed_sender),
        "payload": [escape(key) for key in event.payload_keys],
    }
    if event.calls:
        details["receivers"] = {escape(call.receiver): call.outcome for call in event.calls}
    if event.remark:
        details["remark"] = escape(event.remark)
    if event.exception is not None:
        details["exception"] = escape(str(event.exception))
    return details


def _details_of_call(call: Call) -> dict[str, Any]:
    details = {"outcome": call.outcome, "reason": escape(call.reason)}
    if call.error is not None:
        details["exception"] = escape(str(call.error))
        details["raised at"] = escape(call.error.where or "")
    return details


def _sender_of(change: ConnectionChange) -> str:
    return "ANY" if change.any else sender_label(change.sender)


def _main_process(trace: Trace) -> int:
    """Return the id of the program's process; 1 for an application."""
    if isinstance(trace, ProgramTrace) and trace.processes:
        return trace.processes[0].process
    return 1


def _microseconds(seconds: float) -> float:
    return round(seconds * 1_000_000, 3)
