"""The base of every command: common options, examples in the help, one returned value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from signalcli.cli.invocation import APP_OPTIONS, PROCESS_OPTIONS, Invocation
from signalcli.errors import ExitStatus, UnknownName
from signalcli.language.phrases import (
    LANGUAGE_VARIABLE,
    LANGUAGES,
    current_language,
    joined,
    phrase,
)
from signalcli.text import PROGRAM, typed_text

if TYPE_CHECKING:
    from signalcli.values.result import Value


KINDS = {
    "session": {"session"},
    **{option: {"app", "program"} for option in PROCESS_OPTIONS},
    **{option: {"app"} for option in APP_OPTIONS},
}
"""What a command must work on for its help to name a common option; others are always named."""


class _CommonOptionsCommand(click.Command):
    """A command that takes the common options, and whose help ends with examples.

    :param examples: command lines to run, without the prompt.
    :param works_on: what the command reads or changes: ``"session"``, ``"app"``, both or ``""``, or
        ``"program"`` to run. Its help names only the common options for these, although every command
        accepts all.
    :param draws: whether the command draws its value, so that ``--save`` can save a page or a picture of it.
    :param calls_blinker: whether it changes or sends signals, so that ``--show-python`` shows how blinker does.
    :param traces: whether the command makes a trace, so that ``--save`` can save that too.
    """

    def __init__(
        self,
        *args: Any,
        examples: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        works_on: str = "session",
        draws: bool = False,
        traces: bool = False,
        calls_blinker: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs["add_help_option"] = False  # it is one of the common options
        super().__init__(*args, **kwargs)
        if calls_blinker:
            self.params.append(_show_python_option())
        if draws or traces:
            self.params += [_save_option(traces=traces), _theme_option()]
        self.examples = tuple(examples)
        self.works_on = works_on.split()
        self._common = common_options(environment or {})
        for option in self._common:
            kinds = KINDS.get(str(option.name))
            option.hidden = kinds is not None and kinds.isdisjoint(self.works_on)
        self.params += self._common

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # the message names the help of this command
            raise

    def get_short_help_str(self, limit: int = 200) -> str:
        return super().get_short_help_str(200)  # whole: a list of commands breaks its lines

    def get_help(self, ctx: click.Context) -> str:
        translate_help(ctx)
        return super().get_help(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [
            record
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option) and parameter not in self._common
            if (record := parameter.get_help_record(ctx)) is not None
        ]
        if records:
            with formatter.section(phrase("Options")):
                formatter.write_dl(records)
        names = joined(option.opts[-1] for option in self._common if not option.hidden)
        formatter.write_paragraph()
        command = f"{PROGRAM} help options"
        formatter.write_text(
            phrase("Common options: {names}. See: {command}", names=names, command=command)
        )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(phrase("Examples") if len(self.examples) > 1 else phrase("Example")):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


class ValueCommand(click.Command):
    """A command whose function returns a value, which is written as text or as JSON."""

    def invoke(self, ctx: click.Context) -> int:
        value: Value = super().invoke(ctx)
        return ctx.ensure_object(Invocation).present(value)

    def get_help(self, ctx: click.Context) -> str:
        translate_help(ctx)
        return super().get_help(ctx)


class Command(ValueCommand, _CommonOptionsCommand):
    """A command of signalcli."""

    def invoke(self, ctx: click.Context) -> int:
        invocation = ctx.ensure_object(Invocation)
        invocation.ignore_environment(self.works_on)
        invocation.choose_language()
        status: int = invocation.call(ctx, super().invoke)
        return status


def signalcli_command(name: str, **settings: Any) -> Callable[[Callable[..., Any]], Command]:
    """Return a decorator that makes a command of a function, which is passed the invocation first.

    :param settings: those of :class:`Command`.
    """

    def decorate(function: Callable[..., Any]) -> Command:
        return click.command(name, cls=Command, **settings)(click.pass_obj(function))

    return decorate


class Group(_CommonOptionsCommand, click.Group):
    """A group that suggests close names, and shows its help, or calls ``callback``, without a command."""

    command_class = Command

    def command(  # type: ignore[override]
        self, *args: Any, **settings: Any
    ) -> Callable[[Callable[..., Any]], click.Command]:
        """Return the decorator of Click, whose function is passed the invocation first."""
        decorate = super().command(*args, **settings)
        return lambda function: decorate(click.pass_obj(function))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("callback", _help_if_bare)
        kwargs.setdefault("subcommand_metavar", "[COMMAND] [ARGS]...")  # as in later Click
        super().__init__(*args, invoke_without_command=True, **kwargs)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args[0] not in known and not ctx.resilient_parsing:
            from signalcli.cli.parsing.synonyms import meant_by

            options = [name for parameter in self.params for name in parameter.opts]
            if self.callback is not _help_if_bare and self.name is not None:
                options.append(self.name)  # without a subcommand, the group does something itself
            likely = meant_by(args[0], [*known, *options])
            remedy = phrase("See them all: {command}", command=f"{ctx.command_path} --help")
            raise UnknownName("command", args[0], known, likely=likely, remedy=remedy)
        return super().resolve_command(ctx, args)


@click.pass_context
def _help_if_bare(ctx: click.Context) -> ExitStatus:
    if ctx.invoked_subcommand is None:
        ctx.ensure_object(Invocation).output.write(f"{ctx.get_help()}\n")
    return ExitStatus.DONE


def translate_help(ctx: click.Context) -> None:
    """Let the help of a command be shown in the user's language; that in JSON stays English."""
    if current_language() != "en" and not ctx.ensure_object(Invocation).output.as_json:
        from signalcli.cli.help.formatter import TranslatedHelpFormatter

        ctx.formatter_class = TranslatedHelpFormatter


