"""The data of a trace's page: columns of numbers, with each text and each kind of row once."""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from signalcli.language.phrases import localized, phrase
from signalcli.text import display_text, escape, sender_label
from signalcli.tracing.trace_tree import goes_on, parents_of
from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import OUTCOME_LABELS, Call
from signalcli.values.trace import Event, ProgramTrace, RequestTimeline, Trace
from signalcli.values.traces.relayed import below

_Node = Event | ConnectionChange
CHANGES = (
    *(phrase("connected"), phrase("not connected"), phrase("disconnected"), phrase("missed")),
    *(phrase("receiver died"), phrase("sender died"), phrase("replaced"), phrase("dropped")),
    *(phrase("another sender"), phrase("another instance"), phrase("a deleted instance")),
    *(phrase("another signal"), phrase("another function"), phrase("decorated")),
    *(phrase("application"), phrase("not callable"), phrase("class method")),
    *(phrase("class function"), phrase("unbound")),
)
"""The actions and the reasons of changes, which are translated where they are shown."""


class TraceData:
    """Collect the rows of traces. ``to_json`` is what the page's script reads.

    A row has its depth, its start and its duration, and the number of its shape: everything else of it,
    which many rows share. Its kind is ``"send"``, ``"change"`` for one of connections, or ``"trace"`` for the
    request or the program above them. Texts and calls are numbers too, and durations are whole microseconds.
    """

    def __init__(self) -> None:
        self._texts = _Numbers()
        self._calls = _Numbers()
        self._shapes = _Numbers()
        self._texts.number("")  # 0 means none
        self._rows: dict[str, list[int]] = {
            name: [] for name in ("shape", "depth", "started", "duration")
        }
        self._durations: list[int] = []
        """Of the calls of each row, one after the other."""
        self._keys: dict[tuple[Any, ...], int] = {}

    def add(self, traced: Trace) -> None:
        """Add a request or a program, with the sends and the changes of connections below it."""
        self._add_row(
            self._shape(
                "trace",
                trace_name(traced),
                note=localized(status_text(traced)),
                details=_details_of(traced),
            ),
            0,
            0.0,
            traced.seconds,
        )
        for node, depth in _walk(traced):
            if isinstance(node, Event):
                self._add_row(self._send(node), depth, node.started, node.seconds)
                self._durations += [_microseconds(call.seconds) for call in node.all_calls]
            else:
                self._add_row(self._change(node), depth, node.started, 0.0)

    def to_json(self) -> dict[str, Any]:
        calls = "receiver", "outcome", "result", "reason", "details"
        texts = "name", "sender", "payload", "process", "note"
        shapes = "kind", *texts, "raised", "unheard", "calls", "details"
        return {
            "outcomes": {name: localized(label) for name, label in OUTCOME_LABELS.items()},
            "texts": self._texts.values,
            "calls": _columns(calls, self._calls.values),
            "shapes": _columns(shapes, self._shapes.values),
            "rows": self._rows,
            "durations": self._durations,
        }

    def _add_row(self, shape: int, depth: int, started: float, seconds: float) -> None:
        row = shape, depth, _microseconds(started), _microseconds(seconds)
        for column, number in zip(self._rows.values(), row, strict=True):
            column.append(number)

    def _shape(
        self,
        kind: str,
        name: str,
        *,
        sender: str = "",
        payload: str = "",
        process: int | None = None,
        note: str = "",
        raised: bool = False,
        unheard: bool = False,
        calls: tuple[int, ...] = (),
        details: Sequence[tuple[str, str]] = (),
    ) -> int:
        """Return the number of a shape.

        :param note: why no receiver heard a send, what changed, or the status of a request or a program.
        :param details: more labels and texts, for the details of the row.
        """
        texts = (self._text(text) for text in (name, sender, payload))
        shown = "" if process is None else str(process)
        more = self._text(shown), self._text(note), raised, unheard, calls, self._pairs(details)
        return self._shapes.number((kind, *texts, *more))

    def _send(self, event: Event) -> int:
        calls = tuple(map(self._call, event.all_calls))
        elsewhere = tuple(_sent_elsewhere(event))
        sender = event.displayed_sender
        key = (
            *(event.signal, sender, event.payload_keys, event.process, event.exception, calls),
            *(event.muted, event.is_async, event.ended, event.by_hand),
            *(event.died, event.look_alike, elsewhere),
        )
        number = self._keys.get(key)
        if number is None:
            number = self._keys[key] = self._shape(
                "send",
                event.signal,
                sender=sender,
                payload=", ".join(event.payload_keys),
                process=event.process,
                note=localized(event.remark),
                raised=event.raised,
                unheard=not event.is_heard,
                calls=calls,
                details=[*_details_of_send(event), *elsewhere],
            )
        return number

    def _call(self, call: Call) -> int:
        result = display_text(call.value) if call.outcome == "returned" else str(call.error or "")
        where = call.error.where if call.error is not None else None
        key = (
            call.receiver,
            call.outcome,
            result,
            call.reason,
            where,
            call.wrapped_by,
            call.output,
        )
        number = self._keys.get(key)
        if number is None:
            pairs = (
                (phrase("raised at"), where),
                (phrase("wrapped by"), call.wrapped_by),
                (phrase("printed"), call.output),
            )
            details = self._pairs([(label, text) for label, text in pairs if text])
            name, reason = self._text(call.receiver), self._text(localized(call.reason))
            shown = self._text(result, keep="\n\t")
            number = self._calls.number((name, call.outcome, shown, reason, details))
            self._keys[key] = number
        return number

    def _change(self, change: ConnectionChange) -> int:
        sender = "ANY" if change.any else sender_label(change.sender)
        reason = change.reason and localized(change.reason)
        pairs = (
            (phrase("receiver"), change.receiver),
            (phrase("at"), change.where),
            (phrase("defined at"), change.defined),
            (phrase("held"), localized(phrase("weakly") if change.weak else phrase("strongly"))),
            (phrase("called at"), change.called),
            (phrase("in"), change.factory),
            (phrase("package"), change.package),
            (phrase("reason"), reason),
        )
        details = [(label, text) for label, text in pairs if text]
        note = f"{localized(change.action)} {change.receiver}"
        return self._shape("change", change.signal, sender=sender, note=note, details=details)

    def _pairs(self, pairs: Sequence[tuple[str, str]]) -> tuple[int, ...]:
        texts = ((localized(label), text) for label, text in pairs)
        return tuple(self._text(text, keep="\n\t") for pair in texts for text in pair)

    def _text(self, text: str, keep: str = "") -> int:
        """Return the number of a text.

        :param keep: see :func:`signalcli.text.escape`.
        """
        key = text, keep
        number = self._keys.get(key)
        if number is None:
            number = self._keys[key] = self._texts.number(escape(text, keep))
        return number


