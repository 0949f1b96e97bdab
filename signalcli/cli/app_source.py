"""The ways to an application that is looked into instead of a session."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, NamedTuple, Protocol, TextIO

from signalcli.text import command


class Entered(NamedTuple):
    """An application that was imported."""

    place: str
    """How errors call it, such as ``"application 'shop:app'"``."""
    application: Callable[[], Any]
    """Gives the application itself, for which a factory may be called now.

    It raises an ``ApplicationError`` if there is none, or not just one.
    """
    set_up: Callable[[], object]
    """The same for what only looks: without one application, it gives what else holds what is set up.

    It raises an ``ApplicationError`` if a factory fails.
    """


class Door(Protocol):
    """One way to an application. ``str()`` gives it as it was asked for."""

    comes_late: bool
    """Whether code of the application may have run before this is entered."""
    program: str
    """What is typed before the name of a command."""

    def apart(self) -> AbstractContextManager[TextIO]:
        """Keep what the application prints from standard output; gives the stream for our data."""

    def seconds(self) -> float | None:
        """How long its code may take; ``None`` where this process isn't ours to interrupt.

        :raises UsageError: if the variable that says so isn't a time.
        """

    def commands_of_trace(self, file: str) -> tuple[str, str]:
        """What to type to keep a trace, and to examine the application with it."""

    def enter(self, note: Callable[[str], None]) -> Entered:
        """Import it: its code runs now.

        :param note: takes a sentence that stands beside the output.
        :raises ApplicationError: if it can't be loaded.
        """


def time_of_applications() -> float:
    """How many seconds the code of an application may take: for its import, for one request.

    :raises UsageError: if the variable that says so isn't a time.
    """
    import os

    from signalcli.apps.hosting.faults import TIMEOUT_VARIABLE, USUAL_TIME
    from signalcli.cli.parsing.senders_and_payload import parse_seconds

    return parse_seconds(os.environ.get(TIMEOUT_VARIABLE) or USUAL_TIME)


class AppOption:
    """The way of ``--app``.

    :param typed: its value.
    """

    comes_late = False

    def __init__(self, typed: str) -> None:
        self._typed = typed
        self.program = command("--app", typed)

    def __str__(self) -> str:
        return self._typed

    def apart(self) -> AbstractContextManager[TextIO]:
        from signalcli.apps.printing import apart

        return apart()

    def commands_of_trace(self, file: str) -> tuple[str, str]:
        app = "--app", self._typed
        keep = command("trace", "request", "GET", "/", *app, "--save", file)
        run = command("trace", "run", "--save", file, "PROGRAM")
        return f"{keep}, or {run}", command("doctor", *app, "--trace", file)

    def seconds(self) -> float:
        return time_of_applications()

    def enter(self, note: Callable[[str], None]) -> Entered:
        from signalcli.apps.importing.find_app import application_of, set_up
        from signalcli.apps.importing.importer import load
        from signalcli.apps.importing.target import Target

        target = Target.parse(self._typed)
        loaded = load(target, wait=self.seconds(), note=note)
        return Entered(
            f"application '{target}'", partial(application_of, loaded), partial(set_up, loaded)
        )
