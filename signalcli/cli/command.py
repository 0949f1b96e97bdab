"""What every command has: the common options, an example in its help, one value that it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from signalcli.cli.invocation import Invocation
from signalcli.errors import ExitStatus, UnknownName
from signalcli.text import typed_text

if TYPE_CHECKING:
    from signalcli.cli.value import Value


class _WithCommonOptions(click.Command):
    """A command that takes the common options, and whose help ends with examples.

    :param examples: command lines to run, without the prompt.
    :param draws: whether a person is shown a drawing, which can be saved as a picture.
    :param traces: whether that is a trace, which can be kept as well.
    """

    def __init__(
        self,
        *args: Any,
        examples: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        draws: bool = False,
        traces: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs["add_help_option"] = False  # it is one of the common options
        super().__init__(*args, **kwargs)
        if traces:
            self.params.append(_keep_option())
        self.own_params = tuple(self.params)
        """What it takes besides the common options, wherever it runs."""
        if draws:
            self.params.append(_save_option())
        self.examples = tuple(examples)
        self._common = _common_options(environment or {})
        self.params += self._common

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # for the help to point to
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        common: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                (common if parameter in self._common else own).append(record)
        for heading, records in (("Options", own), ("Common options", common)):
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Examples" if len(self.examples) > 1 else "Example"):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


class Presenting(click.Command):
    """A command whose function returns a frozen value, which is written once, as text or JSON."""

    def invoke(self, ctx: click.Context) -> int:
        value: Value = super().invoke(ctx)
        return ctx.ensure_object(Invocation).present(value)


class Command(Presenting, _WithCommonOptions):
    """A command of ours."""


class Group(_WithCommonOptions, click.Group):
    """A group that shows its help when it is called bare, and says what a slip may have meant.

    :param callback: what to do instead of showing the help, called before a subcommand as well.
    """

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("callback", _help_if_bare)
        super().__init__(*args, invoke_without_command=True, **kwargs)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args[0] not in known and not ctx.resilient_parsing:
            remedy = f"See them all: {ctx.command_path} --help"
            raise UnknownName("command", args[0], known, remedy=remedy)
        return super().resolve_command(ctx, args)


@click.pass_context
def _help_if_bare(ctx: click.Context) -> ExitStatus:
    if ctx.invoked_subcommand is None:
        ctx.ensure_object(Invocation).output.write(f"{ctx.get_help()}\n")
    return ExitStatus.DONE


def _common_options(environment: Mapping[str, str]) -> list[click.Parameter]:
    """The options that stand before or after the name of any command.

    :param environment: the variable that an option may come from. Only the program itself looks
        there, or a command would find in it what an option before its name has overruled.
    """

    return [
        _common(
            "--session",
            metavar="NAME|PATH",
            envvar=environment.get("session"),
            help="The session, a name or a file; or SIGNALCLI_SESSION.  [default: default]",
            shell_complete=_complete_session,
        ),
        _common(
            "--app",
            metavar="MODULE|FILE[:OBJECT]",
            envvar=environment.get("app"),
            help="An application instead of a session; or SIGNALCLI_APP.",
        ),
        *shared_options(),
        _common("--debug", is_flag=True, help="Show the traceback of an error."),
        _common(  # Click's own asks for its translation, whenever any command runs
            "-h",
            "--help",
            callback=_show_help,
            is_flag=True,
            is_eager=True,
            help="Show this help.",
        ),
    ]


def shared_options() -> list[click.Parameter]:
    """Those of the common options that make sense wherever a command of ours runs."""
    return [
        _common("--json", "as_json", is_flag=True, help="Write one JSON document."),
        _common("-q", "--quiet", is_flag=True, help="Write only the data."),
    ]


def _common(*names: str, callback: Any = None, **settings: Any) -> click.Option:
    return click.Option(names, expose_value=False, callback=callback or _remember, **settings)


def _save_option() -> click.Option:
    from signalcli.cli.parsing.types import PICTURE

    told = "Save what is drawn as a picture too."
    return _common("--save", type=PICTURE, metavar="FILE.svg|.html", help=told)


def _keep_option() -> click.Option:
    from signalcli.cli.parsing.types import TRACE_FILE

    told = "Keep the trace, for doctor; in a FILE.svg or .html, save what is drawn."
    return _common("--save", type=TRACE_FILE, metavar="FILE", help=told)


def _show_help(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.ensure_object(Invocation).output.write(f"{ctx.get_help()}\n")
        ctx.exit()


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep what was typed; of two places, the one after the command's name wins."""
    if value is None or value is False:
        return
    source = ctx.get_parameter_source(str(parameter.name))
    if source is ParameterSource.ENVIRONMENT and isinstance(value, str):
        value = typed_text(value)
    ctx.ensure_object(Invocation).remember(str(parameter.name), value)


def _complete_session(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem]:
    from signalcli.cli.parsing.completion import sessions

    return sessions(ctx, incomplete)