class _Numbers:
    """Distinct values, numbered in the order of their first use."""

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}

    def number(self, value: Hashable) -> int:
        return self._known.setdefault(value, len(self._known))

    @property
    def values(self) -> list[Any]:
        return list(self._known)


def trace_name(traced: Trace) -> str:
    """Return the command line of a program, or the method and the path of a request."""
    if isinstance(traced, ProgramTrace):
        return shlex.join(traced.program)
    return f"{traced.method} {traced.path}"


def status_text(traced: Trace) -> str:
    """Return the status of a program or of an answer, in words."""
    if isinstance(traced, ProgramTrace):
        return phrase("status {status}", status=traced.exit_status)
    return traced.answer


def _details_of(traced: Trace) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str | None]] = []
    if traced.error is not None:
        pairs += [
            (phrase("exception"), str(traced.error)),
            (phrase("raised at"), traced.error.where),
        ]
    if isinstance(traced, RequestTimeline):
        pairs += [
            (phrase("note"), traced.note and localized(traced.note)),
            (phrase("body"), traced.body),
            (phrase("next request"), traced.then),
        ]
    else:
        for one in traced.processes:
            label = phrase("process {number}", number=one.process)
            text = phrase("{name}, a child of {parent}", name=one.name, parent=one.parent)
            pairs.append((label, localized(text)))
        pairs += [(phrase("not followed"), str(one)) for one in traced.unfollowed]
    pairs.append((phrase("ended early"), traced.cut and localized(traced.cut)))
    return [(label, text) for label, text in pairs if text]


def _details_of_send(event: Event) -> Iterator[tuple[str, str]]:
    if event.is_async:
        yield phrase("sent with"), "send_async"
    if not event.ended:
        yield phrase("ended"), localized(phrase("no"))
    if event.exception is not None:
        yield phrase("exception"), str(event.exception)
        if event.exception.where:
            yield phrase("raised at"), event.exception.where
    if event.died and event.is_heard:
        yield phrase("died before"), "\n".join(event.died)


def _sent_elsewhere(event: Event) -> Iterator[tuple[str, str]]:
    """Yield the sends that receivers in other processes made in turn, as one detail."""
    if event.relayed is not None and event.relayed.sends:
        lines = [
            "  " * depth
            + localized(phrase("{signal} by {source}", signal=one.signal, source=one.source))
            for depth, one in below(event.relayed)
        ]
        yield phrase("sent elsewhere"), "\n".join(lines)


def _walk(traced: Trace) -> Iterator[tuple[_Node, int]]:
    """Yield the sends and the changes in the order of the tree, each with its depth."""
    nodes: list[_Node] = [*traced.events, *traced.changes]
    parents = parents_of(traced.events)
    parents += _parents_of_changes(traced, parents)
    children: list[list[int]] = [[] for _ in range(len(nodes) + 1)]  # the last are the outermost
    for index in sorted(range(len(nodes)), key=lambda index: nodes[index].started):
        children[parents[index]].append(index)
    waiting = [(index, 1) for index in reversed(children[-1])]
    while waiting:
        index, depth = waiting.pop()
        yield nodes[index], depth
        waiting += [(child, depth + 1) for child in reversed(children[index])]


def _parents_of_changes(traced: Trace, parents: list[int]) -> Iterator[int]:
    """Yield, for each change, the index of the innermost send around it.

    It is -1 without one, and for every change if a trace has several processes.
    """
    events, latest = traced.events, -1
    is_alone = all(event.process is None for event in events)
    for change in traced.changes:
        while latest + 1 < len(events) and events[latest + 1].started <= change.started:
            latest += 1
        around = latest if is_alone else -1
        while around >= 0 and not goes_on(events[around], change.started):
            around = parents[around]
        yield around


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[index] for row in rows] for index, name in enumerate(names)}


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)
