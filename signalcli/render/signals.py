"""Draw signals and their receivers."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.measure import Measurement
from rich.text import Text

from signalcli.language.phrases import (
    Phrase,
    counted,
    joined,
    localized,
    phrase,
    sentences,
    some_of,
)
from signalcli.render.parts import (
    SIGNAL_KINDS,
    FittingTable,
    Heading,
    folding,
    held,
    kind,
    listens_to,
    literal,
    own,
)
from signalcli.text import sender_label
from signalcli.values.catalog import ConnectedReceivers
from signalcli.values.inspection import (
    ApplicationSignalDetails,
    ReceiverView,
    SenderReceivers,
    SignalList,
    SignalSummary,
    SignalView,
    SignalViews,
    folded,
)
from signalcli.values.result import NO_RECEIVERS

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions

NUMBERS = (phrase("receivers"), phrase("connections"))
KINDS = (phrase("named"), phrase("anonymous"))
"""The kinds of signals, translated where they are shown."""
BLINKER = "blinker"
ALIASES = 5
"""names: the most other names of a signal that are drawn."""
MODULE = r"(?<![\w.>/-])(?:[a-z_]\w*\.)+(?=\w)"
"""The module in a receiver's name: ``shop.audit.`` of ``shop.audit.Audit.record``."""


def draw_signal(view: SignalView) -> RenderableType:
    heading = literal(view.signal, "signal") + own(SIGNAL_KINDS[view.kind, view.ordered], "detail")
    if view.in_program is not None and view.in_program.library != BLINKER:
        library = view.in_program.library
        heading += own(phrase("  of {library}, a copy of blinker", library=library), "detail")
    if view.muted:
        heading += own(phrase("  muted"), "warning")
    parts: list[RenderableType] = [Heading(heading, name=view.signal)]
    if view.in_program is not None:
        parts += _names_and_holder(view.in_program)
    if view.doc:
        parts.append(_doc_text(view.doc, keep="" if view.in_program is None else "\n"))
    if view.receivers:
        parts.append(_receivers_table(view.receivers))
    else:
        parts.append(own(_no_receivers(view), "detail"))
    parts.append(_sender_receivers_table(view.has_receivers_for))
    return Group(*parts)


def _no_receivers(view: SignalView) -> str:
    """Return the sentence on a signal without receivers."""
    if view.no_receivers == NO_RECEIVERS:
        return phrase("It has no receivers.")
    more = view.no_receivers.removeprefix(f"{NO_RECEIVERS}, and ")
    if more != view.no_receivers:
        return phrase("It has no receivers, and {what}.", what=sentences(more))
    return f"{more[:1].upper()}{more[1:]}."


def _names_and_holder(signal: ApplicationSignalDetails) -> Iterator[Text]:
    if signal.aliases:
        names = some_of(signal.aliases, ALIASES)
        yield literal(phrase("also {names}", names=names), "detail")
    if signal.held_by is not None:
        yield literal(phrase("held by {holder}", holder=signal.held_by), "detail")


def receiver_cell(
    receiver: ReceiverView, number: str = "", connected_at: str | None = None
) -> Text:
    """Return the name of a receiver, with what it belongs to and calls below it.

    :param connected_at: the place that connected it, if that tells it apart from others.
    """
    cell = literal(f"{receiver.receiver}{number}", "receiver")
    details = receiver.in_program
    if details is None:
        return folding(cell)
    # blinker calls any other kind as a plain function
    if details.calls not in ("plain", "coroutine", "unknown"):
        cell += Text("\n", "warning") + own(details.calls, "warning")
    if details.bound_to is not None:
        cell += _below(phrase("of {owner}", owner=details.bound_to))
    if details.inner is not None and details.inner not in receiver.receiver:
        cell += _below(phrase("calls {function}", function=details.inner))
    if details.holds is not None:
        cell += _below(phrase("with {objects}", objects=details.holds))
    if details.wrapped_by is not None:
        cell += _below(phrase("wrapped by {wrapper}", wrapper=details.wrapped_by))
    if connected_at is not None:
        cell += _below(phrase("connected at {place}", place=connected_at))
    return folding(cell)


def _below(text: Phrase) -> Text:
    """Return a further line of a cell."""
    return Text("\n", "detail") + literal(text, "detail", keep="\n")


