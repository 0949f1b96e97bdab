"""What the screen of ``signalcli live`` shows: signals with their connections, sends and changes."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from signalcli.history.record import Record
from signalcli.render.live.lines import LiveEntry, entry_line, signal_row
from signalcli.session.changes import ChangeRecord
from signalcli.text import sender_label
from signalcli.values.delivery import Call
from signalcli.values.traces.edges import Edge, SignalEdges, changed_edges, edges_taken
from signalcli.values.traces.live import LiveChange, LiveSend

MOST = 10_000
"""entries that are kept; the oldest are forgotten."""
FLASH_SECONDS = 0.8
"""seconds that an edge shows that a send took it."""


class CurrentSignals(NamedTuple):
    """All signals with their connections, as they are now."""

    signals: tuple[SignalEdges, ...]


Item: TypeAlias = "LiveEntry | CurrentSignals"
"""What a source passes on."""


class ObservedSend(NamedTuple):
    """A send, from a session or from a program."""

    signal: str
    sender: str
    """The label of the sender."""
    calls: tuple[Call, ...]
    times: int = 1
    """More than 1 for a run of many sends, whose calls aren't known."""


class GraphRow(NamedTuple):
    """A row of the graph: a signal, or one of its connections."""

    signal: SignalEdges
    edge: Edge | None = None
    weak: bool = True


class LiveModel:
    """Keep the signals, the newest entries, and which edges show a send.

    :param signal: the signal that is shown alone, or ``None`` for all.
    """

    def __init__(self, signal: str | None = None) -> None:
        self._signal = signal
        self._filter = ""
        self._signals: tuple[SignalEdges, ...] = ()
        self._rows: list[GraphRow] | None = None
        self._entries: deque[LiveEntry] = deque(maxlen=MOST)
        self.shown: deque[LiveEntry] = deque(maxlen=MOST)
        """The entries that the filter lets through, oldest first."""
        self.forgotten = 0
        """How many shown entries came before the first of ``shown``."""
        self.sends: Counter[str] = Counter()
        """How many sends of each signal came."""
        self.last_sent: str | None = None
        """The signal of the newest send."""
        self.changes = 0
        self._flashes: dict[Edge, tuple[float, bool]] = {}
        self._marks: dict[str, tuple[float, str]] = {}

    @property
    def filter(self) -> str:
        """The text that shown signals and entries contain, or ``""`` for all."""
        return self._filter

    @filter.setter
    def filter(self, text: str) -> None:
        self._filter, self._rows = text.casefold(), None
        self.shown = deque((e for e in self._entries if self._is_shown(e)), maxlen=MOST)
        self.forgotten = 0

    def add(self, item: Item) -> None:
        """Add an entry, or replace the signals."""
        if isinstance(item, CurrentSignals):
            self._signals, self._rows = item.signals, None
            return
        if isinstance(item, LiveChange):
            self._signals, self._rows = changed_edges(self._signals, item.change), None
        self.changes += isinstance(item, (LiveChange, ChangeRecord))
        for sent in sends_in(item):
            self._note(sent)
        self._entries.append(item)
        if self._is_shown(item):
            self.forgotten += len(self.shown) == MOST
            self.shown.append(item)

    def add_past(self, entries: Iterable[LiveEntry]) -> None:
        """Add earlier entries, which are listed, but neither counted nor shown in the graph."""
        self._entries.extend(entries)
        self.filter = self._filter

    def _note(self, sent: ObservedSend) -> None:
        until = time.monotonic() + FLASH_SECONDS
        self.sends[sent.signal] += sent.times
        self.last_sent = sent.signal
        taken = dict(edges_taken(sent.signal, sent.sender, sent.calls))
        for edge, raised in taken.items():
            self._flashes[edge] = until, raised
        raised = any(taken.values())
        heard = bool(taken) or sent.times > 1
        self._marks[sent.signal] = until, "raised" if raised else "heard" if heard else "unheard"

    def end_flashes(self) -> bool:
        """Stop showing sends in the graph that were shown long enough. Return whether there were any."""
        now = time.monotonic()
        edges = [edge for edge, (until, _) in self._flashes.items() if until < now]
        signals = [signal for signal, (until, _) in self._marks.items() if until < now]
        for edge in edges:
            del self._flashes[edge]
        for signal in signals:
            del self._marks[signal]
        return bool(edges or signals)

    def raised_just_now(self, edge: Edge) -> bool | None:
        """Return whether the receiver of an edge raised in a send just now; ``None`` without a send."""
        flash = self._flashes.get(edge)
        return None if flash is None else flash[1]

    def mark(self, signal: str) -> str | None:
        """Return the mark of a send of a signal just now: ``"heard"``, ``"raised"``, ``"unheard"`` or ``None``."""
        mark = self._marks.get(signal)
        return None if mark is None else mark[1]

    def rows(self) -> list[GraphRow]:
        """Return the rows of the graph that are shown: the same list until they change."""
        if self._rows is None:
            self._rows = [row for signal in self._signals for row in self._rows_of(signal)]
        return self._rows

    def _rows_of(self, signal: SignalEdges) -> Iterator[GraphRow]:
        if self._signal not in (None, signal.signal):
            return
        edges = signal.edges
        if self._filter and self._filter not in self._text_of(signal):
            edges = tuple(one for one in edges if self._filter in " ".join(one[0]).casefold())
            if not edges:
                return
        yield GraphRow(signal)
        for edge, weak in edges:
            yield GraphRow(signal, edge, weak)

    def _text_of(self, signal: SignalEdges) -> str:
        """Return the row of a signal as it is searched."""
        sends, listens = self.sends.get(signal.signal, 0), bool(signal.edges)
        row = signal_row(signal.signal, signal.muted, listens, sends, None, "dark")
        return row.plain.casefold()

    def _is_shown(self, entry: LiveEntry) -> bool:
        if self._signal is not None and not _concerns(entry, self._signal):
            return False
        return (
            not self._filter
            or self._filter in _searched(entry).casefold()
            or self._filter in entry_line(entry, "dark").plain.casefold()
        )


