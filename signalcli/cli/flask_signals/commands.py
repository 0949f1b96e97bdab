"""The commands of ``flask signals``: those of signalcli, on the application that Flask loads.

Flask finds and loads the application, and reports its own errors and wrong usage. Output, errors and
exit statuses of signalcli are those of ``signalcli --app``.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from typing import TYPE_CHECKING, Any, TextIO

import click

from signalcli.cli.command import ValueCommand
from signalcli.cli.invocation import Invocation
from signalcli.cli.main import flush_streams, prepare_streams, report_errors, typed_language
from signalcli.errors import ApplicationError, ExitStatus
from signalcli.language.phrases import choose_language, phrase
from signalcli.streams import STDERR, STDOUT
from signalcli.text import typed_text

if TYPE_CHECKING:
    from flask.cli import ScriptInfo

    from signalcli.apps.hosting.app_interface import AppInterface
    from signalcli.apps.importing.load import LoadedApp

COMMANDS = {
    "list": "list_command",
    "inspect": "inspect_command",
    "explain": "explain_command",
    "graph": "graph_command",
    "why": "why_command",
    "trace": "trace_request",
    "doctor": "doctor_command",
}
"""Each command, and its name in its module of :mod:`signalcli.cli.commands`."""

OF_FLASK = ("session", "app", "no_factory", "python", "memory", "help")
"""Parameters that Flask's own options replace."""


def find_command(name: str) -> click.Command | None:
    """Return a command with the parameters of ``signalcli --app`` and Flask's layout of the help."""
    if name not in COMMANDS:
        return None
    own = getattr(import_module(f"signalcli.cli.commands.{name}"), COMMANDS[name])
    return ValueCommand(
        name,
        callback=own.callback,
        params=[parameter for parameter in own.params if parameter.name not in OF_FLASK],
        help=own.help,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


class BrokenApplication(ApplicationError):
    """The application raised while it was imported. The exit status is that of Flask's commands."""

    status = ExitStatus.FOUND


class FlaskAppSource:
    """The application of Flask's ``--app``, variables and files, or of a script with a factory."""

    def __init__(self, info: ScriptInfo, program: str) -> None:
        self.program = program
        self.owns_process = sys.stdout is sys.__stdout__
        """Whether the process is that of the command line. If not, a program such as a test calls the
        commands, and keeps its streams and its exit."""
        self._is_late = info.create_app is not None  # a script may have imported anything
        self._info = info

    def __str__(self) -> str:
        return str(self._info.app_import_path or "app")

    @contextmanager
    def opened(self, purpose: str, invocation: Invocation) -> Iterator[AppInterface]:
        """Yield the application in this process. Errors of Flask pass."""
        from signalcli.apps.hosting.app_options import AppOptions
        from signalcli.apps.hosting.host import hosted

        output = invocation.output
        if not output.as_json or output.saves:
            from signalcli.render.draw import import_drawing

            import_drawing(files=bool(output.saves))

        def load(needs_app: bool) -> LoadedApp:
            return self._load(invocation)

        shows_output = not output.as_json
        how = AppOptions(
            program=self.program, asks_repr=invocation.asks_repr, shows_output=shows_output
        )
        with (
            _stdout_for_data() if self.owns_process else _redirected_stdout() as data,
            output.to(data),
            hosted(load, purpose, how, output.note, is_late=self._is_late) as application,
        ):
            yield application

    def commands_of_trace(self, file: str) -> tuple[str, str]:
        save_command = f"{self.program} trace GET / --save {file}"
        return save_command, f"{self.program} doctor"

    def _loaded(self) -> Any:
        """Return the application object, or raise BrokenApplication; in another program, its own exception."""
        try:
            return self._info.load_app()
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise  # errors of Flask, which Click reports
        except Exception as error:
            if not self.owns_process:
                raise
            from signalcli.apps.hosting.faults import fault, import_operation

            reason = fault(import_operation(str(self)), error)
            raise BrokenApplication(str(reason), details=reason.details) from error

    def _load(self, invocation: Invocation) -> LoadedApp:
        """Let Flask load the application, and call the setup functions. Errors of Flask pass."""
        from signalcli.apps.importing.load import LoadedApp, set_up

        app = self._loaded()
        by_factory = self._info.create_app is not None
        name = app.name if by_factory else self._info.app_import_path or app.name
        package = str(self).partition(":")[0].partition(".")[0]
        held = set_up(invocation.setups, None, invocation.output.note)
        return LoadedApp(phrase("application '{name}'", name=name), package, app, held=held)


@contextmanager
def _stdout_for_data() -> Iterator[TextIO]:
    """Yield a stream for signalcli's data, while all other output goes to standard error."""
    from signalcli.streams import stdout_to_stderr, stream_for_data

    with stdout_to_stderr() as descriptor, stream_for_data(descriptor) as data:
        yield data


@contextmanager
def _redirected_stdout() -> Iterator[TextIO]:
    """Yield standard output, while Python's prints go to standard error: for a program that goes on."""
    data = sys.stdout
    with redirect_stdout(sys.stderr):
        yield data


def new_invocation(
    name: str | None, arguments: list[str], parent: click.Context | None
) -> tuple[Invocation, list[str]]:
    """Return the invocation of a ``flask signals`` command below ``parent``, and its arguments as text."""
    from flask.cli import ScriptInfo

    info = None if parent is None else parent.find_object(ScriptInfo)
    source = FlaskAppSource(info or ScriptInfo(), _program(str(name), arguments, parent))
    if source.owns_process:
        prepare_streams()
        arguments = [typed_text(argument) for argument in arguments]
    choose_language(typed_language(arguments), os.environ)
    invocation = Invocation()
    invocation.app_source = source
    if parent is not None:
        invocation.output.program = str(parent.find_root().info_name)
    return invocation, arguments


def _program(name: str, arguments: list[str], parent: click.Context | None) -> str:
    """Return the command line up to the name of a command, with the options of Flask that were typed."""
    if parent is None:
        return name
    before = sys.argv[1 : len(sys.argv) - len(arguments)]
    if before[-1:] == [name] and [*before, *arguments] == sys.argv[1:]:
        return f"{parent.find_root().info_name} {shlex.join(map(typed_text, before))}"
    return f"{parent.command_path} {name}"  # a program such as a test calls the command


def run_command(context: click.Context, invoke: Callable[[click.Context], Any]) -> int:
    """Run the command, and return the exit status."""
    invocation: Invocation = context.obj
    status = report_errors(invocation, lambda: invoke(context))
    source = invocation.app_source
    if isinstance(source, FlaskAppSource) and source.owns_process:
        status = flush_streams(status)
        os.dup2(STDERR, STDOUT)  # for what the application prints at its end
    return status
