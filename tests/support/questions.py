"""Commands that ask before they destroy something, and the person who answers."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.cli import SignalCli

QUESTIONS = {
    "reset": "This removes every signal of session 'default'. Remove them?",
    "session delete default": "This deletes session 'default' and its history. Delete them?",
    "session copy moon default": "This replaces the signals of session 'default'. Replace them?",
}
"""Commands for a session with ``king`` beside a session ``moon``, and what they ask."""
questions = pytest.mark.parametrize(("line", "question"), list(QUESTIONS.items()), ids=QUESTIONS)
TWO_SESSIONS = "define king; define moon --session moon"
ADVICE = "Standard input isn't a terminal; to agree, add --yes"


@contextmanager
def typing(*answers: str) -> Iterator[int]:
    """A terminal at which a person has typed some lines already, as standard input."""
    keyboard, stdin = pty.openpty()
    os.write(keyboard, "".join(f"{answer}\n" for answer in answers).encode())
    try:
        yield stdin
    finally:
        os.close(stdin)
        os.close(keyboard)


def signals_of(signalcli: SignalCli, session: str) -> list[str]:
    """The names of a session's signals."""
    listed = signalcli.ok("list", "--json", "--session", session).json["signals"]
    return [signal["signal"] for signal in listed]


def change(changed: bool, *notes: str) -> dict[str, object]:
    """The document of a change to which no receiver of a meta signal listens."""
    return {"changed": changed, "notes": [*notes], "deliveries": []}
