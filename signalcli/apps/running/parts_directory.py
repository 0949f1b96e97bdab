"""The temporary directory with the parts of a trace."""

from __future__ import annotations

import os

from signalcli.apps.running.startup.sitecustomize import LOST
from signalcli.language.phrases import phrase

UNUSED = 4096
"""bytes: the size of the file ``LOST`` as long as each process could write."""


def new_directory() -> str:
    """Make a directory for the parts, in another one.

    A program that root starts may go on as another user, who can write there too. For others, the name of the
    inner directory is a secret.
    """
    from tempfile import mkdtemp

    outer = mkdtemp(prefix="signalcli-trace-")
    inner = mkdtemp(dir=outer)
    path = os.path.join(inner, LOST)
    with open(path, "wb") as file:
        file.truncate(UNUSED)
    if os.geteuid() == 0:
        os.chmod(outer, 0o711)
        os.chmod(inner, 0o733)
        os.chmod(path, 0o622)
    return inner


def names_in(directory: str) -> list[str]:
    """Return the names of the files, sorted; none if the program removed the directory."""
    try:
        return sorted(os.listdir(directory))
    except FileNotFoundError:
        return []


def lost_sends(directory: str) -> str | None:
    """Return that processes couldn't write their parts, as a sentence; ``None`` if they could."""
    where = os.path.dirname(os.path.dirname(directory))
    try:
        error = os.stat(os.path.join(directory, LOST)).st_size
    except FileNotFoundError:
        return phrase(
            "Sends are missing, because their directory in {place} was removed.", place=where
        )
    if error == UNUSED:
        return None
    return phrase(
        "Sends are missing, because they couldn't be written to {place}: {reason}.",
        place=where,
        reason=phrase(os.strerror(error)),
    )
