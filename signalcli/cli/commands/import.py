"""``signalcli import``: replace the session with an exported one."""

# ruff: noqa: N999 - a module of a command is called like the command
from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.language.phrases import phrase
from signalcli.values.change import Change


def _complete_file(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    return [CompletionItem(incomplete, type="file")]


@signalcli_command("import", examples=["signalcli import king.json --yes"])
@click.argument("file", metavar="FILE|-", shell_complete=_complete_file)
@click.option("--yes", is_flag=True, help="Don't ask.")
def import_command(invocation: Invocation, file: str, yes: bool) -> Change:
    """Replace the session with an exported one, after asking.

    FILE is the output of signalcli export --format json; - is standard input. The command asks only if
    signals or receivers of your own would be lost. The history stays.
    """
    from signalcli.export.session_import import receivers_in_session, untrusted_imports, would_lose
    from signalcli.receivers.trust import untrusted_notes
    from signalcli.session.file import read_exported

    target, imported = invocation.session.file_to_change, read_exported(file)
    receivers = receivers_in_session(imported)
    untrusted = [*untrusted_imports(receivers, invocation.session.trust_file)]
    before = target.read()
    if would_lose(before, imported):
        question = phrase(
            "This replaces the signals and receivers of {place}. Replace them?", place=target.place
        )
        invocation.confirm(question, yes)
    change = target.replace_by(imported, phrase("standard input") if file == "-" else file)
    if before.signals or before.receivers:
        change = invocation.session.undoable(change)
    notes = untrusted_notes(untrusted, target.label if file == "-" else file)
    return change._replace(notes=(*change.notes, *notes))
