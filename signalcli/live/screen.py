"""The screen of ``signalcli live``, with Textual."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, ClassVar, NamedTuple

from textual import events, work
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Static

from signalcli.errors import ExitStatus
from signalcli.history.record import Record
from signalcli.language.phrases import counted, joined, localized, phrase
from signalcli.live.commands import CommandOutcome, CommandRunner
from signalcli.live.model import Item, LiveModel, entry_signal
from signalcli.live.sources import Source
from signalcli.live.views import EntryView, GraphView
from signalcli.render.live.lines import LiveEntry, entry_detail, plain
from signalcli.text import command

WIDTH_OF_KEYS = 80
"""columns that the names of all keys take; they take several lines on a narrower screen."""
FRAME_SECONDS = 1 / 15
"""seconds between two drawings."""


class LiveOptions(NamedTuple):
    """How the screen is shown."""

    signal: str | None = None
    theme: str = "dark"
    runner: CommandRunner | None = None
    """``None`` if nothing may be sent or changed."""


class DetailScreen(ModalScreen[None]):
    """An entry that was opened, with its table."""

    CSS = """
    DetailScreen { align: center middle; }
    #detail { width: 100%; height: 80%; border: round; padding: 0 1; background: $surface; }
    #detail Static { width: auto; height: auto; }
    """
    BINDINGS: ClassVar[Any] = [("escape,q,enter", "dismiss")]

    def __init__(self, entry: LiveEntry, theme: str) -> None:
        super().__init__()
        self._entry = entry
        self._theme = theme

    def compose(self) -> ComposeResult:
        width = max(self.app.size.width - 6, 20)
        with VerticalScroll(id="detail") as scroll:
            scroll.border_subtitle = localized(phrase("Esc closes"))
            yield Static(entry_detail(self._entry, width, self._theme))


class KeysFooter(Footer):
    """What the keys do: in one line, or three in a line on a screen that is narrow, but not low."""

    def compose(self) -> ComposeResult:
        yield from super().compose()
        if self.app.has_class("narrow"):
            self.styles.grid_size_columns = 3


class LiveApp(App[int]):
    """The graph above, the entries below, and a line to type commands or a filter."""

    CSS = """
    #title, #status { height: 1; padding: 0 1; }
    #title { background: $panel; }
    #status { height: auto; min-height: 1; max-height: 3; }
    #graph { height: 2fr; padding: 0 1; }
    #entries { height: 3fr; padding: 0 1; border-top: solid $primary; }
    #entries:focus, #graph:focus { background: $surface; }
    #typed { height: 1; border: none; padding: 0 1; display: none; }
    #typed.open { display: block; }
    .narrow Footer { layout: grid; height: auto; }
    .narrow FooterKey { height: 1; }
    """
    BINDINGS: ClassVar[Any] = [
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("escape", "leave", show=False),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, source: Source, options: LiveOptions) -> None:
        super().__init__()
        self._source = source
        self._options = options
        self._items: SimpleQueue[Item] = SimpleQueue()
        self._is_stopped = threading.Event()
        self._is_filtering = False
        self.model = LiveModel(options.signal)
        self.dark_or_light = options.theme
        self._bind_keys()

    def _bind_keys(self) -> None:
        keys = [("q", "quit_live", phrase("Quit")), ("slash", "filter", phrase("Filter"))]
        if self._options.runner is not None:
            keys += [("s", "type('send')", phrase("Send")), ("r", "again", phrase("Send again"))]
            if self._options.runner.can_change:
                keys += [
                    ("m", "mute", phrase("Mute")),
                    ("c", "type('connect')", phrase("Connect")),
                    ("d", "type('disconnect')", phrase("Disconnect")),
                    ("u", "run('undo')", phrase("Undo")),
                ]
        for key, action, description in keys:
            self.bind(key, action, description=localized(description))

    def compose(self) -> ComposeResult:
        yield Static(id="title")
        self.graph = GraphView(self.model, self.dark_or_light, localized(phrase("No signals yet.")))
        self.entries = EntryView(
            self.model, self.dark_or_light, localized(phrase("Nothing came yet."))
        )
        yield self.graph
        yield self.entries
        yield Static(id="status")
        yield Input(id="typed", select_on_focus=False)
        yield KeysFooter()

    def on_mount(self) -> None:
        self.theme = f"textual-{self.dark_or_light}"
        self.model.add_past(self._source.past())
        self.entries.focus()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        self.set_interval(FRAME_SECONDS, self._take_new)
        self._show_title()

    def on_resize(self, event: events.Resize) -> None:
        is_narrow = event.size.width < WIDTH_OF_KEYS and event.size.height >= 10
        if is_narrow != self.has_class("narrow"):
            self.set_class(is_narrow, "narrow")
            self.query_one(KeysFooter).refresh(recompose=True)

    def on_unmount(self) -> None:
        self._is_stopped.set()

    def _follow(self) -> None:
        self._source.run(self._items.put, self._is_stopped.is_set)

    def _take_new(self) -> None:
        """Add the items that came since the last frame, and draw once."""
        is_new = False
        while True:
            try:
                self.model.add(self._items.get_nowait())
            except Empty:
                break
            is_new = True
        ended = self.model.end_flashes()
        if is_new:
            self.graph.update_rows()
            if self.model.last_sent is not None and not self.graph.has_focus:
                self.graph.reveal(self.model.last_sent)
                self.model.last_sent = None
            self.entries.refresh()
            self._show_title()
        elif ended:
            self.graph.refresh()

    def _show_title(self) -> None:
        model, signal = self.model, self._options.signal
        parts = [self._source.title, *([] if signal is None else [signal])]
        sends = counted("{n:,} new send", "{n:,} new sends", sum(model.sends.values()))
        changes = counted("{n:,} new change", "{n:,} new changes", model.changes)
        parts += [localized(joined([sends, changes]))]
        if model.filter:
            parts.append(localized(phrase("filter: {text}", text=model.filter)))
        self.query_one("#title", Static).update(
            plain("  ".join(parts), "heading", self.dark_or_light)
        )

    def _show_sentence(self, sentence: str) -> None:
        shown = plain(localized(sentence), "warning", self.dark_or_light)
        self.query_one("#status", Static).update(shown)

    # What keys do.

    @property
    def _selected_signal(self) -> str | None:
        """The signal that keys act on: that of the selected row, above or below."""
        row, entry = self.graph.current, self.entries.current
        if self.graph.has_focus or entry is None:
            return None if row is None else row.signal.signal
        return entry_signal(entry) or (None if row is None else row.signal.signal)

    def action_quit_live(self) -> None:
        self.exit(int(ExitStatus.DONE))

    def action_interrupt(self) -> None:
        self.exit(int(ExitStatus.INTERRUPTED))

    def action_filter(self) -> None:
        self._open_line("", is_filtering=True, placeholder=phrase("Show only what has this text"))

    def action_type(self, verb: str) -> None:
        """Open the line with the beginning of a command."""
        words = [verb, *([] if self._selected_signal is None else [self._selected_signal])]
        row = self.graph.current
        if verb == "disconnect" and self.graph.has_focus and row is not None and row.edge:
            words.append(row.edge.receiver)
        line = command(*words).partition(" ")[2] + " "
        self._open_line(line, is_filtering=False, placeholder=phrase("A command of signalcli"))

    def action_leave(self) -> None:
        """Close the line; without one, end the filter."""
        line = self.query_one("#typed", Input)
        if line.has_class("open"):
            self._close_line()
        else:
            self._set_filter("")

    def action_again(self) -> None:
        """Send again what is selected, or the newest send."""
        entries = (self.entries.current, *reversed(self.model.shown))
        record = next((entry for entry in entries if isinstance(entry, Record)), None)
        if record is None:
            self._show_sentence(phrase("Nothing was sent yet."))
        else:
            self._run_command(lambda runner: runner.again(record))

    def action_mute(self) -> None:
        name = self._selected_signal
        row = next((row for row in self.model.rows() if row.signal.signal == name), None)
        if row is None or name is None:
            self._show_sentence(phrase("Select a signal first."))
        else:
            self.action_run("unmute" if row.signal.muted else "mute", name)

    def on_rows_view_opened(self) -> None:
        entry = self.entries.current
        if self.graph.has_focus:
            row = self.graph.current
            self._set_filter("" if row is None or self.model.filter else row.signal.signal)
        elif entry is not None:
            self.push_screen(DetailScreen(entry, self.dark_or_light))

    # The line.

    def _open_line(self, text: str, *, is_filtering: bool, placeholder: str) -> None:
        self._is_filtering = is_filtering
        line = self.query_one("#typed", Input)
        line.placeholder = localized(placeholder)
        line.value = text
        line.add_class("open")
        line.focus()
        line.cursor_position = len(text)

    def _close_line(self) -> None:
        line = self.query_one("#typed", Input)
        line.remove_class("open")
        line.value = ""
        self.entries.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        self._close_line()
        if self._is_filtering:
            self._set_filter(text)
        elif text:
            self._run_command(lambda runner: runner.run(text))

    def _set_filter(self, text: str) -> None:
        self.model.filter = text
        self.entries.select(self.entries.rows)
        self.graph.update_rows()
        self.entries.refresh()
        self._show_title()

    def action_run(self, *words: str) -> None:
        self._run_command(lambda runner: runner.run(command(*words)))

    @work(thread=True, exit_on_error=False)
    def _run_command(self, command: Callable[[CommandRunner], CommandOutcome]) -> None:
        """Run a command in a process of its own, and show the first line that it wrote."""
        if self._options.runner is not None:
            outcome = command(self._options.runner)
            for record in outcome.records:
                self._items.put(record)
            self.call_from_thread(self._show_sentence, outcome.sentence)
