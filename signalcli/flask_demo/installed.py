"""A session's receivers in a real Flask application: Flask is imported here, and only when used."""

from __future__ import annotations

from importlib.util import find_spec

from signalcli.errors import ApplicationError

INSTALL = "pip install 'signalcli[flask]'"
"""The command that installs what this package needs."""

MISSING = f"Flask is not installed here. Install it: {INSTALL}"


def is_installed() -> bool:
    """Whether Flask is here."""
    return find_spec("flask") is not None


def check_installed() -> None:
    """Make sure that Flask is here.

    :raises ApplicationError: if it isn't.
    """
    if not is_installed():
        raise ApplicationError(MISSING)
