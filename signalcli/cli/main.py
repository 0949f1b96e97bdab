"""Run a command line: errors become messages and exit statuses here."""

from __future__ import annotations

import gc
import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from errno import EBADF
from signal import SIG_DFL, SIGINT, default_int_handler, getsignal, signal
from typing import Any, NoReturn, TextIO

import click

from signalcli.cli.invocation import Invocation
from signalcli.cli.output import Output, width_of
from signalcli.cli.root import root
from signalcli.errors import INTERRUPTED, ExitStatus, OutputError, SignalcliError
from signalcli.language.phrases import (
    Phrase,
    choose_language,
    current_language,
    localized,
    phrase,
    sentences,
)
from signalcli.text import COMPLETE_VARIABLE, PROGRAM, suggesting_session, typed_text

USER_CODE_MODULES = {"signalcli.receivers.importer"}
"""The modules that run user code. Its ``__del__`` methods are left to the garbage collector."""


ADVICE_OF_CLICK = (" (Did you mean", " Did you mean", " Choose from:")
"""What begins the second sentence of an error of Click."""


def main() -> NoReturn:
    """Run the command line of this process, and exit with its status."""
    is_closed = sys.stdout is None
    open_standard_descriptors()
    prepare_streams()
    invocation = Invocation()
    try:
        if getsignal(SIGINT) == SIG_DFL:  # signalcli.__main__ set it for the start
            signal(SIGINT, default_int_handler)
        status = run([typed_text(argument) for argument in sys.argv[1:]], invocation)
        let_interrupts_end_process()
    except KeyboardInterrupt:  # outside of the command, or a second one
        let_interrupts_end_process()
        Output().note(INTERRUPTED)
        status = ExitStatus.INTERRUPTED
    if is_closed and invocation.output.has_written:
        invocation.output.error(OutputError(OSError(EBADF, os.strerror(EBADF))))
        status = ExitStatus.UNREADABLE
    status = flush_streams(status)
    if USER_CODE_MODULES & sys.modules.keys():
        if invocation.output.as_json:  # a thread or an exit handler may still print
            from signalcli.streams import STDERR, STDOUT

            os.dup2(STDERR, STDOUT)
    else:
        gc.freeze()  # at exit, Python would search every object for garbage: a tenth of a command
    sys.exit(status)


def let_interrupts_end_process() -> None:
    """Let Ctrl-C end the process, unless it is ignored: a KeyboardInterrupt at exit would show a traceback."""
    if getsignal(SIGINT) is default_int_handler:
        signal(SIGINT, SIG_DFL)


def flush_streams(status: int) -> int:
    """Flush both output streams. Return the given exit status, or another one if that fails."""
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


def run(arguments: Sequence[str], invocation: Invocation | None = None) -> int:
    """Run one command, and return the exit status. A given ``invocation`` keeps the options."""
    if COMPLETE_VARIABLE in os.environ:
        from signalcli.cli.parsing.shells import answer_shell

        choose_language(None, os.environ)
        return answer_shell(root, os.environ[COMPLETE_VARIABLE])

    choose_language(typed_language(arguments), os.environ)  # for what is wrong with the options
    invocation = invocation or Invocation()
    with suggesting_session(lambda: invocation.session_name):
        return _run(arguments, invocation)


def _run(arguments: Sequence[str], invocation: Invocation) -> int:
    output = invocation.output
    output.words = list(arguments)
    width = min(width_of(sys.stdout), 80)  # unset, Click imports shutil for it

    def invoke() -> Any:
        with root.make_context(
            PROGRAM, list(arguments), obj=invocation, terminal_width=width - 2
        ) as context:
            return root.invoke(context)

    try:
        return report_errors(invocation, invoke)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else PROGRAM
        output.error_sentence(
            sentences(
                usage_error(error, where), phrase("Try: {command}", command=f"{where} --help")
            )
        )
        return ExitStatus.USAGE
    except click.ClickException as error:
        output.error_sentence(error.format_message())
        return ExitStatus.USAGE


def typed_language(arguments: Sequence[str]) -> str | None:
    """Return the value of the last ``--lang``, which may be an argument of a program that is traced."""
    typed = None
    for option, value in zip(arguments, [*arguments, ""][1:], strict=True):
        if option.startswith("--lang"):
            typed = value if option == "--lang" else option.removeprefix("--lang=")
    return typed


def usage_error(error: click.UsageError, where: str) -> str:
    """Return the sentences of an error of Click.

    :param where: the command line up to the arguments of the command.
    """
    if isinstance(error, click.BadParameter) and error.ctx and error.param and error.param.name:
        source = error.ctx.get_parameter_source(error.param.name)
        if source is not None and source.name == "ENVIRONMENT":
            error.param_hint = f"'{error.param.envvar}'"
    message = error.format_message()
    if isinstance(message, Phrase):  # it is one of signalcli
        return message
    message = " ".join(message.split())  # choices are listed one per line
    advice = hint = ""
    for start in ADVICE_OF_CLICK:
        if start in message:
            message, _, rest = message.partition(start)
            advice = f"{start.lstrip(' (')}{rest.removesuffix(')')}"
            break
    if "unexpected extra argument" in message and where.endswith("disconnect"):
        word = re.search(r"\((\S+)\)", message)
        hint = phrase(
            "It takes one receiver, and a sender is written {example}.",
            example=shlex.join(("--sender", word[1] if word else "SENDER")),
        )
    elif isinstance(error, click.NoSuchOption) and error.option_name[1:].isdecimal():
        hint = phrase(
            "As a sender it is written {example}.", example=f"--sender={error.option_name}"
        )
    stop = "" if (advice or message).endswith((".", "?")) else "."
    texts = (message, f"{advice}{stop}") if advice else (f"{message}{stop}",)
    return sentences(*map(_in_chinese_quotes, map(localized, texts)), hint)


def _in_chinese_quotes(text: str) -> str:
    """Return a text of Click with the quotation marks of the user's language."""
    if current_language() == "en":
        return text
    return re.sub(r" ?'([^']*)' ?", r"“\1”", text.replace("', '", "'、'"))


def report_errors(invocation: Invocation, operation: Callable[[], Any]) -> int:
    """Call an operation that returns a status, write its error if it raises one, and return the status.

    Errors of Click are not caught.
    """
    output = invocation.output
    try:
        with invocation.resources:
            return operation() or ExitStatus.DONE
    except BrokenPipeError:
        return ExitStatus.CLOSED_PIPE
    except (click.Abort, KeyboardInterrupt):
        output.note(INTERRUPTED)
        try:
            output.save_results()  # of what was shown before
        except OutputError as error:
            output.error(error)
        return ExitStatus.INTERRUPTED
    except SignalcliError as error:
        if invocation.debug:
            output.traceback()
        output.error(error)
        return error.status


def open_standard_descriptors() -> None:
    """Open the null device for each standard descriptor that is closed.

    Otherwise the next file that is opened, such as a session, would get its number, and what is
    written to standard output would go into that file.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def prepare_streams() -> None:
    """Write UTF-8 in every locale, and escape what can't be encoded."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # the process was started with it closed
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _discard(stream: TextIO) -> None:
    """Redirect a stream to the null device, so that Python's flush at exit can't fail."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
