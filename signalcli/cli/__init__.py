"""The command line: parse, make one call, render. Nothing below this package imports Click."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TextIO

import click

from signalcli.cli.invocation import Invocation
from signalcli.cli.output import Output, width_of
from signalcli.cli.root import root
from signalcli.errors import ExitStatus, OutputError, SignalcliError
from signalcli.text import PROGRAM, typed_text

COMPLETE_VARIABLE = "_SIGNALCLI_COMPLETE"


def main() -> NoReturn:
    """Run the command line of this process, and end it with the status."""
    prepare_streams()
    sys.exit(settled(run([typed_text(argument) for argument in sys.argv[1:]])))


def settled(status: int) -> int:
    """Let what was written leave the process, before it ends.

    :return: the status to end in, which is another one if that fails.
    """
    if status not in (ExitStatus.CLOSED_PIPE, ExitStatus.UNREADABLE):
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            status = ExitStatus.CLOSED_PIPE
        except OSError as error:
            Output().error(OutputError(error))
            status = ExitStatus.UNREADABLE
    if status in (ExitStatus.CLOSED_PIPE, ExitStatus.UNREADABLE):
        _discard(sys.__stdout__ or sys.stdout)
    try:
        sys.stderr.flush()
    except OSError as error:
        _discard(sys.stderr)
        if isinstance(error, BrokenPipeError):
            status = ExitStatus.CLOSED_PIPE
    return status


def run(arguments: Sequence[str]) -> int:
    """Run one command. This is where an error becomes a message and a status.

    :param arguments: what stands after the program's name.
    :return: the exit status.
    """
    if COMPLETE_VARIABLE in os.environ:
        from click.shell_completion import shell_complete

        instruction = os.environ[COMPLETE_VARIABLE]
        return shell_complete(root, {}, PROGRAM, COMPLETE_VARIABLE, instruction)

    invocation = Invocation()
    status = _run(invocation, arguments)
    if invocation.is_host:
        from signalcli.apps.ending import end_within

        end_within(status, invocation.output.note)
    return status


def _run(invocation: Invocation, arguments: Sequence[str]) -> int:
    output = invocation.output
    width = min(width_of(sys.stdout), 80)  # unset, Click imports shutil for it

    def invoke() -> Any:
        with root.make_context(
            PROGRAM, list(arguments), obj=invocation, terminal_width=width - 2
        ) as context:
            return root.invoke(context)

    try:
        return told(invocation, invoke)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else PROGRAM
        message = error.format_message()
        if isinstance(error, click.MissingParameter):  # it lists choices, one a line
            message = " ".join(message.split())
        if "unexpected extra argument" in message and where.endswith(("connect", "disconnect")):
            message += ". A sender is written --sender 大象"
        if isinstance(error, click.NoSuchOption) and error.option_name[1:].isdecimal():
            message += f" As a sender it is written --sender={error.option_name}."
        stop = "" if message.endswith((".", ")", "?")) else "."
        output.error_sentence(f"{message}{stop} Try: {where} --help")
        return ExitStatus.USAGE
    except click.ClickException as error:
        output.error_sentence(error.format_message())
        return ExitStatus.USAGE


def told(invocation: Invocation, operation: Callable[[], Any]) -> int:
    """Do what was asked for: an error of ours becomes a message and a status. Click's own pass.

    :param operation: gives the status, or nothing if it is 0.
    """
    output = invocation.output
    try:
        with invocation.resources:
            return operation() or ExitStatus.DONE
    except BrokenPipeError:
        return ExitStatus.CLOSED_PIPE
    except (click.Abort, KeyboardInterrupt):
        output.note("Interrupted.")
        return _interrupted(output)
    except SignalcliError as error:
        if invocation.debug:
            output.traceback()
        output.error(error)
        return error.status


def _interrupted(output: Output) -> int:
    """Save what was asked to be saved of what came before Ctrl-C."""
    try:
        output.save_picture()
    except OutputError as error:
        output.error(error)
    return ExitStatus.INTERRUPTED


def prepare_streams() -> None:
    """Write UTF-8, whatever the locale says. What can't be encoded is escaped."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # the process was started with it closed
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _discard(stream: TextIO) -> None:
    """Let Python's last flush of a stream go nowhere: nobody can read it."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
