"""Turn failures of application code into errors, with the traceback of its own frames."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import dropwhile
from typing import TYPE_CHECKING, NamedTuple

from signalcli.errors import ApplicationError, MissingModule
from signalcli.language.phrases import Phrase, phrase, sentences
from signalcli.signals.tracebacks import (
    PATCH_FILES,
    describe_error,
    hiding_file,
    is_installed,
    is_signalcli,
    is_stdlib,
    message_of,
    place,
    place_of_fault,
    shorten_message,
)
from signalcli.text import typed_text

if TYPE_CHECKING:
    from traceback import FrameSummary, TracebackException

TIMEOUT_VARIABLE = "SIGNALCLI_APP_TIMEOUT"
"""The environment variable with the time limit of application code, in seconds."""
USUAL_TIME = "30"
"""seconds without that variable."""

_IMPORT_FILES = ("<frozen importlib", os.path.join(os.path.dirname(os.__file__), "importlib", ""))
"""Prefixes of the files of Python's import machinery."""
_FLASK = os.path.join("site-packages", "flask", "cli.py")
"""The end of the file of the ``flask`` command, which loads the application."""


class Operation(NamedTuple):
    """An operation that runs application code, with the words for errors about it."""

    subject: str
    """Such as ``The application 'shop'``."""
    fails: str
    unfinished: str
    during: str
    remedy: str = ""
    """How to fix code that ends the process or never ends, if there is a usual way. It has no full stop."""
    hangs: str = phrase("it may start a server, or wait for something")
    """Why the code may never end."""
    hangs_at: str = phrase("it may start a server at {place}, or wait for something")
    """The same for a known place."""
    more: str = ""
    """What an error adds if it is known only outside the process."""


GUARD = phrase('Guard that with if __name__ == "__main__"')
FAILS = phrase("fails")


def import_operation(what: str) -> Operation:
    """Return the operation of importing an application."""
    return Operation(
        phrase("The application '{name}'", name=what),
        phrase("can't be imported"),
        phrase("was not imported"),
        phrase("it was imported"),
        GUARD,
    )


def call_operation(subject: str, more: str = "") -> Operation:
    """Return the operation of calling a factory or another function."""
    words = FAILS, phrase("did not return"), phrase("it was called")
    return Operation(subject, *words, more=more)


def request_operation(method: str, path: str) -> Operation:
    """Return the operation of a request."""
    return Operation(
        phrase("The request {request}", request=f"{method} {path}"),
        FAILS,
        phrase("was not answered"),
        phrase("it was answered"),
        hangs=phrase("it may wait for something, or its response has no end"),
        hangs_at=phrase("it may wait for something at {place}, or its response has no end"),
    )


def send_operation(signal: str) -> Operation:
    """Return the operation of sending a signal."""
    return Operation(
        phrase("The signal '{name}'", name=signal),
        phrase("can't be sent"),
        phrase("was not sent"),
        phrase("it was sent"),
        hangs=phrase("a receiver may wait for something"),
        hangs_at=phrase("a receiver may wait for something at {place}"),
    )


def look_operation(place: Phrase, asks_repr: bool) -> Operation:
    """Return the operation of describing an application, which may run code of its objects."""
    return Operation(
        phrase("The application '{name}'", **place.arguments),
        phrase("can't be described"),
        phrase("was not described"),
        phrase("it was described"),
        phrase("Leave out --repr") if asks_repr else "",
        phrase("code of its objects may wait for something"),
        phrase("code of its objects may wait for something at {place}"),
    )


def start_operation(python: str) -> Operation:
    """Return the operation of starting an interpreter, which runs what is installed for its start."""
    hangs = phrase(
        "it may not be Python, or its sitecustomize or a .pth file may wait for something"
    )
    return Operation(
        typed_text(python),
        phrase("can't be started"),
        phrase("did not start"),
        phrase("it started"),
        phrase("Name the Python interpreter of the application: --python PATH"),
        hangs,
        hangs,
    )


def hang(operation: Operation, seconds: float, frames: Iterable[FrameSummary]) -> ApplicationError:
    """Return the error for code that exceeds its time limit.

    :param frames: those of the main thread, the outermost first.
    """
    own = own_frames(frames)
    sentence = phrase(
        _HANGS_WITH_REMEDY if operation.remedy else _HANGS,
        subject=operation.subject,
        unfinished=operation.unfinished,
        seconds=f"{seconds:g}",
        cause=phrase(operation.hangs_at, place=_place_of(own)) if own else operation.hangs,
        remedy=operation.remedy,
        variable=f"{TIMEOUT_VARIABLE}={max(2 * seconds, 1):g}",
    )
    return ApplicationError(sentences(sentence, operation.more), details=_listed(own))


_HANGS = phrase("{subject} {unfinished} within {seconds} s: {cause}. Give it more time: {variable}")
_HANGS_WITH_REMEDY = phrase(
    "{subject} {unfinished} within {seconds} s: {cause}. {remedy}, or give it more time: {variable}"
)


def process_end(
    operation: Operation, status: int | None, frames: Iterable[FrameSummary]
) -> ApplicationError:
    """Return the error for code that ends its process or replaces the process's program.

    :param status: the exit status, negative for a signal; ``None`` if another program replaced it.
    :param frames: those of a crash, the outermost first, if known.
    """
    own = own_frames(frames)
    if status is None:
        how = phrase("replaced its process by another program")
    elif status < 0:
        how = phrase("was ended by {signal}", signal=signal_name(-status))
    else:
        how = phrase("ended its process with status {status}", status=status)
    sentence = _end(operation, how, _place_of(own) if own else "")
    return ApplicationError(sentences(sentence, operation.more), details=_listed(own))


