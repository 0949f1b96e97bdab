"""Where everything that a command says goes: data to standard output, the rest to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol, TextIO, runtime_checkable

from signalcli.errors import Declined, InvalidJSON, OutputError, SignalcliError
from signalcli.text import escape, to_json

UNLIMITED = 10**7
"""columns: nothing is wrapped or cut."""


class Value(Protocol):
    """What a command returns: a frozen value that knows its JSON."""

    def to_json(self) -> dict[str, Any]:
        """The JSON document that scripts read."""


@runtime_checkable
class Noted(Protocol):
    """A value that is told in sentences, where it has any: a change, or a list of nothing."""

    @property
    def notes(self) -> tuple[str, ...]: ...


@runtime_checkable
class PlainValue(Protocol):
    """A value that a shell reads, such as a path: it is written without any layout."""

    @property
    def lines(self) -> Sequence[str]: ...


class Output:
    """The one way to standard output and standard error."""

    def __init__(self) -> None:
        self.as_json = False
        self.quiet = False

    def value(self, value: Value) -> None:
        """Write a command's value: one JSON document, or what a person reads.

        For a person, what there is to say about it goes beside the data.
        """
        if self.as_json:
            indent = 2 if sys.stdout.isatty() else None
            self.write(to_json(value.to_json(), indent) + "\n")
        elif isinstance(value, Noted) and value.notes:
            for note in value.notes:
                self.note(note)
        elif isinstance(value, PlainValue):
            self.write("".join(f"{escape(line)}\n" for line in value.lines))
        else:
            from signalcli.render import drawn

            self.write(drawn(value, width_of(sys.stdout), _has_color(sys.stdout)))

    def write(self, text: str) -> None:
        """Write text that is safe to print to standard output.

        :raises OutputError: if that fails.
        :raises BrokenPipeError: if nobody reads it any more.
        """
        try:
            sys.stdout.write(text)
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
