"""Exceptions and their frames: where one was raised, and whether a file is user code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from itertools import takewhile
from opcode import opmap
from types import FrameType, TracebackType

import signalcli
from signalcli.language.phrases import phrase, sentences
from signalcli.signals.reflection import short_class_name
from signalcli.text import typed_text
from signalcli.values.delivery import RaisedError

PACKAGE = os.path.join(os.path.dirname(signalcli.__file__), "")

RECEIVER_FILES: set[str] = set()
"""The files of signalcli that define receivers. Their exceptions are shown with a place."""

WRAPPER = "<signalcli importlib._bootstrap>"
"""The file name of functions that replace others. ``warnings.warn`` skips frames of ``importlib._bootstrap``
when it counts them by ``stacklevel``, so a warning is shown where it would be without the wrappers."""
PATCH_FILES: set[str] = {WRAPPER}
"""The files of signalcli whose functions wrap methods of signals."""

_TRACEBACK: Callable[[BaseException], TracebackType | None] = vars(BaseException)[
    "__traceback__"
].__get__
_STDLIB = os.path.join(os.path.dirname(os.__file__), "")


LONGEST = 300
"""characters of an exception's message in an error. A traceback has the whole message."""


def is_signalcli(file: str) -> bool:
    """Return whether a file is part of signalcli."""
    return file.startswith(PACKAGE) or file == WRAPPER


def is_blinker(file: str) -> bool:
    """Return whether a file is part of blinker."""
    import blinker

    return file.startswith(os.path.join(os.path.dirname(blinker.__file__), ""))


def is_installed(file: str) -> bool:
    """Return whether a file belongs to an installed package."""
    return not {"site-packages", "dist-packages"}.isdisjoint(file.split(os.sep))


def is_stdlib(file: str) -> bool:
    """Return whether a file is part of Python's standard library.

    A relative path counts if the library has that module and the current directory no such file.
    """
    if file.startswith("<frozen "):
        return True
    if os.path.isabs(file):
        return file.startswith(_STDLIB) and not is_installed(file[len(_STDLIB) :])
    first = file.replace(os.sep, "/").partition("/")[0].removesuffix(".py")
    return first in sys.stdlib_module_names and not os.path.exists(file)


def frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    """Yield the frames and lines that an exception passed, the innermost last."""
    traceback = _TRACEBACK(error)
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def origin(error: BaseException) -> tuple[str, int] | None:
    """Return the file and line of an exception, or ``None`` if no receiver was entered.

    That is the last line of user code since the last send, or else the last line of the receiver's own
    file: a receiver of an installed package may raise in another one.
    """
    places = [(frame.f_code.co_filename, line) for frame, line in frames(error)]
    entered = list(takewhile(lambda place: not _is_dispatch(place[0]), reversed(places)))
    own = (place for place in entered if _is_own(place[0]))
    of_receiver = (place for place in entered if place[0] == entered[-1][0])
    return next(own, next(of_receiver)) if entered else None


def frame_outside() -> FrameType | None:
    """Return the innermost frame of code that isn't signalcli's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_signalcli(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def drops_result(frame: FrameType | None) -> bool:
    """Return whether a frame is in a call whose value nothing uses.

    Python then has an instruction after the call that removes its value.
    """
    if frame is None:
        return False
    code, after = frame.f_code.co_code, frame.f_lasti + 2
    while after < len(code) and code[after] == opmap.get("CACHE", -1):
        after += 2
    return after < len(code) and code[after] == opmap["POP_TOP"]


def own_place(error: BaseException) -> tuple[str, int] | None:
    """Return the last line of user code that an exception passed.

    Falls back to the last line of an installed package; ``None`` if it passed neither.
    """
    places = [(frame.f_code.co_filename, line) for frame, line in frames(error)]
    own = [place for place in places if _is_own(place[0]) and not is_signalcli(place[0])]
    installed = [place for place in places if is_installed(place[0]) and not is_signalcli(place[0])]
    return (own or installed)[-1] if own or installed else None


def _is_dispatch(file: str) -> bool:
    """Return whether a file calls receivers, but defines none."""
    return (is_signalcli(file) or is_blinker(file)) and file not in RECEIVER_FILES


def _is_own(file: str) -> bool:
    """Return whether a file is user code: no installed package, and not Python's own."""
    is_of_others = is_installed(file) or is_stdlib(file)
    is_there = os.path.isabs(file) or os.path.exists(file)  # relative, as of runpy.run_path
    return file in RECEIVER_FILES or (is_there and not is_of_others)


def message_of(error: BaseException) -> str:
    """Return the message of an exception."""
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as broken:  # noqa: BLE001 - its own __str__ may raise anything
        return phrase("<no message: its __str__ raises {error}>", error=type(broken).__name__)


def raised_error(
    error: BaseException, message: Callable[[BaseException], str] = message_of
) -> RaisedError:
    """Return an exception as a frozen value; without a place if no receiver was entered.

    :param message: returns its message.
    """
    raised_at = None if _TRACEBACK(error) is None else origin(error)
    where = None if raised_at is None else place(*raised_at)
    return RaisedError(short_class_name(type(error)), message(error), where)


def place(file: str, line: int) -> str:
    """Return a file and line, relative to signalcli, the current directory or an import path."""
    if is_signalcli(file):
        return f"signalcli/{file[len(PACKAGE) :]}:{line}"
    for root in (current_directory() or "", *sys.path):
        if os.path.isabs(root) and file.startswith(f"{root}/"):
            return f"{os.path.relpath(file, root)}:{line}"
    return f"{file}:{line}"


def current_directory() -> str | None:
    """Return the current directory; ``None`` if it was removed."""
    try:
        return os.getcwd()
    except OSError:
        return None


def hiding_file(error: BaseException) -> tuple[str, str] | None:
    """Return a file that hides a module of Python, and its name, if an exception names or passed it."""
    message = message_of(error)
    passed = {frame.f_code.co_filename for frame, _ in frames(error)}
    for name in sorted(sys.stdlib_module_names.intersection(sys.modules)):
        file = getattr(sys.modules[name], "__file__", None)
        if type(file) is not str or is_stdlib(file) or is_installed(file) or is_signalcli(file):
            continue
        if file in passed or f"'{name}'" in message or f"'{name}." in message:
            return file, name
    return None


def describe_error(error: BaseException) -> str:
    """Return an exception as the end of a sentence, shortened to a line, with a hint."""
    message = shorten_message(error.msg if isinstance(error, SyntaxError) else message_of(error))
    text = type(error).__name__ + (f": {message}" if message else "")
    text += "" if text.endswith((".", "!", "?", "…")) else "."
    hiding = hiding_file(error)
    if hiding is not None:
        file, name = hiding
        hint = phrase(
            "{file} hides the module {name} of Python. Give it another name.",
            file=typed_text(file),
            name=name,
        )
    elif isinstance(error, ModuleNotFoundError):
        hint = phrase(
            "Install what is missing for {python}, or fix that line.",
            python=typed_text(sys.executable),
        )
    else:
        return text
    return sentences(text, hint)


def shorten_message(message: str) -> str:
    """Return the first line of a message, shortened."""
    line = message.strip().partition("\n")[0].rstrip()
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def place_of_fault(error: BaseException) -> str:
    """Return the last line of the user's code that an exception passed, or else of installed code."""
    if isinstance(error, SyntaxError) and error.filename and os.path.isfile(error.filename):
        return typed_text(place(error.filename, error.lineno or 1))
    where = own_place(error)
    return typed_text(place(*where)) if where else phrase("it")
