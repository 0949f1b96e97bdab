"""The two parts of the screen: the graph and the entries. Each draws only the rows that fit."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.message import Message
from textual.widget import Widget

from signalcli.language.phrases import localized, phrase
from signalcli.live.model import GraphRow, LiveModel
from signalcli.render.live.lines import (
    LiveEntry,
    edge_row,
    entry_line,
    fitted,
    joined_rows,
    plain,
    sender_width,
    signal_row,
)

NOTHING_MATCHES = phrase("Nothing matches the filter. Esc ends it.")


class RowsView(Widget, can_focus=True):
    """Rows, one of which is selected. Drawing takes the same time for any number of rows."""

    class Opened(Message):
        """A row was opened, with Enter or a click on the selected one."""

    BINDINGS: ClassVar[Any] = [
        ("up,k", "move(-1)"),
        ("down,j", "move(1)"),
        ("pageup", "page(-1)"),
        ("pagedown", "page(1)"),
        ("home", "end(-1)"),
        ("end", "end(1)"),
        ("enter", "open"),
    ]

    def __init__(self, id: str, model: LiveModel, theme: str, nothing: str) -> None:
        super().__init__(id=id)
        self.model = model
        self.theme_name = theme
        self.nothing = nothing
        """What is drawn without rows."""
        self.top = 0
        """The number of the first row that is drawn."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    @property
    def cursor(self) -> int:
        """The number of the selected row."""
        raise NotImplementedError

    def select(self, number: int) -> None:
        """Select a row, or the nearest one that exists."""
        raise NotImplementedError

    def draw_row(self, number: int) -> Any:
        """Return a row as text."""
        raise NotImplementedError

    def render(self) -> Any:
        height, cursor = max(self.size.height, 1), self.cursor
        if not self.rows:
            nothing = localized(NOTHING_MATCHES) if self.model.filter else self.nothing
            return plain(nothing, "detail", self.theme_name)
        self.top = max(min(self.top, cursor, self.rows - height), cursor - height + 1, 0)
        drawn = []
        for number in range(self.top, min(self.top + height, self.rows)):
            is_selected = number == cursor and self.has_focus
            drawn.append(fitted(self.draw_row(number), self.size.width, selected=is_selected))
        return joined_rows(drawn)

    def action_move(self, by: int) -> None:
        self.select(self.cursor + by)
        self.refresh()

    def action_page(self, by: int) -> None:
        self.action_move(by * max(self.size.height - 1, 1))

    def action_end(self, by: int) -> None:
        self.action_move(by * self.rows)

    def action_open(self) -> None:
        if self.rows:
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        number = self.top + (0 if offset is None else offset.y)
        if offset is not None and number < self.rows:
            if number == self.cursor:
                self.action_open()
            self.select(number)
            self.refresh()

    def on_mouse_scroll_down(self) -> None:
        self.action_move(3)

    def on_mouse_scroll_up(self) -> None:
        self.action_move(-3)


class GraphView(RowsView):
    """The connections of each signal. Edges that a send took just now are thick."""

    def __init__(self, model: LiveModel, theme: str, nothing: str) -> None:
        super().__init__("graph", model, theme, nothing)
        self._rows: list[GraphRow] = []
        self._cursor = 0

    def update_rows(self) -> None:
        """Show the rows of the model, and keep the same one selected."""
        rows, current = self.model.rows(), self.current
        is_changed, self._rows = rows is not self._rows, rows
        if is_changed and current is not None:
            key = (current.signal.signal, current.edge)
            same = (n for n, row in enumerate(self._rows) if (row.signal.signal, row.edge) == key)
            self.select(next(same, self._cursor))
        self.refresh()

    def reveal(self, signal: str) -> None:
        """Select a signal, and draw from it on if its connections aren't all drawn already."""
        numbers = [n for n, row in enumerate(self._rows) if row.signal.signal == signal]
        if numbers:
            self._cursor = numbers[0]
            if not self.top <= numbers[0] <= numbers[-1] < self.top + self.size.height:
                self.top = numbers[0]

    @property
    def current(self) -> GraphRow | None:
        """The selected row."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    @property
    def rows(self) -> int:
        return len(self._rows)

    @property
    def cursor(self) -> int:
        return self._cursor

    def select(self, number: int) -> None:
        self._cursor = max(min(number, self.rows - 1), 0)

    def draw_row(self, number: int) -> Any:
        signal, edge, weak = self._rows[number]
        theme = self.theme_name
        if edge is None:
            mark, sends = self.model.mark(signal.signal), self.model.sends[signal.signal]
            return signal_row(signal.signal, signal.muted, bool(signal.edges), sends, mark, theme)
        width = sender_width(one for one, _ in signal.edges[:100])
        return edge_row(edge, weak, width, self.model.raised_just_now(edge), theme)


class EntryView(RowsView):
    """Sends and changes, newest last. If the last one is selected, the selection follows the newest."""

    def __init__(self, model: LiveModel, theme: str, nothing: str) -> None:
        super().__init__("entries", model, theme, nothing)
        self._selected: int | None = None
        """The number of the selected entry since the start; ``None`` for the newest."""

    @property
    def current(self) -> LiveEntry | None:
        """The selected entry."""
        return self.model.shown[self.cursor] if self.rows else None

    @property
    def rows(self) -> int:
        return len(self.model.shown)

    @property
    def cursor(self) -> int:
        if self._selected is None:
            return max(self.rows - 1, 0)
        return max(min(self._selected - self.model.forgotten, self.rows - 1), 0)

    def select(self, number: int) -> None:
        is_last = number >= self.rows - 1
        self._selected = None if is_last else max(number, 0) + self.model.forgotten

    def draw_row(self, number: int) -> Any:
        return entry_line(self.model.shown[number], self.theme_name)