def _receiver_cells(receivers: tuple[ReceiverView, ...]) -> Iterator[Text]:
    """Yield the names of receivers. Those of one name and place have where they were connected; those that
    look alike even then have numbers.
    """
    places = Counter((one.receiver, one.where) for one in receivers)
    numbers: Counter[tuple[object, ...]] = Counter()
    for one in receivers:
        looks = one.receiver, one.where, one.in_program
        numbers[looks] += 1
        number = f" #{numbers[looks]}" if numbers[looks] > 1 else ""
        at = one.in_program and one.in_program.connected_at
        yield receiver_cell(one, number, at if places[one.receiver, one.where] > 1 else None)


def _receivers_table(receivers: tuple[ReceiverView, ...]) -> FittingTable:
    table = FittingTable(
        phrase("receiver"),
        phrase("listens to"),
        phrase("held"),
        phrase("kind"),
        phrase("defined at"),
        phrase("does"),
        below="defined at",
        optional=["kind"],
        keeps_optional=len({receiver.is_async for receiver in receivers}) > 1,
    )
    for receiver, cell in zip(receivers, _receiver_cells(receivers), strict=True):
        table.add_row(
            cell,
            listens_to(receiver.connections),
            held(receiver.weak),
            own(kind(receiver.is_async)),
            folding(literal(receiver.where or "", "detail"), "path"),
            literal(receiver.doc or ""),
        )
    return table


def _sender_receivers_table(rows: tuple[SenderReceivers, ...]) -> FittingTable:
    beware = [phrase("beware")] if any(row.note for row in rows) else []
    columns = "has_receivers_for", phrase("answers"), phrase("receivers_for yields"), *beware
    table = FittingTable(*columns)
    for row in rows:
        table.add_row(
            Text("ANY") if row.any else literal(sender_label(row.sender)),
            Text(str(row.result), "warning" if row.note else ""),
            literal(joined(row.receivers_for) or "–", "receiver"),
            *(own(row.note or "", "warning") for _ in beware),
        )
    return table


def draw_connected(receivers: ConnectedReceivers) -> RenderableType:
    """Draw the receivers of an application, each with a row per signal that it is connected to."""
    columns = (
        phrase("receiver"),
        phrase("signal"),
        phrase("listens to"),
        phrase("held"),
        phrase("defined at"),
        phrase("does"),
    )
    table = FittingTable(*columns, below="defined at")
    for view, _, connections in receivers.receivers:
        name, place = receiver_cell(view), folding(literal(view.where or "", "detail"), "path")
        does = literal(view.doc or "")
        for one in connections:
            signal = folding(literal(one.signal, "signal"))
            listens, strength = listens_to(one.connections), held(one.weak)
            table.add_row(name, signal, listens, strength, place, does)
            name = place = folding(Text())
            does = Text()
    return table


def draw_signals(views: SignalViews) -> RenderableType:
    """Draw several signals, and count those that are left out."""
    left_out = [] if views.is_whole else folded(views.signals)
    parts: list[RenderableType] = []
    for view in views.signals:
        if view not in left_out:
            parts += [draw_signal(view), Text()]
    return Group(*parts[:-1], *([Text(), _count(left_out)] if left_out else []))


def draw_signal_list(signals: SignalList) -> RenderableType:
    """Draw one row per signal, and count those that are left out."""
    left_out = [] if signals.is_whole else folded(signals.signals)
    shown = [summary for summary in signals.signals if summary not in left_out]
    table = _SignalTable(shown)
    return Group(table, _count(left_out)) if left_out else table


def _count(left_out: Sequence[SignalSummary | SignalView]) -> Text:
    """Return a line with the number of signals that are left out, and the package of the most."""
    packages = Counter(str(one.package) for one in left_out)
    (most, _), *others = packages.most_common()
    shown: str = most
    if others:
        shown = counted(
            "{package} and {n} more package",
            "{package} and {n} more packages",
            len(others),
            package=most,
        )
    text = counted(
        "{n} signal of {packages} has no receivers: {option}",
        "{n} signals of {packages} have no receivers: {option}",
        len(left_out),
        packages=shown,
        option="--all",
    )
    return literal(text, "detail")