def sends_in(item: LiveEntry) -> Iterator[ObservedSend]:
    """Yield the sends of an entry, also those that its receivers made."""
    if isinstance(item, Record):
        sent, count = item.delivery, 1 if item.run is None else item.run.sent
        yield ObservedSend(sent.signal, sender_label(sent.sender), sent.calls, count)
    elif isinstance(item, LiveSend):
        for event in item.events:
            yield ObservedSend(event.signal, event.displayed_sender, event.all_calls)


def entry_signal(entry: LiveEntry) -> str | None:
    """Return the signal of an entry; ``None`` if it isn't of one."""
    if isinstance(entry, ChangeRecord):
        return next((change.signal for change in entry.changes if change.signal), None)
    if isinstance(entry, LiveChange):
        return entry.change.signal
    return next((sent.signal for sent in sends_in(entry)), getattr(entry, "signal", None))


def _concerns(entry: LiveEntry, signal: str) -> bool:
    if isinstance(entry, ChangeRecord):
        return entry.concerns(signal)
    if isinstance(entry, str):
        return True
    return signal == entry_signal(entry) or any(signal == sent.signal for sent in sends_in(entry))


def _searched(entry: LiveEntry) -> str:
    """Return the text of an entry that the filter searches."""
    if isinstance(entry, str):
        return entry
    if isinstance(entry, ChangeRecord):
        return " ".join(
            [entry.command, *(f"{one.signal} {one.receiver} {one.sender}" for one in entry.changes)]
        )
    if isinstance(entry, LiveChange):
        change = entry.change
        return f"{change.signal} {change.receiver} {change.sender}"
    return " ".join(
        " ".join([sent.signal, sent.sender, *(call.receiver for call in sent.calls)])
        for sent in sends_in(entry)
    ) or str(getattr(entry, "signal", ""))