def _end(operation: Operation, how: str, place: str) -> str:
    """Return how code ended during an operation, with its remedy."""
    sentence = phrase(
        _ENDED_AT if place else _ENDED,
        subject=operation.subject,
        how=how,
        during=operation.during,
        place=place,
    )
    remedy = operation.remedy and phrase("{remedy}.", remedy=operation.remedy)
    return sentences(sentence, remedy)


_ENDED = phrase("{subject} {how} while {during}.")
_ENDED_AT = phrase("{subject} {how} while {during}, at {place}.")


def signal_name(number: int) -> str:
    """Return the name of a signal of the operating system, such as ``"SIGSEGV"``."""
    from signal import Signals

    try:
        return Signals(number).name
    except ValueError:
        return f"signal {number}"


def fault(operation: Operation, error: BaseException) -> ApplicationError:
    """Return the error for an exception of application code, with its traceback."""
    where = place_of_fault(error)
    if isinstance(error, SystemExit):
        sentence = _sentence_of_exit(operation, error, where)
    else:
        sentence = phrase(
            _RAISES if where == "it" else _RAISES_AT,
            subject=operation.subject,
            fails=operation.fails,
            place=where,
            error=describe_error(error),
        )
    is_missing = isinstance(error, ModuleNotFoundError) and hiding_file(error) is None
    return (MissingModule if is_missing else ApplicationError)(sentence, details=trimmed(error))


_RAISES = phrase("{subject} {fails}, because it raises {error}")
_RAISES_AT = phrase("{subject} {fails}, because {place} raises {error}")


def _place_of(frames: list[FrameSummary]) -> str:
    """Return the innermost place in the user's code, or else in any code."""
    own = [frame for frame in frames if not _is_librarys(frame.filename)]
    innermost = (own or frames)[-1]
    return typed_text(place(innermost.filename, innermost.lineno or 1))


def _is_librarys(file: str) -> bool:
    return is_installed(file) or is_stdlib(file)


def _sentence_of_exit(operation: Operation, error: SystemExit, where: str) -> str:
    status = 0 if error.code is None else error.code
    how = phrase("exited with status {status}", status=status)
    if not isinstance(status, int):
        message = shorten_message(message_of(error))
        how = phrase("exited with the message '{message}'", message=message)
    return _end(operation, how, "" if where == "it" else where)


HEADING = "Traceback (most recent call last):\n"


def trimmed(error: BaseException) -> str:
    """Return Python's traceback without frames of signalcli and of the import machinery."""
    from traceback import StackSummary, TracebackException

    report = TracebackException.from_exception(error)
    for part in _parts_of(report):
        part.stack = StackSummary.from_list(own_frames(part.stack))
    lines = "".join(report.format())
    return lines if report.stack else lines.removeprefix(HEADING)


def _listed(frames: list[FrameSummary]) -> str:
    """Return frames as in a traceback, without the exception: it was signalcli's."""
    from traceback import StackSummary

    lines = "".join(StackSummary.from_list(frames).format())
    return f"{HEADING}{lines}" if lines else ""


def dumped_frames(dump: Iterable[str]) -> list[FrameSummary]:
    """Return the frames of a thread in what :mod:`faulthandler` wrote, the outermost first.

    It is the thread that crashed; without a crash the main one, or another if only that runs the
    user's code.
    """
    from traceback import FrameSummary

    threads: list[list[FrameSummary]] = [[]]
    crashed: list[FrameSummary] | None = None
    is_crash = False
    for line in dump:
        is_crash = is_crash or line.startswith("Fatal Python error")
        if line.endswith("(most recent call first):"):
            threads.append([])
            if is_crash and line.startswith("Current thread"):
                crashed = threads[-1]
        found = re.fullmatch(r' *File "(.*)", line (\d+) in (.*)', line)
        if found is not None:
            threads[-1].insert(0, FrameSummary(found[1], int(found[2]), found[3]))
    if crashed is not None:
        return crashed
    users = [thread for thread in threads if _runs_user_code(thread)]
    return threads[-1] if threads[-1] in users or not users else users[-1]  # the main one is last


def _runs_user_code(frames: Iterable[FrameSummary]) -> bool:
    return not all(_is_librarys(frame.filename) for frame in own_frames(frames))


def own_frames(frames: Iterable[FrameSummary]) -> list[FrameSummary]:
    """Return the application's frames between those of signalcli, without the import machinery."""
    own: list[FrameSummary] = []
    is_after_own = False
    for frame in frames:
        if frame.filename.startswith(_IMPORT_FILES) or frame.filename in PATCH_FILES:
            continue
        is_own = is_signalcli(frame.filename)
        if is_after_own and not is_own:
            own.clear()
        if not is_own:
            own.append(frame)
        is_after_own = is_own
    return list(dropwhile(lambda frame: frame.filename.endswith(_FLASK), own))


def has_own_frames(error: BaseException) -> bool:
    """Return whether an exception came from the application's own code."""
    from traceback import extract_tb

    return bool(own_frames(extract_tb(error.__traceback__)))


def _parts_of(report: TracebackException) -> Iterator[TracebackException]:
    """Yield a traceback and those of its cause, context and group."""
    group: Iterable[TracebackException] = getattr(report, "exceptions", None) or ()  # Python 3.11
    yield report
    for part in (report.__cause__, report.__context__, *group):
        if part is not None:
            yield from _parts_of(part)
