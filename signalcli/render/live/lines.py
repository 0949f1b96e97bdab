"""Draw the lines of ``signalcli live``: sends, changes and connections.

The texts have styles, and not names of styles, because Textual doesn't know the theme of signalcli.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.text import Span, Text

from signalcli.history.record import Record
from signalcli.language.phrases import counted, localized, phrase
from signalcli.render.changes import change_line, send_line
from signalcli.render.draw import LIGHT_THEME, THEME, draw
from signalcli.render.parts import literal
from signalcli.render.traces.live import live_lines, live_text
from signalcli.session.changes import ChangeRecord
from signalcli.values.traces.edges import Edge
from signalcli.values.traces.live import Live

LiveEntry: TypeAlias = "Record | ChangeRecord | Live | str"
"""What has a line: a send, a change, or a sentence."""
WIDEST_SENDER = 24
"""columns of a sender; a longer one is cut."""
HEARD, RAISED, UNHEARD = ("●", "outcome.returned"), ("✗", "outcome.raised"), ("○", "warning")
MARKS = {"heard": HEARD, "raised": RAISED, "unheard": UNHEARD, None: (" ", "")}


def entry_line(entry: LiveEntry, theme: str) -> Text:
    """Return an entry as one line."""
    return in_theme(_line(entry), theme)


def _line(entry: LiveEntry) -> Text:
    if isinstance(entry, Record):
        return send_line(entry)
    if isinstance(entry, ChangeRecord):
        return change_line(entry)
    if isinstance(entry, str):
        return literal(localized(entry), "warning")
    return Text().join(literal(*part) for part in next(live_lines(entry, tree=False)))


def entry_detail(entry: LiveEntry, width: int, theme: str) -> Text:
    """Return what is shown of an entry that was opened: the table of a send, or the command of a change."""
    if isinstance(entry, str):
        return entry_line(entry, theme)
    if isinstance(entry, (Record, ChangeRecord)):
        return Text.from_ansi(draw(entry, width, True, theme))
    return Text.from_ansi(live_text(entry, tree=True, width=width, color=True))


def signal_row(
    signal: str, muted: bool, listens: bool, sends: int, mark: str | None, theme: str
) -> Text:
    """Return the row of a signal.

    :param listens: whether a receiver listens to it.
    :param sends: how many sends were seen.
    :param mark: of a send just now: ``"heard"``, ``"raised"`` or ``"unheard"``; ``None`` without one.
    """
    sign, style = MARKS[mark]
    row = Text() + Text(f"{sign} ", style) + literal(signal, "signal")
    if muted:
        row += Text("  ") + literal(localized(phrase("muted")), "warning")
    if not listens:
        row += Text("  ") + literal(localized(phrase("no receivers")), "detail")
    if sends:
        count = counted("{n:,} send", "{n:,} sends", sends)
        row += Text("  ") + literal(localized(count), "detail")
    return in_theme(row, theme)


def edge_row(edge: Edge, weak: bool, width: int, raised: bool | None, theme: str) -> Text:
    """Return the row of a connection.

    :param width: the columns of the sender.
    :param raised: of a send that took it just now, whether the receiver raised; ``None`` without one.
    """
    sender = set_cell_size(literal(edge.sender).plain, width)
    arrow, style, mark = "┄┄▶" if weak else "──▶", "detail", ""
    if raised is not None:
        arrow, (mark, style) = "━━▶", RAISED if raised else HEARD
    row = Text(f"    {sender} ") + Text(arrow, style) + Text(" ")
    row += literal(edge.receiver, "receiver") + Text(f" {mark}", style)
    return in_theme(row, theme)


def sender_width(edges: Iterable[Edge]) -> int:
    """Return the columns that the senders of a signal take."""
    widths = (cell_len(literal(edge.sender).plain) for edge in edges)
    return min(max(widths, default=0), WIDEST_SENDER)


def plain(text: str, style: str = "", theme: str = "dark") -> Text:
    """Return a text of a style."""
    return in_theme(literal(text, style), theme)


def joined_rows(rows: Iterable[Text]) -> Text:
    """Return rows below each other."""
    return Text("\n").join(rows)


def fitted(row: Text, width: int, *, selected: bool) -> Text:
    """Return a row that is cut where the screen ends, and reversed if it is the one that keys act on."""
    row = Text(row.plain, "reverse") if selected else row.copy()
    row.truncate(width, overflow="ellipsis", pad=selected)
    return row


def in_theme(text: Text, theme: str) -> Text:
    """Return a text whose styles don't need a theme."""
    styles = (LIGHT_THEME if theme == "light" else THEME).styles
    text = text.copy()
    text.style = styles.get(str(text.style), text.style)
    text.spans = [Span(s, e, styles.get(str(style), style)) for s, e, style in text.spans]
    return text
