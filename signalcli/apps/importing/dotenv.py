"""Set environment variables from ``.env`` and ``.flaskenv``, as the ``flask`` command does."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from signalcli.errors import ApplicationError
from signalcli.files import reason_of
from signalcli.language.phrases import phrase
from signalcli.text import typed_text

FILES = (".flaskenv", ".env")
"""In the order of reading: later files override earlier ones."""
SKIP = "FLASK_SKIP_DOTENV"
"""The variable that makes Flask and signalcli skip the files."""
TIP = phrase(
    "There is a {file} here, and python-dotenv, which reads it, isn't installed: {install}"
)
INSTALL = "pip install python-dotenv"


def read_environment(note: Callable[[str], None]) -> None:
    """Set the variables of the files that are not set already. This needs python-dotenv, as in Flask.

    The files are searched for in the current directory and those above.

    :param note: takes a sentence that says what to install, if a file is here.
    :raises ApplicationError: if a file can't be read.
    """
    if _is_skipped() or not any(map(_is_here_or_above, FILES)):
        return
    dotenv = _dotenv()
    if dotenv is None:
        for file in reversed(FILES):
            if os.path.isfile(file):
                note(phrase(TIP, file=file, install=INSTALL))
                return
        return
    found: dict[str, str | None] = {}
    for file in FILES:
        path = dotenv.find_dotenv(file, usecwd=True)
        if path:
            found |= _values(dotenv, path)
    for name, value in found.items():
        if value is not None:
            os.environ.setdefault(name, value)


def _is_here_or_above(file: str) -> bool:
    """Return whether a file may be found. The import of python-dotenv takes longer than this."""
    directory = os.getcwd()
    while not os.path.exists(os.path.join(directory, file)):
        directory, before = os.path.dirname(directory), directory
        if directory == before:
            return False
    return True


def _dotenv() -> Any:
    """Return python-dotenv, or ``None`` if it or its functions are missing."""
    try:
        found = import_module("dotenv")
    except ImportError:
        return None
    has_all = hasattr(found, "find_dotenv") and hasattr(found, "dotenv_values")
    return found if has_all else None


def _is_skipped() -> bool:
    value = os.environ.get(SKIP, "")
    return bool(value) and value.lower() not in ("0", "false", "no")


def _values(dotenv: Any, path: str) -> dict[str, str | None]:
    try:
        return dict(dotenv.dotenv_values(path, encoding="utf-8"))
    except OSError as error:
        reason = reason_of(error)
    except UnicodeDecodeError as error:
        reason = phrase("it isn't UTF-8 at byte {position}", position=error.start)
    raise ApplicationError(
        "The file {file} can't be read: {reason}. Fix it, or set {variable}",
        file=typed_text(path),
        reason=reason,
        variable=f"{SKIP}=1",
    )
