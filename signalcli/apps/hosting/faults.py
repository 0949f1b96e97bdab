"""What somebody's code did wrong, as a sentence, with the traceback of its own frames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import dropwhile
from typing import TYPE_CHECKING, NamedTuple

from signalcli.errors import ApplicationError
from signalcli.receivers.importer import place_of_fault
from signalcli.signals.functions import message_of, place
from signalcli.text import typed_text

if TYPE_CHECKING:
    from traceback import FrameSummary, TracebackException
    from types import FrameType

TIMEOUT_VARIABLE = "SIGNALCLI_APP_TIMEOUT"
"""The variable that gives an application more time, in seconds."""
USUAL_TIME = "30"
"""seconds, as that variable would have them."""

LONGEST = 300
"""characters of an exception's message in a sentence: the traceback has the rest."""

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
_MACHINERY = (
    "<frozen importlib",
    os.path.join(os.path.dirname(os.__file__), "importlib", ""),
    *(
        os.path.join(_PACKAGE, f"{module}.py")
        for module in ("classes", "tracing", "underway", "apps/connects")
    ),
)
"""What stands between a line of the application's and the code that it runs: imports, and what is
around the methods of signals."""


_FLASK = os.path.join("site-packages", "flask", "cli.py")


class OutOfTime(BaseException):
    """The time is up. It isn't an ``Exception``, so that few applications catch it."""


class EndsProcess(BaseException):
    """The code wants to end this process past Python, or to put another program in its place.

    :param function: the function of ``os`` that it called, as it is written.
    :param status: the status that it would end in, if it would end.
    :param becomes: the other program.
    """

    def __init__(
        self, function: str, status: int | None = None, becomes: str | None = None
    ) -> None:
        super().__init__(function)
        self.status = status
        self.becomes = becomes


class Step(NamedTuple):
    """What somebody's code is run for: the words of the sentences about it."""

    subject: str
    """Such as ``The application 'shop'``."""
    fails: str
    unfinished: str
    during: str
    remedy: str
    """What to do about code that ends the process or never ends."""
    hangs: str = "it may start a server{at}, or wait for something"
    """Why it may never end."""


GUARD = 'Guard that with if __name__ == "__main__"'


def importing(what: str) -> Step:
    """The import of an application."""
    subject = f"The application '{what}'"
    return Step(subject, "can't be imported", "was not imported", "it was imported", GUARD)


def calling(what: str) -> Step:
    """The call of its factory."""
    subject = f"The factory '{what}'"
    return Step(subject, "fails", "did not return", "it was called", "Mend that")


def running(what: str) -> Step:
    """The run of a program."""
    subject = f"The program '{what}'"
    return Step(subject, "fails", "did not end", "it ran", "Mend that")


def requesting(method: str, path: str) -> Step:
    """A request to it."""
    subject = f"The request {method} {path}"
    hangs = "it may wait for something{at}, or its response has no end"
    return Step(subject, "fails", "was not answered", "it was answered", "Mend that", hangs)


def sending(signal: str) -> Step:
    """A send of one of its signals. There is no end to the time of that, but Ctrl-C."""
    subject = f"The signal '{signal}'"
    return Step(subject, "can't be sent", "was not sent", "it was sent", "Mend that")


def hang(step: Step, seconds: float, frame: FrameType | None) -> ApplicationError:
    """The error that tells that the code takes longer than it has, and can't be interrupted.

    :param frame: where its thread is.
    """
    from traceback import extract_stack

    frames = [] if frame is None else own_frames(extract_stack(frame))
    where = typed_text(place(frames[-1].filename, frames[-1].lineno or 1)) if frames else "it"
    return ApplicationError(_sentence_of_hang(step, seconds, where), _listed(frames))


def fault(
    step: Step, error: BaseException, *, late: float | None, forked: bool
) -> ApplicationError:
    """The error that tells what the code raised, with the traceback of it.

    :param late: how many seconds it was given, if it needed more.
    :param forked: whether it left a process behind that goes on without us.
    """
    from traceback import extract_tb

    where = place_of_fault(error)
    if late is not None:
        sentence = _sentence_of_hang(step, late, where)
    elif isinstance(error, (SystemExit, EndsProcess)):
        sentence = _sentence_of_exit(step, error, where, forked)
    else:
        sentence = f"{step.subject} {step.fails}, because {where} raises {_described(error)}"
    if late is not None or isinstance(error, EndsProcess):
        return ApplicationError(sentence, _listed(extract_tb(error.__traceback__)))
    return ApplicationError(sentence, trimmed(error))


def _sentence_of_hang(step: Step, seconds: float, where: str) -> str:
    """Why an application that isn't ready in time may not be, and what to do."""
    at = "" if where == "it" else f" at {where}"
    return (
        f"{step.subject} {step.unfinished} within {seconds:g} s: {step.hangs.format(at=at)}. "
        f"{step.remedy}, or give it more time: {TIMEOUT_VARIABLE}={max(2 * seconds, 1):g}"
    )


def _sentence_of_exit(step: Step, error: BaseException, where: str, forked: bool) -> str:
    how = f"called {error}"
    if isinstance(error, SystemExit):
        status = 0 if error.code is None else error.code
        how = f"exited with status {status}"
        if not isinstance(status, int):
            how = f"exited with the message '{_cut(message_of(error))}'"
    at = "" if where == "it" else f", at {where}"
    left = ", and left a process behind that it forked" if forked else ""
    return f"{step.subject} {how} while {step.during}{at}{left}. {step.remedy}."


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

HEADING = "Traceback (most recent call last):\n"


def trimmed(error: BaseException) -> str:
    """The traceback as Python writes it, without frames of ours and of the import machinery.

    :return: lines, each with its end.
    """
    from traceback import StackSummary, TracebackException

    report = TracebackException.from_exception(error)
    for part in _parts_of(report):
        part.stack = StackSummary.from_list(own_frames(part.stack))
    lines = "".join(report.format())
    return lines if report.stack else lines.removeprefix(HEADING)


def _listed(frames: Iterable[FrameSummary]) -> str:
    """Where the code was, as in a traceback, but without an exception: ours took it away."""
    from traceback import StackSummary

    lines = "".join(StackSummary.from_list(own_frames(frames)).format())
    return f"{HEADING}{lines}" if lines else ""


def own_frames(frames: Iterable[FrameSummary]) -> list[FrameSummary]:
    """Those between our frames, with which the code was run and taken away from where it was.

    The import machinery's are left out.
    """
    own: list[FrameSummary] = []
    came_from_us = False
    for frame in frames:
        if frame.filename.startswith(_MACHINERY):
            continue
        is_ours = frame.filename.startswith(_PACKAGE)
        if came_from_us and not is_ours:
            own.clear()
        if not is_ours:
            own.append(frame)
        came_from_us = is_ours
    return list(dropwhile(_loads, own))


def _loads(frame: FrameSummary) -> bool:
    """Whether it is of the ``flask`` command, which loads an application for us."""
    return frame.filename.endswith(_FLASK)


def has_own_frames(error: BaseException) -> bool:
    """Whether an exception came from the application's code, and not from looking for it."""
    from traceback import extract_tb

    return bool(own_frames(extract_tb(error.__traceback__)))


def _parts_of(report: TracebackException) -> Iterator[TracebackException]:
    """It and all that it was raised from, during, or for."""
    group: Iterable[TracebackException] = getattr(report, "exceptions", None) or ()  # Python 3.11
    yield report
    for part in (report.__cause__, report.__context__, *group):
        if part is not None:
            yield from _parts_of(part)
