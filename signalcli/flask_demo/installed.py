"""Check whether Flask is installed, without importing it."""

from __future__ import annotations

from importlib.util import find_spec

from signalcli.errors import ApplicationError
from signalcli.language.phrases import phrase

INSTALL = "pip install 'flask>=3.0'"

MISSING = phrase("Flask is not installed here. Install it: {command}", command=INSTALL)


def is_flask_installed() -> bool:
    """Return whether Flask is installed."""
    return find_spec("flask") is not None


def check_flask_installed() -> None:
    """Raise ApplicationError if Flask isn't installed."""
    if not is_flask_installed():
        raise ApplicationError(MISSING)
