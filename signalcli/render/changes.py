"""Draw the sends and the changes of a session as lines of a log."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.history.record import Record
from signalcli.history.watch import WatchedLine
from signalcli.render.delivery import heading
from signalcli.render.parts import literal
from signalcli.session.changes import ChangeRecord, SessionChange
from signalcli.text import sender_label
from signalcli.values.delivery import CALLED

INDENT = "  "
WARNINGS = ("disconnected", "removed", "receiver removed", "dropped", "muted", "untrusted")
"""The changes after which a receiver may not be called any more."""


def draw_watched_line(line: WatchedLine) -> RenderableType:
    record = line.record
    lines = [*change_lines(record)] if isinstance(record, ChangeRecord) else [send_line(record)]
    return Group(*lines)


def draw_change_record(record: ChangeRecord) -> RenderableType:
    """Draw the command, and below it each change."""
    title = Text(f"{_time(record.time)}  ", "detail") + literal(record.command, "heading")
    changes = [Text(INDENT) + change_text(change) for change in record.changes]
    return Group(_one_line(title + _by(record)), *map(_one_line, changes), *_left_out(record))


def send_line(record: Record) -> Text:
    """Return one line of a send: what was sent, and which receivers it called."""
    sent = record.delivery
    start = literal(f"{_time(record.time)}  {record.id}  ", "detail")
    line = start + heading(sent.signal, sent.sender, sent.payload, ["muted"] * sent.muted)
    if record.run is not None:
        return _one_line(line + Text(f"  {record.run.times}"))
    line += Text("  →", "detail")
    called = [call for call in sent.calls if call.outcome in CALLED]
    for call in called:
        style = "outcome.raised" if call.error is not None else "outcome.returned"
        mark = "✗" if call.error is not None else "●"
        line += Text(f"  {mark} ", style) + literal(call.receiver, "receiver")
        if call.error is not None:
            line += literal(f" {call.error}", "outcome.raised")
    if not called:
        line += Text("  nobody heard it", "warning")
    others = len(sent.calls) - len(called)
    return _one_line(line + Text(f"  {others} not called" if others else "", "detail"))


def change_lines(record: ChangeRecord) -> list[Text]:
    """Return a line for each change; only the first for a change that was undone or redone."""
    first = record.changes[:1]
    changes = first if first and first[0].command is not None else record.changes
    start = Text(f"{_time(record.time)}  ", "detail")
    lines = [_one_line(start + change_text(change) + _by(record)) for change in changes]
    return lines if changes is first else [*lines, *_left_out(record)]


def change_line(record: ChangeRecord) -> Text:
    """Return one line of what a command changed: the first changes, and how many others there are."""
    first = record.changes[:1] if record.changes[:1] and record.changes[0].command else None
    changes = first or record.changes[:3]
    line = Text(f"{_time(record.time)}  ", "detail")
    line += Text("; ").join(map(change_text, changes))
    others = 0 if first else len(record.changes) - len(changes) + record.left_out
    more = Text(f"; and {others:,} more", "detail") if others else Text()
    return _one_line(line + more + _by(record))


def change_text(change: SessionChange) -> Text:
    """Return what changed, such as ``connected animal to king ← 大象``."""
    text = Text(f"{change.change}", "warning" if change.change in WARNINGS else "heading")
    if change.command is not None:
        return text + Text(" ") + literal(change.command)
    if change.receiver is not None:
        text += Text(" ") + literal(change.receiver, "receiver")
    if change.receiver is not None and change.signal is not None:
        text += Text(" from" if change.change == "disconnected" else " to")
    if change.signal is not None:
        text += Text(" ") + literal(change.signal, "signal")
    if change.change in ("connected", "disconnected"):
        sender = "ANY" if change.any else sender_label(change.sender)
        text += Text(" ← ") + literal(sender)
    return text


def _by(record: ChangeRecord) -> Text:
    """Return who made a change: the terminal and the process."""
    terminal = "" if record.terminal is None else f"{record.terminal}, "
    return literal(f"  {terminal}process {record.process}", "detail")


def _left_out(record: ChangeRecord) -> list[Text]:
    return [Text(f"{INDENT}and {record.left_out:,} more", "detail")] if record.left_out else []


def _time(moment: str) -> str:
    return moment[11:19]


def _one_line(line: Text) -> Text:
    """Cut a line where the terminal ends."""
    line.no_wrap, line.overflow = True, "ellipsis"
    return line
