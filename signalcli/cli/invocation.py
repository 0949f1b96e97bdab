"""One run of the command line: what was asked for, and what commands do it with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from signalcli.cli.output import Output, Value
from signalcli.errors import Declined, ExitStatus, UsageError

if TYPE_CHECKING:
    from signalcli.model import Change
    from signalcli.playground import Playground
    from signalcli.session import SessionFile


class Invocation:
    """The common options of a command line, before or after the command's name."""

    def __init__(self) -> None:
        self.session = "default"
        self.debug = False
        self.output = Output()

    def remember(self, option: str, value: Any) -> None:
        """Take the value of a common option."""
        if option == "session":
            self.session = value
        elif option == "debug":
            self.debug = value
        elif option == "quiet":
            self.output.quiet = value
        else:
            self.output.as_json = value

    @property
    def directory(self) -> str:
        """Where the named sessions are saved."""
        return os.path.join(click.get_app_dir("signalcli"), "sessions")

    @property
    def session_file(self) -> SessionFile:
        """The session that was chosen."""
        return self.session_called(self.session)

    def session_called(self, name: str) -> SessionFile:
        """The session of a name or path.

        :raises UsageError: if it is empty.
        """
        from signalcli.session import locate

        return locate(name, self.directory)

    def playground(self) -> Playground:
        """The signals of the chosen session, to look at or send.

        :raises SessionError: if it can't be read.
        """
        from signalcli.playground import Playground

        file = self.session_file
        return Playground(file.read(), file.place)

    def change(self, operation: Callable[[Playground], list[str]]) -> Change:
        """Do something to the chosen session and save it.

        :param operation: what to do to its playground; gives the notes on what it did.
        :raises SessionError: if it can't be read or written.
        """
        from signalcli.playground import change

        file = self.session_file
        return file.change(lambda session: change(session, file.place, operation))

    def confirm(self, question: str, yes: bool) -> None:
        """Ask before something is destroyed.

        :param yes: whether it was agreed to beforehand, with ``--yes``.
        :raises Declined: if the answer is no.
        :raises UsageError: if nobody is there to answer.
        """
        if yes:
            return
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError(f"{question} Nobody is there to ask; to agree beforehand, add --yes")
        answer = None
        while answer not in ("y", "yes", "n", "no", ""):
            self.output.ask(f"{question} [y/N] ")
            typed = sys.stdin.readline()
            if not typed:  # the end of the input
                raise click.Abort
            answer = typed.strip().lower()
        if not answer.startswith("y"):
            raise Declined("Nothing was done.")

    def present(self, value: Value) -> ExitStatus:
        """Write what a command returned, and say in which status it ends."""
        from signalcli.model import Delivery

        self.output.value(value)
        raised = isinstance(value, Delivery) and value.raised
        return ExitStatus.FOUND if raised else ExitStatus.DONE
