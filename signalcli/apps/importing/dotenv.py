"""The variables that ``.env`` and ``.flaskenv`` set, as the ``flask`` command reads them."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from signalcli.errors import ApplicationError
from signalcli.files import reason_of
from signalcli.text import typed_text

FILES = (".flaskenv", ".env")
"""The later one wins."""
SKIP = "FLASK_SKIP_DOTENV"
"""The variable that tells Flask, and us, to leave the files alone."""
TIP = "There is a {file} here, and python-dotenv, which reads it, isn't installed: {install}"
INSTALL = "pip install python-dotenv"


def read_environment(note: Callable[[str], None]) -> None:
    """Set the variables that the files set and nobody else did.

    They are looked for here and in the directories above. They need python-dotenv, as with Flask.

    :param note: takes the sentence that says what to install, if there is a file here.
    :raises ApplicationError: if a file can't be read.
    """
    if _is_skipped():
        return
    dotenv = _dotenv()
    if dotenv is None:
        for file in reversed(FILES):
            if os.path.isfile(file):
                note(TIP.format(file=file, install=INSTALL))
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


def _dotenv() -> Any:
    """python-dotenv; ``None`` if it isn't there, though another thing of its name may be."""
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
        reason = f"it isn't UTF-8 at byte {error.start}"
    raise ApplicationError(
        f"The file {typed_text(path)} can't be read: {reason}. Mend it, or set {SKIP}=1"
    )
