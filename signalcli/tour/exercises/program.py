"""The program in the file of an exercise, after it ran, and what its signals do."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

from signalcli.language.phrases import phrase

KINDS = {"signal": phrase("a signal"), "list": phrase("a list"), "function": phrase("a function")}


class ProgramDifference(Exception):
    """A difference between a program and the goal that ends the comparison."""


class ExerciseProgram(NamedTuple):
    """The program in the file of an exercise, after it ran."""

    path: str
    file: str
    """Its name, as it is shown."""
    names: dict[str, Any]
    """What the program defines."""

    def signal(self, name: str) -> Any:
        """Return a signal of the program. Raises ProgramDifference if the name isn't one."""
        from blinker import Signal

        return self._defined(name, "signal", lambda found: isinstance(found, Signal))

    def list(self, name: str) -> Any:
        """Return a list of the program. See :meth:`signal`."""
        return self._defined(name, "list", lambda found: isinstance(found, list))

    def function(self, name: str) -> Any:
        """Return a function of the program. See :meth:`signal`."""
        return self._defined(name, "function", callable)

    def _defined(self, name: str, kind: str, is_one: Callable[[Any], bool]) -> Any:
        found = self.names.get(name)
        if not is_one(found):
            raise ProgramDifference(
                phrase(
                    "{file} should define {name} as {kind}.",
                    file=self.file,
                    name=name,
                    kind=KINDS[kind],
                )
            )
        return found

    def result(
        self, shown: str, function: Callable[..., Any], /, *arguments: Any, **payload: Any
    ) -> Any:
        """Return what a call returns.

        :param shown: how the call is shown.
        :raises ProgramDifference: with the exception that the call raises.
        """
        try:
            return function(*arguments, **payload)
        except Exception as error:  # noqa: BLE001 - the learner's code
            raise ProgramDifference(
                phrase("{call} raises {error}.", call=shown, error=self.described(error))
            ) from None

    def described(self, error: BaseException) -> str:
        """Return an exception as a text, with its line if it is known."""
        message = error.msg if isinstance(error, SyntaxError) else error
        text = f"{type(error).__name__}: {message}".rstrip(": .")
        line = self.line_of(error)
        if line is None:
            return text
        return phrase("{error} (line {line})", error=text, line=line)

    def line_of(self, error: BaseException) -> int | None:
        """Return the last line of the file that an exception came through; ``None`` if it is in no line."""
        if isinstance(error, SyntaxError) and error.filename == self.path:
            return error.lineno
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == self.path]
        return lines[-1] if lines else None
