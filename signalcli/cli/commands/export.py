"""``signalcli export``: print the session or an application in another format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.errors import UnknownName, UsageError
from signalcli.language.phrases import joined, phrase, sentences
from signalcli.text import session_command
from signalcli.values.result import PrintedText

FORMATS = ("python", "pytest", "mermaid", "dot", "json")
STYLES = {"call": "python", "decorator": "python", "plugin": "pytest"}
"""The styles, each with its format."""

if TYPE_CHECKING:
    Choice = click.Choice[str]
else:
    Choice = click.Choice  # not generic before Click 8.2


class FormatType(Choice):
    """The name of a format. For a picture, the error names the command that saves one."""

    name = "format"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> Any:
        if value in ("svg", "html", "png"):
            ending = "html" if value == "html" else "svg"
            raise UsageError(
                "'{value}' is a picture, and export prints text. Save one: {command}",
                value=value,
                command=session_command("graph", "--save", f"signals.{ending}"),
            )
        if value not in FORMATS:
            raise UnknownName("format", value, FORMATS, remedy=_choice())
        return super().convert(value, param, ctx)


@signalcli_command(
    "export",
    works_on="session app",
    examples=[
        "signalcli export python > king.py",
        "signalcli export python --style decorator --history 3",
        "signalcli export pytest > test_king.py",
        "signalcli export pytest --style plugin > test_king.py",
        "signalcli export json > king.json",
        "signalcli export json --app shop:app > shop.json",
    ],
)
@click.argument("kind", type=FormatType(FORMATS), metavar="FORMAT", required=False)
@click.option("--format", "option", type=FormatType(FORMATS), help="The same as FORMAT.")
@click.option(
    "--style",
    type=click.Choice(tuple(STYLES)),
    help="Connect receivers by a call or a decorator, or test with the fixture of signalcli.  "
    "[default: call]",
)
@click.option(
    "--history",
    "last",
    type=click.IntRange(1),
    metavar="N",
    help="Repeat the last N sends in the script or the tests.",
)
@click.option(
    "--theme",
    type=click.Choice(["light", "dark"]),
    help="Colour the graph of mermaid or dot for a light or a dark background.",
)
def export_command(
    invocation: Invocation,
    kind: str | None,
    option: str | None,
    style: str | None,
    last: int | None,
    theme: str | None,
) -> PrintedText:
    """Print the session as Python, as tests, as a graph or as JSON.

    FORMAT is python, pytest, mermaid, dot or json. The Python script uses blinker alone: it makes
    the same signals and connections, and its receivers print what those of the playground print.
    The tests check which receivers are called for each sender; they use blinker alone, or with
    --style plugin the fixture of signalcli's plugin of pytest. Mermaid and DOT draw the
    connections. signalcli import reads the JSON.

    With --app, FORMAT is mermaid, dot or json. The JSON is a session with the application's
    signals under the names that list shows (@NAME for an anonymous signal), its receivers as
    imports, and its connections to ANY, text and integers. Notes name what was left out.
    """
    if kind is not None and option is not None:
        raise click.UsageError(
            phrase(
                "Give the format once; got '{first}' and {second}.",
                first=kind,
                second=f"--format {option}",
            )
        )
    kind = kind or option
    if kind is None:
        raise click.UsageError(sentences(phrase("Missing FORMAT."), _choice()))
    if style is not None:
        _check_format(kind, f"--style {style}", STYLES[style])
    if last is not None:
        _check_format(kind, "--history", "python", "pytest")
    if theme is not None:
        _check_format(kind, "--theme", "mermaid", "dot")
    if kind in ("mermaid", "dot"):
        return _as_graph(kind, invocation, theme)
    if kind == "json":
        return _as_json(invocation)
    return _as_code(kind, invocation, style or "call", last)


def _check_format(kind: str, option: str, *formats: str) -> None:
    """Raise UsageError if an option isn't for a format."""
    if kind not in formats:
        names = joined(formats, phrase("{first} and {second}"))
        raise click.UsageError(
            phrase(
                "{option} is only for {format}; got {other}.",
                option=option,
                format=names,
                other=kind,
            )
        )


def _exported(kind: str, text: str, notes: tuple[str, ...] = ()) -> PrintedText:
    return PrintedText(text, {"format": kind, "text": text, "notes": [*notes]}, notes)


def _choice() -> str:
    return phrase("Choose from: {formats}.", formats=joined(FORMATS))


def _as_graph(kind: str, invocation: Invocation, theme: str | None) -> PrintedText:
    from signalcli.export.diagrams import write_dot, write_mermaid
    from signalcli.values.graph import graph_of

    with invocation.source() as source:
        graph = graph_of(source.inspect_all(heard_metas=True).signals)
    write = write_mermaid if kind == "mermaid" else write_dot
    return _exported(kind, write(graph, theme))


def _as_code(kind: str, invocation: Invocation, style: str, last: int | None) -> PrintedText:
    from signalcli.export.python import export_code
    from signalcli.history.query import select_past_sends

    invocation.session.refuse_application(kind)
    file = invocation.session.file_to_read
    past = None if last is None else select_past_sends(invocation.session.journal, (), last, False)
    trust = invocation.session.trust_file
    text, notes = export_code(file.read(), file.place, kind, style, past, trust)
    return _exported(kind, text, notes)


def _as_json(invocation: Invocation) -> PrintedText:
    from signalcli.session.document import format_session

    if invocation.app is None:
        return _exported("json", format_session(invocation.session.file_to_read.read()))
    session, notes = invocation.application.opened().session_copy()
    return _exported("json", format_session(session), notes)
