"""Turn failures of application code into errors, with the traceback of its own frames."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import dropwhile
from typing import TYPE_CHECKING, NamedTuple

from signalcli.errors import ApplicationError, MissingModule
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


class Operation(NamedTuple):
    """An operation that runs application code, with the words for errors about it."""

    subject: str
    """Such as ``The application 'shop'``."""
    fails: str
    unfinished: str
    during: str
    remedy: str = ""
    """How to fix code that ends the process or never ends, if there is a usual way."""
    hangs: str = "it may start a server{at}, or wait for something"
    """Why the code may never end."""
    more: str = ""
    """What an error adds if it is known only outside the process."""


GUARD = 'Guard that with if __name__ == "__main__"'


def import_operation(what: str) -> Operation:
    """Return the operation of importing an application."""
    subject = f"The application '{what}'"
    return Operation(subject, "can't be imported", "was not imported", "it was imported", GUARD)


def call_operation(subject: str, more: str = "") -> Operation:
    """Return the operation of calling a factory or another function."""
    return Operation(subject, "fails", "did not return", "it was called", more=more)


def request_operation(method: str, path: str) -> Operation:
    """Return the operation of a request."""
    subject = f"The request {method} {path}"
    hangs = "it may wait for something{at}, or its response has no end"
    return Operation(subject, "fails", "was not answered", "it was answered", hangs=hangs)


def send_operation(signal: str) -> Operation:
    """Return the operation of sending a signal."""
    subject = f"The signal '{signal}'"
    hangs = "a receiver may wait for something{at}"
    return Operation(subject, "can't be sent", "was not sent", "it was sent", hangs=hangs)


def look_operation(place: str, asks_repr: bool) -> Operation:
    """Return the operation of describing an application, which may run code of its objects."""
    remedy = "Leave out --repr" if asks_repr else ""
    hangs = "code of its objects may wait for something{at}"
    words = f"The {place}", "can't be described", "was not described", "it was described"
    return Operation(*words, remedy, hangs)


def start_operation(python: str) -> Operation:
    """Return the operation of starting an interpreter, which runs what is installed for its start."""
    remedy = "Name the Python interpreter of the application: --python PATH"
    hangs = "it may not be Python, or its sitecustomize or a .pth file may wait for something"
    words = typed_text(python), "can't be started", "did not start", "it started"
    return Operation(*words, remedy, hangs)


def hang(operation: Operation, seconds: float, frames: Iterable[FrameSummary]) -> ApplicationError:
    """Return the error for code that exceeds its time limit.

    :param frames: those of the main thread, the outermost first.
    """
    own = own_frames(frames)
    at = f" at {_place_of(own)}" if own else ""
    give = f"{operation.remedy}, or give" if operation.remedy else "Give"
    return ApplicationError(
        f"{operation.subject} {operation.unfinished} within {seconds:g} s: "
        f"{operation.hangs.format(at=at)}. {give} it more time: "
        f"{TIMEOUT_VARIABLE}={max(2 * seconds, 1):g}{operation.more}",
        _listed(own),
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
        how = "replaced its process by another program"
    elif status < 0:
        how = f"was ended by {signal_name(-status)}"
    else:
        how = f"ended its process with status {status}"
    at = f", at {_place_of(own)}" if own else ""
    return ApplicationError(
        f"{operation.subject} {how} while {operation.during}{at}.{_remedy_of(operation)}{operation.more}",
        _listed(own),
    )


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
        sentence = (
            f"{operation.subject} {operation.fails}, because {where} raises {describe_error(error)}"
        )
    is_missing = isinstance(error, ModuleNotFoundError) and hiding_file(error) is None
    return (MissingModule if is_missing else ApplicationError)(sentence, trimmed(error))


def _place_of(frames: list[FrameSummary]) -> str:
    """Return the innermost place in the user's code, or else in any code."""
    own = [frame for frame in frames if not _is_librarys(frame.filename)]
    innermost = (own or frames)[-1]
    return typed_text(place(innermost.filename, innermost.lineno or 1))


def _is_librarys(file: str) -> bool:
    return is_installed(file) or is_stdlib(file)


def _sentence_of_exit(operation: Operation, error: SystemExit, where: str) -> str:
    status = 0 if error.code is None else error.code
    how = f"exited with status {status}"
    if not isinstance(status, int):
        how = f"exited with the message '{shorten_message(message_of(error))}'"
    at = "" if where == "it" else f", at {where}"
    return f"{operation.subject} {how} while {operation.during}{at}.{_remedy_of(operation)}"


def _remedy_of(operation: Operation) -> str:
    return f" {operation.remedy}." if operation.remedy else ""


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
    return list(dropwhile(_is_flask_command, own))


def _is_flask_command(frame: FrameSummary) -> bool:
    """Return whether a frame belongs to the ``flask`` command, which loads the application."""
    return frame.filename.endswith(_FLASK)


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
