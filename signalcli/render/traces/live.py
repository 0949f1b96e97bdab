"""Write what a program sends while it runs, as lines of a log.

Rich draws slower than programs send, so these lines are put together here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from time import localtime, strftime

from rich.cells import cell_len, set_cell_size
from rich.color import ColorSystem
from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.language.phrases import CLAUSES, counted, joined, localized, phrase
from signalcli.render.delivery import time_cell
from signalcli.render.draw import THEME
from signalcli.render.parts import own, styled_parts
from signalcli.render.timelines import (
    call_text,
    no_sends_line,
    process_line,
    sent_by,
    trace_heading,
)
from signalcli.text import escape
from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import OUTCOME_COUNTS
from signalcli.values.trace import REACHED, Event
from signalcli.values.traces.live import (
    Live,
    LiveChange,
    LiveReceipt,
    LiveRemoteSend,
    SendCounts,
    WatchedProgram,
)
from signalcli.values.traces.relayed import RelayedMessage

StyledPart = tuple[str, str]
"""A text, and the name of its style."""
HEARD, RAISED, UNHEARD = ("● ", "outcome.returned"), ("✗ ", "outcome.raised"), ("○ ", "warning")
OWN_COUNTS = ("running", "skipped", "not_reached", "raised")
"""The outcomes that are counted besides the receivers that heard a send."""
NO_TIME = " " * len("00.000 ms  ")
INDENT = "    "
CHANGES = {
    "connected": phrase("connected {receiver} to {signal}"),
    "not connected": phrase("not connected {receiver} to {signal}"),
    "disconnected": phrase("disconnected {receiver} from {signal}"),
    "missed": phrase("disconnected nothing: {receiver} from {signal}"),
    "receiver died": phrase("receiver died {receiver} of {signal}"),
    "sender died": phrase("sender died {receiver} of {signal}"),
}
"""How changes of connections are shown: templates, in which the receiver is before the signal."""


def live_text(item: Live, *, tree: bool, width: int, color: bool) -> str:
    """Return the lines of a send, of a changed connection, or of what came from other processes.

    :param tree: whether each send within it and each receiver takes a line.
    :param width: in columns, where longer lines are cut.
    """
    return "".join(f"{_fitted(line, width, color)}\n" for line in live_lines(item, tree=tree))


def live_lines(item: Live, *, tree: bool) -> Iterator[list[StyledPart]]:
    """Yield the lines of :func:`live_text` as parts, with the names of their styles."""
    at = [(strftime("%H:%M:%S ", localtime(item.moment)), "detail")]
    if item.process is not None:
        at.append((f"[{item.process}] ", "detail"))
    lines: Iterable[list[StyledPart]]
    if isinstance(item, LiveChange):
        lines = [[(NO_TIME, ""), *_change(item.change)]]
    elif isinstance(item, LiveReceipt):
        lines = _receipt(item, tree=tree)
    elif isinstance(item, LiveRemoteSend):
        sent = localized(sent_by(item.sender, item.source))
        lines = [[(NO_TIME, ""), (item.signal, "signal"), (f"  {sent}", "detail")]]
    else:
        lines = _tree(item.events) if tree else [_send(item.events)]
    for line in lines:
        yield [*at, *line]


def draw_watched_program(program: WatchedProgram) -> RenderableType:
    """Draw how a program ended whose sends were shown while it ran."""
    trace = program.trace
    processes = trace.processes if len(trace.processes) > 1 else ()
    end = trace_heading(trace._replace(events=()))
    numbers = _counts(program.counts, is_cut=trace.cut is not None)
    return Group(end, numbers, *map(process_line, processes))


def _counts(counts: SendCounts, *, is_cut: bool) -> Text:
    if not counts.sends:
        return no_sends_line(is_cut=is_cut)
    left_out = counts.sends - counts.shown
    numbers = [
        counted("{n} send", "{n:,} sends", counts.sends),
        *([phrase("{n:,} shown", n=counts.shown)] if left_out else []),
        *([phrase("{n:,} unheard", n=counts.unheard)] if counts.unheard else []),
        *([phrase("{n:,} raised", n=counts.raised)] if counts.raised else []),
    ]
    return own(phrase("{outcomes}.", outcomes=joined(numbers, CLAUSES)))


def _send(events: tuple[Event, ...]) -> list[StyledPart]:
    """Return the line of an outermost send, with the signals that its receivers sent."""
    outermost, *caused = events
    parts = [*_begin(outermost), ("  ", ""), *_outcome(outermost), *_sender(outermost)]
    if caused:
        parts.append(("  ›", "detail"))
        marks: dict[str, StyledPart] = {}
        for event in caused:
            mark = _mark(event)
            if marks.get(event.signal) != RAISED and mark != HEARD:
                marks[event.signal] = mark
            marks.setdefault(event.signal, mark)
        for signal, count in Counter(event.signal for event in caused).items():
            times = f" ×{count:,}" if count > 1 else ""
            parts += [(" ", ""), marks[signal], (f"{signal}{times}", "")]
    return parts


def _tree(events: tuple[Event, ...]) -> Iterator[list[StyledPart]]:
    """Yield a line for each send, indented below the one that caused it, and one for each receiver."""
    for event in events:
        indent = INDENT * event.depth
        time, mark, signal = _begin(event)
        why = [] if event.is_heard else [("  ", ""), *_why_unheard(event)]
        yield [time, (indent, ""), mark, signal, *why, *_sender(event)]
        for call in event.calls:
            was_called = call.outcome in ("returned", "raised", "running")
            seconds = _milliseconds(call.seconds) if was_called else (NO_TIME, "")
            yield [seconds, (f"{indent}  ", ""), *_parts_of(call_text(call))]


def _receipt(item: LiveReceipt, *, tree: bool) -> Iterator[list[StyledPart]]:
    """Yield a line for what a listener elsewhere did with a send; with ``tree``, one for each receiver."""
    message = RelayedMessage("", receipts=(item.receipt,))
    event = Event(item.signal, 0, None, (), item.receipt.muted, message.calls, 0.0)
    about = f" @ {item.receipt.listener}", "detail"
    what = _outcome(event) if item.receipt.calls else [(localized(item.receipt.reason), "warning")]
    yield [(NO_TIME, ""), _mark(event), (item.signal, "signal"), about, ("  ", ""), *what]
    for call in event.calls if tree and item.receipt.calls else ():
        yield [(NO_TIME, ""), ("  ", ""), *_parts_of(call_text(call))]


def _begin(event: Event) -> list[StyledPart]:
    """Return the duration, the mark and the signal of a send."""
    return [_milliseconds(event.seconds), _mark(event), (event.signal, "signal")]


def _sender(event: Event) -> list[StyledPart]:
    return [] if event.sender is None else [(f"  ← {event.displayed_sender}", "detail")]


def _mark(event: Event) -> StyledPart:
    return RAISED if event.raised else HEARD if event.is_heard else UNHEARD


def _outcome(event: Event) -> list[StyledPart]:
    """Return how many receivers heard a send, and the first exception; or why none heard it."""
    outcomes = Counter(call.outcome for call in event.calls)
    heard = sum(outcomes[outcome] for outcome in REACHED if outcome not in OWN_COUNTS)
    counts = [
        *([phrase("{n} heard", n=heard)] if heard else []),
        *(
            phrase(OUTCOME_COUNTS[outcome], n=outcomes[outcome])
            for outcome in OWN_COUNTS
            if outcomes[outcome]
        ),
    ]
    if not event.is_heard:
        return _why_unheard(event)
    remark = localized(event.remark)
    parts = [(localized(joined(counts, CLAUSES)), ""), (f"  {remark}" if remark else "", "warning")]
    for call in event.calls:
        if call.error is not None:
            where = f" ({call.error.where})" if call.error.where else ""
            parts += [(f": {call.error}", "outcome.raised"), (where, "detail")]
            break
    return parts


def _why_unheard(event: Event) -> list[StyledPart]:
    """Return why a send reached no receiver."""
    skipped = len(event.calls)
    if event.remark or not skipped:
        return [(localized(event.remark), "warning")]
    return [(localized(phrase("no receiver called, {n} skipped", n=skipped)), "warning")]


def _change(change: ConnectionChange) -> list[StyledPart]:
    template = localized(CHANGES[change.action])
    action, _, rest = template.partition("{receiver}")
    to, _, end = rest.partition("{signal}")
    place = [] if change.where is None else [(f"  {change.where}", "detail")]
    style = "warning" if change.action not in ("connected", "disconnected") else ""
    receiver, signal = (change.receiver, "receiver"), (change.signal, "signal")
    return [(action, style), receiver, (to, ""), signal, (end, style), *place]


def _milliseconds(seconds: float) -> StyledPart:
    return f"{time_cell(seconds).plain}  ", "detail"


def _parts_of(text: Text) -> list[StyledPart]:
    """Return a text that was put together from others as its parts, each in its innermost style."""
    return [(part, str(styles[-1])) for part, styles in styled_parts(text)]


def _fitted(parts: Iterable[StyledPart], width: int, color: bool) -> str:
    """Return the parts as one line of at most ``width`` columns."""
    line, room = [], width
    for text, style in parts:
        shown = escape(text)
        size = cell_len(shown)
        if size > room:
            shown = f"{set_cell_size(shown, room - 1)}…" if room > 0 else ""
        line.append(_styled(shown, style) if color and style and shown else shown)
        room -= size
        if room < 0:
            break
    return "".join(line)


def _styled(text: str, style: str) -> str:
    before, after = _codes(style)
    return f"{before}{text}{after}"


@lru_cache(maxsize=100)
def _codes(style: str) -> tuple[str, str]:
    """Return the escape codes before and after a text of a style."""
    before, _, after = (
        THEME.styles[style].render("|", color_system=ColorSystem.STANDARD).partition("|")
    )
    return before, after
