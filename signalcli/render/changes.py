"""Draw the sends and the changes of a session as lines of a log."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.history.record import Record
from signalcli.history.watch import WatchedLine
from signalcli.language.phrases import joined, localized, phrase
from signalcli.render.delivery import heading
from signalcli.render.parts import literal, own
from signalcli.session.changes import ChangeRecord, SessionChange
from signalcli.text import escape, sender_label
from signalcli.values.delivery import CALLED

INDENT = "  "
TEXTS = {
    "defined": phrase("defined {signal}"),
    "documented": phrase("documented {signal}"),
    "removed": phrase("removed {signal}"),
    "muted": phrase("muted {signal}"),
    "unmuted": phrase("unmuted {signal}"),
    "connected": phrase("connected {receiver} to {signal} ← {sender}"),
    "disconnected": phrase("disconnected {receiver} from {signal} ← {sender}"),
    "reordered": phrase("reordered the receivers of {signal}"),
    "receiver added": phrase("added the receiver {receiver}"),
    "receiver removed": phrase("removed the receiver {receiver}"),
    "dropped": phrase("dropped {receiver}"),
    "trusted": phrase("trusted {receiver}"),
    "untrusted": phrase("untrusted {receiver}"),
    "undone": phrase("undone {command}"),
    "redone": phrase("redone {command}"),
}
WARNINGS = ("disconnected", "removed", "receiver removed", "dropped", "muted", "untrusted")
"""The changes after which a receiver may not be called any more."""


def draw_watched_line(line: WatchedLine) -> RenderableType:
    record = line.record
    lines = [*change_lines(record)] if isinstance(record, ChangeRecord) else [send_line(record)]
    return Group(*lines)


def draw_change_record(record: ChangeRecord) -> RenderableType:
    """Draw the command, and below it each change."""
    title = Text() + Text(f"{_time(record.time)}  ", "detail") + literal(record.command, "heading")
    changes = [Text(INDENT) + change_text(change) for change in record.changes]
    return Group(_one_line(title + _by(record)), *map(_one_line, changes), *_left_out(record))


def send_line(record: Record) -> Text:
    """Return one line of a send: what was sent, and which receivers it called."""
    sent = record.delivery
    start = Text() + literal(f"{_time(record.time)}  {record.id}  ", "detail")
    line = start + heading(sent.signal, sent.sender, sent.payload, ["muted"] * sent.muted)
    if record.run is not None:
        return _one_line(line + Text("  ") + own(record.run.times))
    line += Text("  →", "detail")
    called = [call for call in sent.calls if call.outcome in CALLED]
    for call in called:
        style = "outcome.raised" if call.error is not None else "outcome.returned"
        mark = "✗" if call.error is not None else "●"
        line += Text(f"  {mark} ", style) + literal(call.receiver, "receiver")
        if call.error is not None:
            line += literal(f" {call.error}", "outcome.raised")
    if not called:
        unheard = localized(phrase("no receiver was called"))
        line += literal(f"  {unheard}", "warning")
    others = len(sent.calls) - len(called)
    left = localized(phrase("{n:,} not called", n=others)) if others else ""
    return _one_line(line + literal(f"  {left}" if left else "", "detail"))


def change_lines(record: ChangeRecord) -> list[Text]:
    """Return a line for each change; only the first for a change that was undone or redone."""
    changes = _undone(record) or record.changes
    start = Text() + Text(f"{_time(record.time)}  ", "detail")
    lines = [_one_line(start + change_text(change) + _by(record)) for change in changes]
    return lines if _undone(record) else [*lines, *_left_out(record)]


def change_line(record: ChangeRecord) -> Text:
    """Return one line of what a command changed: the first changes, and how many others there are."""
    changes = _undone(record) or record.changes[:3]
    line = Text() + Text(f"{_time(record.time)}  ", "detail")
    line += Text("; ").join(map(change_text, changes))
    others = 0 if _undone(record) else len(record.changes) - len(changes) + record.left_out
    more = Text("; ") + _more(others) if others else Text()
    return _one_line(line + more + _by(record))


def change_text(change: SessionChange) -> Text:
    """Return what changed, such as ``connected animal to king ← 大象``."""
    sender = "ANY" if change.any else sender_label(change.sender)
    names = {"signal": change.signal, "receiver": change.receiver, "command": change.command}
    arguments = {
        "sender": sender,
        "change": change.change,
        **{key: name or "" for key, name in names.items()},
    }
    sentence = localized(phrase(TEXTS.get(change.change, "{change}"), **arguments))
    text = literal(sentence, "warning" if change.change in WARNINGS else "")
    for key in ("receiver", "signal"):
        name = escape(names[key] or "")
        start = text.plain.find(name)
        if name and start >= 0:
            text.stylize(key, start, start + len(name))
    return text


def _undone(record: ChangeRecord) -> tuple[SessionChange, ...]:
    """Return the first change alone if it undoes or redoes a command, which the others follow from; else none."""
    return tuple(change for change in record.changes[:1] if change.command is not None)


def _by(record: ChangeRecord) -> Text:
    """Return who made a change: the terminal and the process."""
    process = phrase("process {process}", process=record.process)
    terminal = [] if record.terminal is None else [record.terminal]
    return literal(f"  {localized(joined([*terminal, process]))}", "detail")


def _left_out(record: ChangeRecord) -> list[Text]:
    return [Text(INDENT) + _more(record.left_out)] if record.left_out else []


def _more(number: int) -> Text:
    return Text(localized(phrase("and {n:,} more", n=number)), "detail")


def _time(moment: str) -> str:
    return moment[11:19]


def _one_line(line: Text) -> Text:
    """Cut a line where the terminal ends."""
    line.no_wrap, line.overflow = True, "ellipsis"
    return line
