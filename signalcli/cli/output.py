"""Write data to standard output, and notes, progress and errors to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from signalcli.errors import (
    ApplicationError,
    DeclinedQuestion,
    InvalidJSON,
    OutputError,
    SignalcliError,
    quoted_shortly,
)
from signalcli.language.phrases import Phrase, localized, phrase
from signalcli.text import PROGRAM, escape, json_parts, path_from, to_json, typed_text

if TYPE_CHECKING:
    from signalcli.render.bulk import MeasuredSource
    from signalcli.values.result import Result, Value
    from signalcli.values.traces.live import Live

UNLIMITED = 10**7
"""A width in columns at which nothing wraps."""


class Output:
    """Write to the two standard streams. All output of signalcli goes through this class.

    Methods that write data raise OutputError if that fails, BrokenPipeError if its reader closed the
    pipe.
    """

    def __init__(self) -> None:
        self.as_json = False
        self.quiet = False
        self.may_page = True
        """Whether long output on a terminal may go through the pager."""
        self.saves: tuple[str, ...] = ()
        """The files of ``--save``, as the user typed them."""
        self.theme: str | None = None
        """The value of ``--theme``: ``"light"`` or ``"dark"``."""
        self.has_written = False
        """Whether there was any data."""
        self._folder = ""
        """The working directory at the start, which an application may change."""
        self._streamed: list[Result] = []
        self.program = PROGRAM
        """The command that started the program, without its arguments."""
        self.words = [*map(typed_text, sys.argv[1:])]
        """The arguments of the program."""
        self._stdout = sys.stdout  # receivers print to another stream

    def show(self, result: Result) -> None:
        """Write what a command returned: one JSON document, or text between its notes."""
        if not self.as_json:
            self._show_text(result)
        elif result.document is not None and not self._stdout.isatty():
            for part in json_parts(result.document()):
                self.write(part)
            self.write("\n")
        elif result.items is None:
            indent = 2 if self._stdout.isatty() else None
            self._write_whole(self._json(result.value, indent))
        else:
            items = map(self._json, result.items)
            for part in ("".join(items),) if self._stdout.isatty() else items:
                self._write_whole(part)
            self._show_notes(result.notes, result.wraps)

    def _show_text(self, result: Result) -> None:
        self._show_notes(result.opening, result.wraps)
        if result.lines is not None:
            lines: Iterable[str] = map(_line, result.lines)
            if result.wraps and self._stdout.isatty():
                lines = _wrapped(lines, width_of(self._stdout))
            self._write_whole("".join(f"{line}\n" for line in lines))
        else:
            from signalcli.render.draw import draw

            width, color = width_of(self._stdout), _has_color(self._stdout)
            self._write_whole(draw(result.value, width, color, self.theme))
        self._show_notes(result.notes, result.wraps)

    def _json(self, value: Value, indent: int | None = None) -> str:
        text = to_json(value.to_json(), indent) + "\n"
        if self._stdout.isatty() and _has_color(self._stdout):
            from signalcli.cli.terminal import color_json

            return color_json(text)
        return text

    def _write_whole(self, text: str) -> None:
        """Write all of a command's output, through the pager if it is longer than the terminal."""
        if self.may_page and self._stdout.isatty() and os.environ.get("TERM") != "dumb":
            from signalcli.cli.terminal import is_long, show_in_pager

            if is_long(text, self._stdout) and show_in_pager(text, self._stdout):
                return
        self.write(text)

    def _show_notes(self, notes: tuple[str, ...], wraps: bool) -> None:
        if notes:
            self.flush()  # keeps the order on a terminal
        for note in notes:
            self.note(note, wraps=wraps)

    @contextmanager
    def to(self, stdout: TextIO) -> Iterator[None]:
        """Write data to another stream for standard output, while the block runs."""
        before, self._stdout = self._stdout, stdout
        try:
            yield
        finally:
            self._stdout = before

    def stream(self, value: Value) -> None:
        """Write and flush one value of many, as text or as a line of JSON."""
        if self.saves:
            self._streamed.append(value.result())
        self.may_page = False  # the user watches what comes
        if self.as_json:
            self.write(self._json(value))
        else:
            self._show_text(value.result())
        self.flush()

    def screenfuls(self, value: Value) -> list[str]:
        """Return what is drawn of a value in parts that fit the terminal, with a question below each."""
        from signalcli.cli.terminal import screenfuls
        from signalcli.render.draw import draw

        text = draw(value, width_of(self._stdout), _has_color(self._stdout), self.theme)
        lines = os.get_terminal_size(self._stdout.fileno()).lines
        return screenfuls(text, lines - 2) if lines > 2 else [text]

    @property
    def terminal_size(self) -> tuple[int, int] | None:
        """The columns and lines of the terminal; ``None`` if the output is none."""
        return os.get_terminal_size(self._stdout.fileno()) if self._stdout.isatty() else None

    def redraw(self, value: Value) -> None:
        """Write a value in place of the one before, where the output is a terminal."""
        if self.as_json or not self._stdout.isatty() or os.environ.get("TERM") == "dumb":
            return self.stream(value)
        from signalcli.cli.terminal import replaced_screen
        from signalcli.render.draw import draw

        result, width = value.result(), width_of(self._stdout)
        text = "".join(f"{escape(localized(note))}\n" for note in result.notes)
        if result.lines is None:
            text = draw(value, width, _has_color(self._stdout), self.theme) + text
        self.write(replaced_screen(text, self._stdout))
        return self.flush()

    def stream_json(self, value: Value) -> None:
        """Write and flush one value of many as a line of JSON, whether or not ``--json`` is given."""
        self.write(to_json(value.to_json()) + "\n")
        self.flush()

    def end_stream(self, value: Value) -> None:
        """Write the last value of many, and save them."""
        self.stream(value)
        self.save_results()

    def save_as(self, paths: Iterable[str]) -> None:
        """Save the output or a trace in files, which ``parse_new_file`` accepts, when the command ends."""
        self.saves = tuple(paths)
        if not all(map(os.path.isabs, self.saves)):
            self._folder = os.getcwd()

    def save_results(self, result: Result | None = None) -> None:
        """Save the streamed results, or else this one, as ``--save`` asks. OutputError if it fails.

        A file that fails doesn't keep the others from being saved.
        """
        results = self._streamed or ([] if result is None else [result])
        paths, self.saves = self.saves, ()
        title = _title(self.program, self.words, len(paths))
        failed: OutputError | None = None
        for path in dict.fromkeys(paths) if results else ():
            try:
                self._save(path, results, title)
            except OutputError as error:
                if failed is not None:
                    self.error(failed)
                failed = error
        if failed is not None:
            raise failed

    def _save(self, path: str, results: Sequence[Result], title: str) -> None:
        from signalcli.files import replace

        target = os.path.join(self._folder, path_from(path))
        if _would_lose_sends(path, target, results):
            self.note(
                phrase(
                    "{file} has sends and this trace has none, so it was kept as it is.", file=path
                )
            )
            return
        content = _saved_text(path, results, width_of(self._stdout), title, self.theme)
        try:
            replace(os.path.realpath(target), map(str.encode, content))
        except OSError as error:
            raise OutputError(error, path) from error
        self.flush()  # keeps the order on a terminal
        self.note(phrase("Saved {file}.", file=path))

    @contextmanager
    def progress(self, source: MeasuredSource) -> Iterator[Callable[[int], None]]:
        """Draw a progress bar on a terminal. Yields a function that takes the number of new sends."""
        is_terminal = sys.stderr.isatty()
        if self.quiet or not is_terminal or (self.as_json and self._stdout.isatty()):
            yield lambda sent: None
            return
        from signalcli.render.bulk import progress

        with progress(
            source, sys.stderr, width_of(sys.stderr), _has_color(sys.stderr), self._stdout.isatty()
        ) as advance:
            yield advance

    def flush(self) -> None:
        """Flush standard output."""
        try:
            self._stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(error) from error

    def write(self, text: str) -> None:
        """Write text to standard output. The caller escapes unsafe characters."""
        self.has_written |= bool(text)
        try:
            self._stdout.write(text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(error) from error

    def note(self, sentence: str, *, wraps: bool = False) -> None:
        """Write a note to standard error, unless ``--quiet`` hides notes.

        :param wraps: whether to break it at the width of a terminal. A command in it can't be copied then.
        """
        if self.quiet:
            return
        lines: Iterable[str] = [escape(localized(sentence))]
        if wraps and sys.stderr.isatty():
            lines = _wrapped(lines, width_of(sys.stderr))
        self._write_stderr("".join(f"{line}\n" for line in lines))

    def prepare_live(self) -> None:
        """Import what :meth:`show_live` needs, so that the first line isn't late."""
        import signalcli.render.traces.live  # noqa: F401

    def show_live(self, item: Live, *, tree: bool) -> None:
        """Write what a program sent while it runs to standard error, where the program prints."""
        from signalcli.render.traces.live import live_text

        width, color = width_of(sys.stderr), _has_color(sys.stderr)
        self._write_stderr(live_text(item, tree=tree, width=width, color=color))

    def ask(self, question: str, end: str = "") -> None:
        """Write a question, or a line above it, to standard error, with ``--quiet`` too.

        The answer follows on the same line, unless ``end`` is a newline.
        """
        self._write_stderr(escape(localized(question)) + end)
        sys.stderr.flush()

    def erase_question(self, question: str) -> None:
        """Erase a question and the empty line above it; on a terminal that can't, end the line."""
        is_dumb = os.environ.get("TERM") == "dumb"
        lines = _lines_of(escape(localized(question)), width_of(sys.stderr))
        up = "\x1b[A\x1b[K" * (lines - 1)
        self._write_stderr("\n" if is_dumb else f"\r\x1b[K{up}\x1b[A")
        sys.stderr.flush()

    def error(self, error: SignalcliError) -> None:
        """Write an error to standard error, with a caret below the place in invalid JSON."""
        if isinstance(error, ApplicationError):
            self._write_stderr(escape(error.details, keep="\n\t"))
        if isinstance(error, DeclinedQuestion):  # this is no error
            self._write_stderr(f"{escape(localized(str(error)))}\n")
        else:
            self.error_sentence(str(error))
        if isinstance(error, InvalidJSON) and error.position is not None:
            for line in _excerpt(error.text, error.position):
                self._write_stderr(f"  {line}\n")

    def traceback(self) -> None:
        """Write the traceback of the current exception to standard error."""
        from traceback import format_tb

        frames = format_tb(sys.exc_info()[2])
        self._write_stderr(
            "Traceback (most recent call last):\n" + escape("".join(frames), keep="\n")
        )

    def error_sentence(self, sentence: str) -> None:
        """Write an error message to standard error."""
        label = localized(phrase("Error: "))
        text = f"{label}{escape(localized(quoted_shortly(sentence)))}"
        if sys.stderr.isatty():
            (text,) = _wrapped([text], width_of(sys.stderr))
        if _has_color(sys.stderr):
            text = f"\x1b[1;31m{label.rstrip()}\x1b[0m{text.removeprefix(label.rstrip())}"
        self._write_stderr(f"{text}\n")

    def _write_stderr(self, text: str) -> None:
        """Write to standard error. A failure can't be reported, so it is ignored."""
        with suppress(OSError):
            sys.stderr.write(text)


def _saved_text(
    path: str, results: Sequence[Result], width: int, title: str, theme: str | None
) -> Iterable[str]:
    """Return what ``--save`` writes, piece by piece: a picture, a page, Markdown or a trace, by the end of the file's name.

    :param width: of a picture, in columns.
    :param title: the command line.
    :param theme: ``"light"`` or ``"dark"``. Without one, a page follows the system, and a picture is dark.
    """
    from signalcli.cli.parsing.option_values import saved_kind
    from signalcli.values.trace import Trace

    kind, values = saved_kind(path), _saved_values(results)
    traces = [value for value in values if isinstance(value, Trace)]
    if kind == "trace":
        from signalcli.tracing.trace_file import trace_text

        return trace_text(*traces)
    if kind == "perfetto":
        from signalcli.export.trace_events import trace_events

        return trace_events(traces)
    if kind == "html" and len(traces) == len(values):
        from signalcli.pages.trace_page import trace_page

        return [trace_page(traces, title, theme)]
    if kind == "html":
        from signalcli.render.saved.document import document

        return [document(results, title, theme)]
    if kind == "markdown":
        from signalcli.render.saved.markdown import markdown

        return [markdown(results, title)]
    from signalcli.render.saved.picture import picture

    return [picture(results, width, title, theme)]


def _would_lose_sends(path: str, target: str, results: Sequence[Result]) -> bool:
    """Return whether a trace without sends would replace one with sends."""
    from signalcli.cli.parsing.option_values import saved_kind

    has_sends = any(getattr(value, "events", ()) for value in _saved_values(results))
    if saved_kind(path) != "trace" or has_sends:
        return False
    from signalcli.tracing.trace_file import may_have_sends

    return may_have_sends(target)


def _saved_values(results: Sequence[Result]) -> list[Value]:
    return [value for result in results for value in result.saved]


def _title(program: str, words: list[str], saves: int) -> str:
    """Return the command line as the title of a page or a picture, without ``--save``.

    :param saves: how often it has ``--save``. A traced program may have more, which are its own.
    """
    import shlex

    left = [*words]
    for _ in range(saves):
        options = [word.partition("=")[0] for word in left]
        if "--save" in options:
            at = options.index("--save")
            del left[at : at + (1 if "=" in left[at] else 2)]
    return f"{program} {shlex.join(left)}"


def _wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    """Yield lines, broken at a number of columns."""
    from signalcli.cli.terminal import wrapped

    for line in lines:
        yield wrapped(line, width)


def _line(text: str) -> str:
    """Return a line of data as it is shown. Only a phrase is translated."""
    return escape(localized(text) if isinstance(text, Phrase) else text)


def _has_color(stream: TextIO) -> bool:
    """Return whether to write colour: as the environment demands, or on a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width_of(stream: TextIO) -> int:
    """Return the width in columns: of ``COLUMNS``, of a terminal, or else ``UNLIMITED``."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    if not stream.isatty():
        return UNLIMITED
    return os.get_terminal_size(stream.fileno()).columns or 80


def _lines_of(text: str, width: int) -> int:
    """Return how many lines a text takes on a terminal, which breaks it at any character."""
    from signalcli.render.draw import cell_width

    lines, used = 1, 0
    for character in text:
        columns = cell_width(character)
        if used + columns > width:
            lines, used = lines + 1, 0
        used += columns
    return lines


def _excerpt(text: str, position: int) -> tuple[str, str]:
    """Return the line around a position in a text, and a line with a caret below the position."""
    from signalcli.render.draw import cell_width

    start = max(text.rfind("\n", 0, position) + 1, position - 40)
    end = text.find("\n", position)
    line = text[start : min(end if end >= 0 else len(text), position + 20)]
    before = escape(line[: position - start])
    return before + escape(line[position - start :]), " " * cell_width(before) + "^"
