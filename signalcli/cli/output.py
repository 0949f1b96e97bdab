"""Where everything that a command says goes: data to standard output, the rest to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from signalcli.errors import ApplicationError, Declined, InvalidJSON, OutputError, SignalcliError
from signalcli.text import PROGRAM, escape, path_from, to_json, typed_text

if TYPE_CHECKING:
    from signalcli.cli.value import Value
    from signalcli.render.progress import Measured

UNLIMITED = 10**7
"""columns: nothing is wrapped or cut."""


class Output:
    """The one way to standard output and standard error."""

    def __init__(self) -> None:
        self.as_json = False
        self.quiet = False
        self.save: str | None = None
        """The file that what is drawn is saved in, as it was typed."""
        self._folder = ""
        """Where that was typed: an application may go elsewhere."""
        self._streamed: list[Value] = []
        self.program = PROGRAM
        """What was typed before the words of the command line."""
        self._words = sys.argv[1:]
        """The command line: an application may change that."""
        self._stdout = sys.stdout  # what receivers print meanwhile goes elsewhere

    def value(self, value: Value) -> None:
        """Write a command's value: one JSON document, or what a person reads.

        For a person, what there is to say about it goes beside the data, after it.
        """
        items = getattr(value, "items", None)
        if not self.as_json:
            self._show(value)
        elif items is None:
            indent = 2 if self._stdout.isatty() else None
            self.write(to_json(value.to_json(), indent) + "\n")
        else:
            for item in items:
                self.write(to_json(item.to_json()) + "\n")
            self._say(value)

    def _show(self, value: Value) -> None:
        """Write what a person reads: the data, and beside it what there is to say about them."""
        if hasattr(value, "lines"):
            self.write("".join(f"{escape(line)}\n" for line in value.lines))
        elif getattr(value, "is_drawn", True):
            from signalcli.render import drawn

            self.write(drawn(value, width_of(self._stdout), _has_color(self._stdout)))
        self._say(value)

    def _say(self, value: Value) -> None:
        sentences: tuple[str, ...] = getattr(value, "sentences", ())
        if sentences:
            self.flush()  # for the order on a screen
        for sentence in sentences:
            self.note(sentence)

    @contextmanager
    def to(self, stdout: TextIO) -> Iterator[None]:
        """Write data to another stream that leads to standard output, while the block lasts."""
        before, self._stdout = self._stdout, stdout
        try:
            yield
        finally:
            self._stdout = before

    def stream(self, value: Value) -> None:
        """Write one value of many, at once: a line of JSON, or what a person reads.

        :raises OutputError: if that fails.
        :raises BrokenPipeError: if nobody reads it any more.
        """
        if self.save is not None:
            self._streamed.append(value)
        if self.as_json:
            self.write(to_json(value.to_json()) + "\n")
        else:
            self._show(value)
        self.flush()

    def save_as(self, path: str) -> None:
        """Ask for a picture of all that is drawn, or for a trace to be kept.

        :param path: its file, that :func:`signalcli.cli.parsing.senders_and_payload.parse_new_file` takes.
        """
        self.save = path
        if not os.path.isabs(path):
            self._folder = os.getcwd()

    def save_picture(self, value: Value | None = None) -> None:
        """Save what was streamed, or else this value, in the file that is asked for, if one is.

        :raises OutputError: if its file can't be written.
        """
        values = self._streamed or ([] if value is None else [value])
        path, self.save = self.save, None
        if path is None or not values:
            return
        from signalcli.cli.parsing.senders_and_payload import is_picture
        from signalcli.files import replace
        from signalcli.tracing.trace_file import kept

        content = self._picture(values, path) if is_picture(path) else kept(values[0])
        try:
            target = os.path.join(self._folder, path_from(path))
            replace(os.path.realpath(target), content.encode())
        except OSError as error:
            raise OutputError(error, path) from error
        self.flush()  # for the order on a screen
        self.note(f"Saved {path}.")

    def _picture(self, values: Sequence[Value], path: str) -> str:
        from signalcli.render.pictures import picture

        kind = path.rpartition(".")[2].lower()
        return picture(
            values, kind, width_of(self._stdout), _title(self.program, map(typed_text, self._words))
        )

    @contextmanager
    def progress(self, source: Measured) -> Iterator[Callable[[int], None]]:
        """A progress bar on standard error, if that is a terminal, while the block lasts.

        :param source: what is got through.
        :return: a function to call with the number of sends since the last call.
        """
        is_terminal = sys.stderr.isatty()
        if self.quiet or not is_terminal or (self.as_json and self._stdout.isatty()):
            yield lambda sent: None
            return
        from signalcli.render.progress import progress

        with progress(
            source, sys.stderr, width_of(sys.stderr), _has_color(sys.stderr), self._stdout.isatty()
        ) as advance:
            yield advance

    def flush(self) -> None:
        """Let what was written be seen.

        :raises OutputError: if that fails.
        :raises BrokenPipeError: if nobody reads it any more.
        """
        try:
            self._stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(error) from error

    def write(self, text: str) -> None:
        """Write text that is safe to print to standard output.

        :raises OutputError: if that fails.
        :raises BrokenPipeError: if nobody reads it any more.
        """
        try:
            self._stdout.write(text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(error) from error

    def note(self, sentence: str) -> None:
        """Write a sentence beside the data."""
        if not self.quiet:
            self._beside(escape(sentence) + "\n")

    def ask(self, question: str) -> None:
        """Write a question, for an answer on the same line. It's no data, so it goes beside it."""
        self._beside(escape(question))
        sys.stderr.flush()

    def error(self, error: SignalcliError) -> None:
        """Write an error, with a caret under the place in bad JSON."""
        if isinstance(error, ApplicationError):
            self._beside(escape(error.details, keep="\n\t"))
        if isinstance(error, Declined):  # nothing went wrong
            self._beside(f"{escape(str(error))}\n")
        else:
            self.error_sentence(str(error))
        if isinstance(error, InvalidJSON) and error.position is not None:
            for line in _excerpt(error.text, error.position):
                self._beside(f"  {line}\n")

    def traceback(self) -> None:
        """Write where the error that is being handled came from."""
        from traceback import format_tb

        frames = format_tb(sys.exc_info()[2])
        self._beside("Traceback (most recent call last):\n" + escape("".join(frames), keep="\n"))

    def error_sentence(self, sentence: str) -> None:
        """Write the sentence of an error."""
        label = "\x1b[1;31mError:\x1b[0m" if _has_color(sys.stderr) else "Error:"
        self._beside(f"{label} {escape(sentence)}\n")

    def _beside(self, text: str) -> None:
        """Write to standard error. If that fails, there is nobody left to tell."""
        with suppress(OSError):
            sys.stderr.write(text)


def _title(program: str, words: Iterable[str]) -> str:
    """The command line whose drawing is saved, without the option that says so."""
    import shlex

    left = [word for word in words if not word.startswith("--save=")]
    if "--save" in left:
        del left[left.index("--save") : left.index("--save") + 2]
    return f"{program} {shlex.join(left)}"


def _has_color(stream: TextIO) -> bool:
    """Whether to write colour: a person's wish, or a terminal that shows it."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width_of(stream: TextIO) -> int:
    """The columns to fit into: an explicit ``COLUMNS``, else those of the terminal, if it is one."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    if not stream.isatty():
        return UNLIMITED
    return os.get_terminal_size(stream.fileno()).columns or 80


def _excerpt(text: str, position: int) -> tuple[str, str]:
    """The line of a text around a position, and a caret that stands under it."""
    from signalcli.render import cell_width

    start = max(text.rfind("\n", 0, position) + 1, position - 40)
    end = text.find("\n", position)
    line = text[start : min(end if end >= 0 else len(text), position + 20)]
    before = escape(line[: position - start])
    return before + escape(line[position - start :]), " " * cell_width(before) + "^"
