"""``signalcli trace request|run``: run a request or a program, and show every send."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command, Group
from signalcli.cli.invocation import APP_OPTIONS, Invocation
from signalcli.cli.parsing.options import RequestOptions, request_options
from signalcli.cli.parsing.trace_options import signal_option, view_options
from signalcli.cli.parsing.via import SendViaOptions, names_server, trace_via_options
from signalcli.errors import INTERRUPTED, ExitStatus, UsageError, closest
from signalcli.language.phrases import phrase, sentences
from signalcli.text import command
from signalcli.values.result import StreamEnd
from signalcli.values.traces.view import EACH_SEND, TraceView

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from signalcli.apps.running.live_trace import LiveTrace
    from signalcli.apps.running.program import Program
    from signalcli.cli.output import Output
    from signalcli.cli.relay.tracing import RelayTrace
    from signalcli.values.result import Value
    from signalcli.values.trace import ProgramTrace, RequestTimeline
    from signalcli.values.traces.difference import TraceDifference

    Show = Callable[[RequestTimeline], object]


_LIKENESS = 0.75
"""the least likeness to the name of a command, from 0 to 1."""


class _TraceGroup(Group):
    """A group that takes a request without the name of its command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from signalcli.cli.parsing.request_items import is_request

        first = self._first_word(args)
        is_named = first is None or not is_request(first)
        return super().parse_args(ctx, args if is_named else ["request", *args])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from signalcli.cli.parsing.request_items import closest_method, is_request

        if args[0] not in self.commands and len(args) > 1 and is_request(args[1]):
            close = closest_method(args[0]) or closest(args[0], self.commands, _LIKENESS)
            before = (*ctx.ensure_object(Invocation).typed_options, "trace")
            meant = (*before, close, *args[1:]) if close else (*before, "request", *args)
            raise UsageError(
                sentences(
                    phrase(
                        "'{word}' is neither a command nor one of the usual HTTP methods.",
                        word=args[0],
                    ),
                    phrase("Did you mean: {command}", command=command(*meant))
                    if close
                    else phrase("For another method: {command}", command=command(*meant)),
                )
            )
        return super().resolve_command(ctx, args)

    def _first_word(self, args: list[str]) -> str | None:
        """Return the first argument that is neither an option nor its value."""
        taking = _options_with_value(self.commands["request"])
        words = iter(args)
        for word in words:
            if word in taking:
                next(words, None)
            elif not word.startswith("-"):
                return word
        return None


def _options_with_value(command: click.Command) -> set[str]:
    return {
        name
        for option in command.params
        if isinstance(option, click.Option) and not option.is_flag
        for name in option.opts
    }


trace_command = _TraceGroup(
    "trace",
    works_on="app",
    help="Show every signal that an application or a program sends.\n\n"
    "Without a subcommand, trace means trace request: trace GET / is trace request GET /.",
    examples=[
        "signalcli trace POST /login name=king --app shop:app",
        "signalcli trace run tidy.py --all",
        "signalcli trace show trace.json --unheard",
    ],
)


@trace_command.command(
    "request",
    works_on="app",
    traces=True,
    examples=[
        "signalcli trace request GET /login --app shop:app",
        "signalcli trace request POST /login name=king --app shop:app --save trace.json",
        "signalcli trace request /login name=king --form --then 'POST /order item=banana' --app shop",
    ],
)
@request_options
@view_options
def trace_request(invocation: Invocation, options: RequestOptions, view: TraceView) -> Value:
    """Make a request, and show every signal that it sends.

    ITEMs are those of HTTPie: key=text and key:=json are data, key==text is part of the query, and
    Name:value is a header. =@FILE and :=@FILE read a file; a backslash makes a separator plain text. The
    data is sent as JSON, or with --form as a form. METHOD is POST if there is data, otherwise GET. A
    REQUEST of --then is one word, such as 'POST /order item=banana'; --form within it is for that one.

    Requests are made with the test client of a Flask or Quart application, and for others of WSGI or
    ASGI with werkzeug or httpx. What the application prints goes to standard error. The status is 1 if a
    receiver raised. A request ends early after 30 s, or the seconds of SIGNALCLI_APP_TIMEOUT, on Ctrl-C,
    and when it tries to end the process. Then the sends so far are shown, and the status is 1, or 130
    for Ctrl-C. With --json, each of several requests takes a line.
    """
    requests = options.requests()
    application = invocation.application.traced()

    def make(show: Show, show_last: Show) -> None:
        application.make_requests(requests, show, show_last)

    return show_requests(invocation, len(requests) > 1, make, view)


def show_requests(
    invocation: Invocation,
    several: bool,
    make: Callable[[Show, Show], object],
    view: TraceView = EACH_SEND,
) -> Value:
    """Make requests, show each of several when it ends, and return what is left to show.

    :param make: makes the requests, and passes each to the first function, or to the second if it was cut
        off and is the last one.
    """
    streams = several and not view.summary
    made: list[RequestTimeline] = []

    def show(timeline: RequestTimeline) -> None:
        made.append(timeline)
        if streams:
            invocation.output.stream(view.of(timeline))

    def show_last(timeline: RequestTimeline) -> None:
        if streams:
            invocation.output.end_stream(view.of(timeline))
        else:
            invocation.present(view.of(*made, timeline))

    make(show, show_last)
    if not streams:
        return view.of(*made)
    return StreamEnd(max(timeline.result().status for timeline in made))


