"""What ``flask signals`` does: commands of ours, on the application that Flask has chosen.

Flask finds and loads it, and tells of its own errors and of slips in what was typed. The output, our
errors and our statuses are those of ``signalcli --app``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any, TextIO

import click

from signalcli.cli import prepare_streams, settled, told
from signalcli.cli.app_source import Entered, time_of_applications
from signalcli.cli.command import Presenting, shared_options
from signalcli.cli.invocation import Invocation
from signalcli.errors import ApplicationError, ExitStatus
from signalcli.text import typed_text

if TYPE_CHECKING:
    from flask.cli import ScriptInfo

COMMANDS = {
    "list": "list_command",
    "inspect": "inspect_command",
    "trace": "trace_request",
    "doctor": "doctor_command",
}
"""Each command, and what it is in its module of :mod:`signalcli.cli.commands`."""


def command_called(name: str) -> click.Command | None:
    """The command of a name: what it takes and does is our own's, its help looks as Flask's."""
    if name not in COMMANDS:
        return None
    ours = getattr(import_module(f"signalcli.cli.commands.{name}"), COMMANDS[name])
    return Presenting(
        name,
        callback=ours.callback,
        params=[*ours.own_params, *shared_options()],
        help=ours.help,
    )


class BrokenApplication(ApplicationError):
    """The code of the application raises. The status is that of Flask's commands then."""

    status = ExitStatus.FOUND


class FlaskDoor:
    """The way of Flask's ``--app``, of its variables and files, or of a script with a factory.

    :param info: what loads the application.
    :param program: what is typed before the name of a command.
    """

    def __init__(self, info: ScriptInfo, program: str) -> None:
        self.program = program
        self.owns_process = sys.stdout is sys.__stdout__
        """Whether the streams, and the end of the process, are those of the command line. If not,
        somebody calls us within a program, such as a test."""
        self.comes_late = info.create_app is not None  # by a script, which imported what it likes
        self._info = info

    def __str__(self) -> str:
        return str(self._info.app_import_path or "app")

    def apart(self) -> AbstractContextManager[TextIO]:
        from signalcli.apps.printing import apart, beside

        return apart() if self.owns_process else beside()

    def seconds(self) -> float | None:
        return time_of_applications() if self.owns_process else None

    def commands_of_trace(self, file: str) -> tuple[str, str]:
        keep = f"{self.program} trace GET / --save {file}"
        return keep, f"{self.program} doctor --trace {file}"

    def _loaded(self) -> Any:
        """The application; what its own code raises is told with its own frames only.

        :raises BrokenApplication: for that. Within somebody's own program it passes.
        """
        try:
            return self._info.load_app()
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise  # Flask's own, for Click to tell
        except Exception as error:
            if not self.owns_process:
                raise
            from signalcli.apps.hosting.faults import fault, importing

            reason = fault(importing(str(self)), error, late=None, forked=False)
            raise BrokenApplication(str(reason), reason.details) from error

    def enter(self, note: Callable[[str], None]) -> Entered:
        """Let Flask load it. What goes wrong is Flask's to tell, and passes."""
        from signalcli.receivers.importer import stdout_to_stderr

        with stdout_to_stderr() if self.owns_process else nullcontext():
            app = self._loaded()
        by_factory = self._info.create_app is not None
        name = app.name if by_factory else self._info.app_import_path or app.name
        load = self._info.load_app  # once it is loaded, this gives the same
        return Entered(f"application '{name}'", load, load)


def begin(
    name: str | None, arguments: list[str], parent: click.Context | None
) -> tuple[Invocation, list[str]]:
    """What the commands do their work with, for a context of ``flask signals``.

    :param parent: that of the ``flask`` command, or of a project's own script.
    :return: beside it the arguments, as text whatever the locale.
    """
    from flask.cli import ScriptInfo

    info = None if parent is None else parent.find_object(ScriptInfo)
    program = f"{parent.command_path} {name}" if parent is not None else str(name)
    door = FlaskDoor(info or ScriptInfo(), program)
    if door.owns_process:
        prepare_streams()
        arguments = [typed_text(argument) for argument in arguments]
    invocation = Invocation()
    invocation.app = door
    if parent is not None:
        invocation.output.program = str(parent.find_root().info_name)
    return invocation, arguments


def run(context: click.Context, invoke: Callable[[click.Context], Any]) -> int:
    """Run the command that was named; gives the exit status."""
    invocation: Invocation = context.obj
    status = told(invocation, lambda: invoke(context))
    if isinstance(invocation.app, FlaskDoor) and invocation.app.owns_process:
        from signalcli.apps.ending import end_within, lasting_threads

        status = settled(status)
        if lasting_threads():
            end_within(status, invocation.output.note)
    return status