class _SignalTable:
    """The table of ``list``.

    An application may have many signals, so each takes one line: the names of receivers take a third of
    the width, the rest is counted, and docs are drawn only if they fit.
    """

    def __init__(self, signals: Sequence[SignalSummary]) -> None:
        self._signals = signals
        self._names = {summary.signal for summary in signals}
        self._are_of_application = any(summary.library for summary in signals)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self._table(options.max_width))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[FittingTable]:
        yield self._table(options.max_width)

    def _table(self, width: int) -> FittingTable:
        """Return the table, whose columns don't depend on how many names of receivers fit the width."""
        limits = (width // 3, 0) if self._are_of_application else (width, sys.maxsize)
        table, usual = map(self._with_names, limits)
        return (
            table if list(table.kept_columns(width)) == list(usual.kept_columns(width)) else usual
        )

    def _with_names(self, columns: int) -> FittingTable:
        """Return the table with the names that fit into so many columns."""
        is_large = self._are_of_application
        table = FittingTable(
            phrase("signal"),
            phrase("kind"),
            *NUMBERS,
            phrase("names of receivers"),
            phrase("muted"),
            phrase("doc"),
            numbers=NUMBERS,
            whole=["names of receivers", "doc"] if is_large else [],
            optional=["kind", "connections", *["doc"] * is_large],
            keeps_optional=not is_large,
        )
        for summary in self._signals:
            table.add_row(
                _signal_cell(summary),
                own(summary.kind),
                Text(str(summary.receivers)),
                Text(str(summary.connections)),
                folding(literal(self._receivers(summary, columns), "receiver")),
                own(phrase("muted"), "warning") if summary.muted else Text(),
                _doc_text(_doc(summary)),
            )
        return table

    def _receivers(self, summary: SignalSummary, columns: int) -> str:
        """Return names without their modules, at least one and those that fit, and count the rest.

        Those of one name have the place that connected them in parentheses, if there is room.
        """
        with_places = _fitting(self._counted(summary, summary.connected_at), columns)
        if cell_len(localized(with_places)) <= columns:
            return with_places
        return _fitting(self._counted(summary, ()), columns)

    def _counted(self, summary: SignalSummary, places: Sequence[str | None]) -> list[str]:
        of_one_name = Counter(summary.receiver_names)
        counts: Counter[str] = Counter()
        for name, place in zip_longest(summary.receiver_names, places):
            at = "" if place is None or of_one_name[name] == 1 else f" ({place})"
            counts[self._without_module(name) + at] += 1
        return [name if count == 1 else f"{name} ×{count}" for name, count in counts.items()]

    def _without_module(self, name: str) -> str:
        """Return the name of an application's receiver without its module; a signal's method stays."""
        is_of_signal = "/" in name or name.rpartition(".")[0] in self._names
        is_whole = is_of_signal or not self._are_of_application
        return name if is_whole else re.sub(MODULE, "", name)


def _fitting(texts: Sequence[str], columns: int) -> str:
    """Return the first text and those that fit, and count the rest."""
    if len(texts) < 2 or cell_len(localized(joined(texts))) <= columns:
        return joined(texts)
    shown = 1
    while cell_len(localized(_with_more(texts[: shown + 1], len(texts)))) <= columns:
        shown += 1
    return _with_more(texts[:shown], len(texts) - shown)


def _with_more(texts: Sequence[str], more: int) -> str:
    return joined((*texts, phrase("{n} more", n=more)))


def _signal_cell(summary: SignalSummary) -> Text:
    cell = literal(summary.signal, "signal")
    if summary.library is None:
        return cell
    if summary.library != BLINKER:
        cell += _below(phrase("of {owner}", owner=summary.library))
    return folding(cell)


_DOCS_OF_META_SIGNALS = (
    phrase("Emitted after a receiver connects."),
    phrase("Emitted after a receiver disconnects."),
)


def _doc_text(doc: str, keep: str = "") -> Text:
    """Return the doc of a signal; of blinker's docs, the translation."""
    return own(doc) if doc in _DOCS_OF_META_SIGNALS else literal(doc, keep=keep)


def _doc(summary: SignalSummary) -> str:
    """Return the doc of a signal; of an application's signal only the first line."""
    doc = summary.doc or ""
    return doc if summary.library is None else doc.strip().partition("\n")[0]
