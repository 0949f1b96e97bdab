"""``signalcli trace request``"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command, Group
from signalcli.cli.invocation import Invocation
from signalcli.cli.options import request_options
from signalcli.cli.parsing.types import METHOD, URL_PATH

if TYPE_CHECKING:
    from signalcli.values.trace import ProgramTrace, RequestTimeline

trace_command = Group(
    "trace",
    help="Show every signal that an application, or any program, sends.",
    examples=[
        "signalcli trace request GET /login --app shop:app",
        "signalcli trace run tidy.py --all",
    ],
)


@trace_command.command(
    "request",
    traces=True,
    options_metavar="[OPTIONS]",
    examples=[
        "signalcli trace request GET /login --app shop:app",
        "signalcli trace request POST /login --app shop:app --data name=king --save trace.json",
    ],
)
@click.argument("method", type=METHOD)
@click.argument("path", type=URL_PATH)
@request_options
@click.pass_obj
def trace_request(
    invocation: Invocation,
    method: str,
    path: str,
    data: str | None,
    headers: tuple[tuple[str, str], ...],
) -> RequestTimeline:
    """Make one request, and show every signal that it sends.

    It goes through the test client of the application, which is of Flask or Quart. What it prints goes
    to standard error. The status is 1 if a receiver raised. A request that isn't answered in 30 s, or in
    the seconds of SIGNALCLI_APP_TIMEOUT, is cut off, and so is one that Ctrl-C ends or that wants to end
    the process: then what was sent so far is shown, and the status is 1, or 130 for Ctrl-C.
    """
    from signalcli.web.request import request

    with invocation.traced_application() as (application, recorder, limits):
        return request(application, recorder, method, path, data, headers, limits)


class _Run(Command):
    """A command whose ``-m`` may have its module attached, as Python's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [*self._detached(args)])

    def _detached(self, args: list[str]) -> Iterator[str]:
        """The same, with ``-mNAME`` in two words if it stands before the program."""
        taking = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        words = iter(args)
        for word in words:
            attached = word.startswith("-m") and len(word) > len("-m")
            yield from ("-m", word[2:]) if attached else (word,)
            if attached or word == "--" or not word.startswith("-"):
                break
            if word in taking:
                yield from islice(words, 1)
        yield from words


@trace_command.command(
    "run",
    cls=_Run,
    traces=True,
    options_metavar="[OPTIONS]",
    context_settings={"allow_interspersed_args": False},
    examples=[
        "signalcli trace run tidy.py --all",
        "signalcli trace run --save trace.json -m http.server --help",
    ],
)
@click.option("-m", "is_module", is_flag=True, help="PROGRAM is a module, as with python -m.")
@click.argument("name", metavar="PROGRAM")
@click.argument("arguments", metavar="[ARGS]...", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def trace_run(
    invocation: Invocation, is_module: bool, name: str, arguments: tuple[str, ...]
) -> ProgramTrace:
    """Run a program, and show every signal that it sends.

    It is run as Python would, and all that stands after PROGRAM is its own. What it prints goes to
    standard error. When it ends, or Ctrl-C ends it, the sends of all of its threads are shown; those of
    other processes that it starts aren't seen. The status is the program's; or 1 if that is 0, and a
    receiver raised.
    """
    from signalcli.apps.program import Program
    from signalcli.apps.tracing import trace_program

    invocation.host()
    return trace_program(Program(name, arguments, is_module), invocation.present)