class _TraceRunCommand(Command):
    """A command that accepts ``-mNAME`` for ``-m NAME``, as Python does.

    ``--live`` takes no value, and ``--via`` none but a URL, so that PROGRAM may follow.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [*self._detached(args)])

    def _detached(self, args: list[str]) -> Iterator[str]:
        """Yield the arguments, with ``-mNAME`` before the program as two words, and missing values."""
        taking = _options_with_value(self)
        words = deque(args)
        while words:
            word = words.popleft()
            word = "--live=line" if word == "--live" else word
            if word == "--via" and not (words and names_server(words[0])):
                word = "--via="
            attached = word.startswith("-m") and len(word) > len("-m")
            yield from ("-m", word[2:]) if attached else (word,)
            if attached or word == "--" or not word.startswith("-"):
                break
            if word in taking and words:
                yield words.popleft()
        yield from words


@trace_command.command(
    "run",
    cls=_TraceRunCommand,
    works_on="program",
    traces=True,
    context_settings={"allow_interspersed_args": False},
    examples=[
        "signalcli trace run tidy.py --all",
        "signalcli trace run --live --signal 'order*' tidy.py",
        "signalcli trace run --save trace.json -m http.server --help",
        "signalcli trace run --via tidy.py",
    ],
)
@click.option("-m", "is_module", is_flag=True, help="PROGRAM is a module, as with python -m.")
@click.option(
    "--fail-raised",
    is_flag=True,
    help="End in status 1 if a receiver raised and PROGRAM ends in 0.",
)
@click.option(
    "--live",
    type=click.Choice(["line", "tree", "json"]),
    metavar="[=tree|=json]",
    help="Write each send to standard error when it ends; with tree, each receiver too; with json, a line of"
    " JSON to standard output.",
)
@trace_via_options
@view_options
@click.argument("name", metavar="PROGRAM")
@click.argument("arguments", metavar="[ARGS]...", nargs=-1, type=click.UNPROCESSED)
def trace_run(
    invocation: Invocation,
    is_module: bool,
    fail_raised: bool,
    live: str | None,
    relayed: SendViaOptions,
    view: TraceView,
    name: str,
    arguments: tuple[str, ...],
) -> Value:
    """Run a program, and show every signal that it and its child processes send.

    Python runs the program, with all arguments after PROGRAM, and what it prints goes to standard error.
    Child processes are followed: forked ones, and those that start Python, such as workers of a server, a
    reloader, or a pool. However the program ends, its sends until then are shown. The status is the
    program's.

    --live writes a line for each outermost send when it has ended: the time, the duration,
    the signal, how many receivers heard it, and after › the signals that its receivers sent. A connect, a
    disconnect and the death of a receiver are lines too. --live=tree writes each send and each receiver;
    --live=json writes lines of JSON to standard output, for signalcli live --trace -. At the end, only the
    status and the numbers of sends are shown, unless --json or --summary is given.

    With --via, a send that the program's relay publishes also has the receivers that heard it in other
    processes, as `receiver @ listener`, and below it the sends that they made in turn. The options that
    choose sends, and --summary, look at the program's own sends only.
    """
    from signalcli.apps.running.program import Program
    from signalcli.values.traces.live import WatchedProgram

    invocation.output.may_page = False  # the program prints live
    invocation.refuse_options(phrase("This runs PROGRAM as python does."), "session", *APP_OPTIONS)
    program = Program(name, arguments, is_module)
    watch = _live_trace(live, view, invocation.output)
    trace = _run(program, invocation, relayed, view, watch)._replace(fails_if_raised=fail_raised)
    if live == "json":
        invocation.output.as_json = True
    elif watch is None or view.summary or invocation.output.as_json:
        return view.of(trace)
    assert watch is not None, "there is one with --live"
    return WatchedProgram(trace, watch.counts)


LOCAL_CHOICE = phrase(
    "These options look at the sends of this program only, not at those that they caused elsewhere."
)


def _run(
    program: Program,
    invocation: Invocation,
    relayed: SendViaOptions,
    view: TraceView,
    watch: LiveTrace | None,
) -> ProgramTrace:
    """Run a program, and return its sends, with those that they caused elsewhere if ``--via`` is given."""
    from signalcli.apps.running.traced_program import TracedProgram
    from signalcli.cli.app_source import interpreter_of, memory_of
    from signalcli.values.traces.choice import ALL

    python, memory = interpreter_of(program.name, invocation), memory_of(invocation)
    with _followed(invocation, relayed, watch) as elsewhere:
        inbox = None if elsewhere is None else elsewhere.inbox
        asks_repr = invocation.asks_repr
        traced = TracedProgram(
            program, python.path, asks_repr=asks_repr, memory=memory, live=watch, inbox=inbox
        )
        trace = traced.run()
        if elsewhere is not None:
            trace = elsewhere.completed(trace, traced.began, relayed.wait)
            if view.summary or view.choice != ALL:
                invocation.output.note(LOCAL_CHOICE)
    _end_as(trace, invocation, python.is_fallback)
    return trace


def _followed(
    invocation: Invocation, relayed: SendViaOptions, watch: LiveTrace | None
) -> AbstractContextManager[RelayTrace | None]:
    """Return a context that follows the messages of a program, if ``--via`` is given."""
    if not relayed.is_asked:
        return nullcontext()
    access = invocation.relay
    from signalcli.cli.relay.tracing import following

    return following(invocation, access, relayed.server, watch)


def _live_trace(live: str | None, view: TraceView, output: Output) -> LiveTrace | None:
    """Return what shows sends while a program runs, or ``None`` if nothing is to."""
    if live is None:
        return None
    from signalcli.apps.running.live_trace import LiveTrace

    if live == "json":
        return LiveTrace(output.stream_json, view.choice, keeps_sends=bool(output.saves))
    output.prepare_live()
    keeps_sends = output.as_json or view.summary or bool(output.saves)
    show = partial(output.show_live, tree=live == "tree")
    return LiveTrace(show, view.choice, keeps_sends=keeps_sends)


@trace_command.command(
    "show",
    works_on="",
    traces=True,
    examples=[
        "signalcli trace show trace.json --unheard",
        "signalcli trace show trace.json --signal 'order*' --slow 20",
        "signalcli trace show monday.json tuesday.json --summary",
        "signalcli trace show trace.json --save trace.html",
    ],
)
@view_options
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def trace_show(invocation: Invocation, view: TraceView, files: tuple[str, ...]) -> Value:
    """Show saved traces like the commands that saved them.

    FILE is a trace that trace request or trace run saved with --save. With --json, each of several traces
    takes a line. The status is 0, also if a receiver raised. --save converts a trace, for example to a
    page.
    """
    from signalcli.cli.parsing.option_values import saved_kind
    from signalcli.tracing.trace_file import read_traces
    from signalcli.values.trace import ProgramTrace

    save_command, _ = invocation.default_app.commands_of_trace("trace.json")
    traces = [trace for file in files for trace in read_traces(file, save_command)]
    programs = [isinstance(one, ProgramTrace) for one in traces]
    saves_trace = "trace" in map(saved_kind, invocation.output.saves)
    if saves_trace and len(traces) > 1 and any(programs):
        raise UsageError("--save keeps the trace of one program, or of requests. Name one FILE.")
    if view.summary or len(traces) == 1:
        return view.of(*traces, is_read=True)
    for trace in traces:
        invocation.output.stream(view.of(trace, is_read=True))
    return StreamEnd()


@trace_command.command(
    "diff",
    works_on="",
    draws=True,
    examples=[
        "signalcli trace diff before.json after.json",
        "signalcli trace diff before.json after.json --signal 'order*' --senders --exit-code",
    ],
)
@signal_option("Compare")
@click.option("--senders", "by_sender", is_flag=True, help="Compare each sender separately.")
@click.option(
    "--exit-code", "fails", is_flag=True, help="End in status 1 if there is a difference."
)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
def trace_diff(
    invocation: Invocation, patterns: tuple[str, ...], by_sender: bool, fails: bool, a: str, b: str
) -> TraceDifference:
    """Compare two saved traces: who heard a signal in one, and not in the other.

    A and B are traces that trace request or trace run saved with --save. For each signal and receiver,
    the number of calls is compared, and the number of those that raised. A receiver that was called in one
    trace only is shown with the reason that the other trace gives. Times, process ids and addresses of
    objects make no difference.
    """
    from signalcli.tracing.trace_file import read
    from signalcli.values.traces.choice import Choice
    from signalcli.values.traces.difference import ComparedTrace, compare

    save_command, _ = invocation.default_app.commands_of_trace("trace.json")
    matching = Choice(patterns).matching
    traces = (
        ComparedTrace(file, tuple(matching(read(file, save_command).events))) for file in (a, b)
    )
    return compare(*traces, by_sender=by_sender, fails=fails)


def _end_as(trace: ProgramTrace, invocation: Invocation, is_fallback: bool) -> None:
    """End this process by the signal that ended the program, after what is shown, or write a note.

    :param is_fallback: whether the program ran with signalcli's own interpreter, because it has none.
    """
    from signalcli.apps.interpreter import FALLBACK

    is_missing = trace.error is not None and trace.error.type == "ModuleNotFoundError"
    note = FALLBACK if is_fallback and is_missing else ""
    if trace.exit_status == ExitStatus.INTERRUPTED:
        note = INTERRUPTED
    elif trace.signal is not None:
        invocation.resources.callback(_end_by_signal, trace.signal, invocation.output)
    if note:
        invocation.resources.callback(invocation.output.note, note)


def _end_by_signal(number: int, output: Output) -> None:
    """End this process by the signal that ended the program, without a dump of its memory."""
    import os
    import resource
    import signal

    output.flush()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
