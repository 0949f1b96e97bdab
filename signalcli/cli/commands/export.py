"""``signalcli export``"""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.values.inspection import ExportedText

FORMATS = ("python", "pytest", "mermaid", "dot", "json")
STYLES = ("call", "decorator")


@click.command(
    "export",
    cls=Command,
    options_metavar="[OPTIONS]",
    examples=[
        "signalcli export --format python > king.py",
        "signalcli export --format python --style decorator --history 3",
        "signalcli export --format pytest > test_king.py",
        "signalcli export --format json > king.json",
        "signalcli export --format json --app shop:app > shop.json",
    ],
)
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), required=True, help="What to print it as."
)
@click.option(
    "--style",
    type=click.Choice(STYLES),
    help="How the script connects receivers.  [default: call]",
)
@click.option(
    "--history",
    "last",
    type=click.IntRange(1),
    metavar="N",
    help="Let the script, or the test, repeat the last N sends.",
)
@click.pass_obj
def export_command(
    invocation: Invocation, kind: str, style: str | None, last: int | None
) -> ExportedText:
    """Print the session as Python, as a test, as a graph or as JSON.

    The Python is on plain blinker: it makes the same signals and connections, and prints what the
    playground's receivers print. The test says who is called for each sender. Mermaid and DOT draw
    who listens to whom. signalcli import reads the JSON.

    With --app, it is as a graph or as JSON. That is a session which has the application's signals,
    by the names that list gives them (@NAME for an anonymous one), its receivers by their imports,
    and those of their senders that are text or integers. What else there is, is left out, and said.
    """
    if style is not None and kind != "python":
        raise click.UsageError(f"--style is for --format python, and not for {kind}.")
    if last is not None and kind not in ("python", "pytest"):
        raise click.UsageError(f"--history is for --format python or pytest, and not for {kind}.")
    if kind in ("mermaid", "dot"):
        from signalcli.export.diagrams import dot, mermaid
        from signalcli.values.graph import graph_of

        with invocation.ground() as ground:
            graph = graph_of(ground.inspect_all().signals)
        return ExportedText(kind, mermaid(graph) if kind == "mermaid" else dot(graph))
    if kind == "json":
        return _as_json(invocation)
    from signalcli.export.python import as_python
    from signalcli.history.query import chosen

    file = invocation.session_file
    past = None if last is None else chosen(invocation.journal, (), last, False)
    return as_python(file.read(), file.place, kind, style or "call", past, invocation.trust_file)


def _as_json(invocation: Invocation) -> ExportedText:
    from signalcli.session.document import format_session

    if invocation.app is None:
        return ExportedText("json", format_session(invocation.session_file.read()))
    from signalcli.apps.application import Application
    from signalcli.apps.session_copy import as_session

    with invocation.ground() as ground:
        assert isinstance(ground, Application), "one was chosen"
        session, notes = as_session(ground)
    return ExportedText("json", format_session(session), notes)