def common_options(environment: Mapping[str, str]) -> list[click.Option]:
    """Return new options that every command parses, before or after its name. Some commands refuse some.

    Only the root group reads the variables of ``environment``, by the names of options: a command would
    overrule an option before its name with one.
    """
    return [*_source_options(environment), *_output_options(environment)]


def _source_options(environment: Mapping[str, str]) -> list[click.Option]:
    """Return the options that name a session or an application."""
    return [
        _common(
            "--session",
            metavar="NAME|PATH",
            envvar=environment.get("session"),
            is_eager=True,  # errors about arguments suggest commands with it
            help="Use this session, a name or a file; or SIGNALCLI_SESSION.  [default: that of `session use`]",
            shell_complete=_complete_session,
        ),
        _common(
            "--app",
            metavar="MODULE|FILE[:OBJECT]",
            envvar=environment.get("app"),
            help="Use an application instead of a session; or SIGNALCLI_APP.",
        ),
        _common(
            "--setup",
            metavar="MODULE:FUNCTION",
            multiple=True,
            help="Call a function that sets up the application further; may be repeated.",
        ),
        _common("--no-factory", is_flag=True, help="Don't call the factory of the application."),
        _common(
            "--python",
            metavar="PATH",
            envvar=environment.get("python"),
            help="Run the application with this interpreter or environment; or SIGNALCLI_PYTHON."
            "  [default: the active environment, or .venv of the project]",
        ),
        _common(
            "--memory",
            metavar="MIB",
            envvar=environment.get("memory"),
            help="Limit the memory of the application's process; or SIGNALCLI_APP_MEMORY.",
        ),
    ]


def _output_options(environment: Mapping[str, str]) -> list[click.Option]:
    """Return the options that say what is written, and how."""
    return [
        # eager, for --version
        _common("--json", "as_json", is_flag=True, is_eager=True, help="Print JSON."),
        _common(
            "--repr",
            "asks_repr",
            is_flag=True,
            help="Run an application's own __repr__ to describe its objects.",
        ),
        _common("-q", "--quiet", is_flag=True, help="Hide notes and progress."),
        _common("--no-pager", is_flag=True, help="Write long output at once, without a pager."),
        _common(
            "--lang",
            "language",
            type=click.Choice([*LANGUAGES, "auto"]),
            envvar=environment.get("language"),
            help=f"Show English or Chinese; or {LANGUAGE_VARIABLE}.  [default: auto, by the locale]",
        ),
        _common("--debug", is_flag=True, help="Show the traceback of an error."),
        _common(  # Click's own asks for its translation, whenever any command runs
            "-h", "--help", callback=_show_help, is_flag=True, is_eager=True, help="Show this help."
        ),
    ]


def _common(*names: str, callback: Any = None, **settings: Any) -> click.Option:
    return click.Option(names, expose_value=False, callback=callback or _remember, **settings)


def _show_python_option() -> click.Option:
    help = "Show the calls of blinker that the command makes."
    return _common("--show-python", "shows_python", is_flag=True, help=help)


def _save_option(*, traces: bool) -> click.Option:
    from signalcli.cli.parsing.types import PICTURE, TRACE_FILE

    if traces:
        help = (
            "Save the trace, for doctor and why; as FILE.html, a page of it; as FILE.md, Markdown; as FILE.svg, a"
            " picture; as FILE.perfetto.json, for Perfetto; may be repeated."
        )
        return _common("--save", type=TRACE_FILE, multiple=True, metavar="FILE", help=help)
    help = "Also save the output, as a page, Markdown or a picture; may be repeated."
    return _common("--save", type=PICTURE, multiple=True, metavar="FILE.svg|.html|.md", help=help)


def _theme_option() -> click.Option:
    help = "Draw and save in colours for a light or a dark background."
    return _common("--theme", type=click.Choice(["light", "dark"]), help=help)


def _show_help(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.ensure_object(Invocation).output.write(f"{ctx.get_help()}\n")
        ctx.exit()


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Store a common option. One after the command's name overrules one before it."""
    if value is None or value is False or value == ():
        return
    source = ctx.get_parameter_source(str(parameter.name))
    is_typed = source is not ParameterSource.ENVIRONMENT
    if not is_typed and isinstance(value, str):
        value = typed_text(value)
    typed = parameter.opts[-1] if is_typed else None
    ctx.ensure_object(Invocation).set_option(str(parameter.name), value, typed)


def _complete_session(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem]:
    from signalcli.cli.parsing.completion import sessions

    return sessions(ctx, incomplete)
