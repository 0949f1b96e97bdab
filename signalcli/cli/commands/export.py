"""``signalcli export``"""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.views import ExportedText

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
    """
    if style is not None and kind != "python":
        raise click.UsageError(f"--style is for --format python, and not for {kind}.")
    if last is not None and kind not in ("python", "pytest"):
        raise click.UsageError(f"--history is for --format python or pytest, and not for {kind}.")
    if kind in ("mermaid", "dot"):
        from signalcli.export.diagrams import dot, mermaid
        from signalcli.graph import graph_of

        with invocation.ground() as ground:
            graph = graph_of(ground.inspect_all().signals)
        return ExportedText(kind, mermaid(graph) if kind == "mermaid" else dot(graph))
    if kind == "json":
        from signalcli.document import format_session

        return ExportedText(kind, format_session(invocation.session_file.read()))
    from signalcli.export.python import as_python
    from signalcli.history import chosen

    file = invocation.session_file
    past = None if last is None else chosen(invocation.journal, (), last, False)
    return as_python(file.read(), file.place, kind, style or "call", past, invocation.trust_file)
