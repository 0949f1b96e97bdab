"""What somebody's code did wrong, as a sentence, with the traceback of its own frames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from signalcli.errors import ApplicationError
from signalcli.functions import message_of
from signalcli.loading import place_of_fault
from signalcli.text import typed_text

if TYPE_CHECKING:
    from traceback import FrameSummary, TracebackException

TIMEOUT_VARIABLE = "SIGNALCLI_APP_TIMEOUT"
"""The variable that gives an application more time, in seconds."""

LONGEST = 300
"""characters of an exception's message in a sentence: the traceback has the rest."""

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
_IMPORTLIB = os.path.join(os.path.dirname(os.__file__), "importlib", "")


class OutOfTime(BaseException):
    """The time is up. It isn't an ``Exception``, so that few applications catch it."""


class EndsProcess(BaseException):
    """The code wants to end this process past Python, or to put another program in its place.

    :param function: the function of ``os`` that it called, as it is written.
    """


class Step(NamedTuple):
    """What somebody's code is run for: the words of the sentences about it."""

    subject: str
    """Such as ``The application 'shop'``."""
    fails: str
    unfinished: str
    during: str
    remedy: str
    """What to do about code that ends the process or never ends."""


GUARD = 'Guard that with if __name__ == "__main__"'


def importing(what: str) -> Step:
    """The import of an application."""
    subject = f"The application '{what}'"
    return Step(subject, "can't be imported", "was not imported", "it was imported", GUARD)


def calling(what: str) -> Step:
    """The call of its factory."""
    subject = f"The factory '{what}'"
    return Step(subject, "fails", "did not return", "it was called", "Mend that")


def fault(
    step: Step, error: BaseException, *, late: float | None, forked: bool
) -> ApplicationError:
    """The error that tells what the code raised, with the traceback of it.

    :param late: how many seconds it was given, if it needed more.
    :param forked: whether it left a process behind that goes on without us.
    """
    place = place_of_fault(error)
    if late is not None:
        return ApplicationError(sentence_of_hang(step, late, place), _frames_of(error))
    if isinstance(error, (SystemExit, EndsProcess)):
        sentence = _sentence_of_exit(step, error, place, forked)
    else:
        sentence = f"{step.subject} {step.fails}, because {place} raises {_described(error)}"
    return ApplicationError(sentence, trimmed(error))


def sentence_of_hang(step: Step, seconds: float, place: str) -> str:
    """Why an application that isn't ready in time may not be, and what to do."""
    where = "" if place == "it" else f" at {place}"
    return (
        f"{step.subject} {step.unfinished} within {seconds:g} s: it may start a server{where}, or "
        f"wait for something. {step.remedy}, or give it more time: "
        f"{TIMEOUT_VARIABLE}={max(2 * seconds, 1):g}"
    )


def _sentence_of_exit(step: Step, error: BaseException, place: str, forked: bool) -> str:
    how = f"called {error}"
    if isinstance(error, SystemExit):
        status = 0 if error.code is None else error.code
        how = f"exited with status {status}"
        if not isinstance(status, int):
            how = f"exited with the message '{_cut(message_of(error))}'"
    where = "" if place == "it" else f", at {place}"
    left = ", and left a process behind that it forked" if forked else ""
    return f"{step.subject} {how} while {step.during}{where}{left}. {step.remedy}."


def _described(error: BaseException) -> str:
    """An exception, as the end of a sentence, with what to do about it."""
    import sys

    message = error.msg if isinstance(error, SyntaxError) else message_of(error)
    text = type(error).__name__ + (f": {_cut(message)}" if message else "")
    text += "" if text.endswith((".", "!", "?", "…")) else "."
    if isinstance(error, ModuleNotFoundError):
        text += f" Install what is missing for {typed_text(sys.executable)}, or mend that line."
    return text


def _cut(message: str) -> str:
    """The first line of a message, and no more of it than a sentence takes."""
    line = message.strip().partition("\n")[0].rstrip()
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


# The traceback.


def trimmed(error: BaseException) -> str:
    """The traceback as Python writes it, without frames of ours and of the import machinery.

    :return: lines, each with its end.
    """
    from traceback import StackSummary, TracebackException

    report = TracebackException.from_exception(error)
    for part in _parts_of(report):
        part.stack = StackSummary.from_list([*own_frames(part.stack)])
    lines = "".join(report.format())
    return lines if report.stack else lines.removeprefix("Traceback (most recent call last):\n")


def _frames_of(error: BaseException) -> str:
    """Where the code was, without the exception that took it away from there."""
    from traceback import extract_tb

    return listed(extract_tb(error.__traceback__))


def listed(frames: Iterable[FrameSummary]) -> str:
    """Those frames of a stack that are the application's, as in a traceback."""
    from traceback import StackSummary

    lines = "".join(StackSummary.from_list([*own_frames(frames)]).format())
    return f"Traceback (most recent call last):\n{lines}" if lines else ""


def own_frames(frames: Iterable[FrameSummary]) -> Iterator[FrameSummary]:
    """The frames that are neither ours nor of the import machinery."""
    for frame in frames:
        machinery = frame.filename.startswith(("<frozen importlib", _IMPORTLIB, _PACKAGE))
        if not machinery:
            yield frame


def has_own_frames(error: BaseException) -> bool:
    """Whether an exception came from the application's code, and not from looking for it."""
    from traceback import extract_tb

    return any(own_frames(extract_tb(error.__traceback__)))


def _parts_of(report: TracebackException) -> Iterator[TracebackException]:
    """It and all that it was raised from, during, or for."""
    group: Iterable[TracebackException] = getattr(report, "exceptions", None) or ()  # Python 3.11
    yield report
    for part in (report.__cause__, report.__context__, *group):
        if part is not None:
            yield from _parts_of(part)
