"""``signalcli import``"""

# ruff: noqa: N999 - a module of a command is called like the command
from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.values.change import Change


def _complete_file(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    return [CompletionItem(incomplete, type="file")]


@click.command("import", cls=Command, examples=["signalcli import king.json --yes"])
@click.argument("file", metavar="FILE|-", shell_complete=_complete_file)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def import_command(invocation: Invocation, file: str, yes: bool) -> Change:
    """Replace the session by an exported one, after asking.

    FILE is what signalcli export --format json printed; - is standard input. Asks first if signals
    or receivers of your own would be lost. The history stays.
    """
    from signalcli.export.importing import notes_on, would_lose
    from signalcli.session.file import read_exported

    target, imported = invocation.session_file, read_exported(file)
    notes = notes_on(imported, invocation.trust_file)
    if would_lose(target.read(), imported):
        invocation.confirm(f"This replaces what is in {target.place}. Replace it?", yes)
    change = target.replace_by(imported, "standard input" if file == "-" else file)
    return change._replace(notes=(*change.notes, *notes))
