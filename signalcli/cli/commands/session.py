"""``signalcli session list|path|copy|delete``"""

from __future__ import annotations

import os

import click

from signalcli.cli.command import Group
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import SESSION
from signalcli.text import typed_text
from signalcli.values.change import Change
from signalcli.values.delivery import differ
from signalcli.values.inspection import SessionList, SessionPath

session_command = Group(
    "session",
    help="List, find, copy and delete sessions.",
    examples=["signalcli session list", "signalcli session copy default backup"],
)

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@session_command.command("list", draws=True, examples=["signalcli session list"])
@click.pass_obj
def list_saved(invocation: Invocation) -> SessionList:
    """List the saved sessions."""
    from signalcli.session.file import list_sessions

    return list_sessions(invocation.directory, invocation.session_file)


@session_command.command("path", examples=["signalcli session path"])
@click.argument("name", required=False, type=SESSION)
@click.pass_obj
def show_path(invocation: Invocation, name: str | None) -> SessionPath:
    """Print the file of the session, or of the session called NAME."""
    file = invocation.session_called(name) if name is not None else invocation.session_file
    path = typed_text(os.path.abspath(file.path))
    return SessionPath(file.label, path, os.path.exists(file.path))


@session_command.command("copy", examples=["signalcli session copy default backup"])
@click.argument("names", nargs=-1, required=True, type=SESSION, metavar="[SOURCE] TARGET")
@yes_option
@click.pass_obj
def copy_session(invocation: Invocation, names: tuple[str, ...], yes: bool) -> Change:
    """Copy a session to another; without SOURCE, the one in use.

    Asks first if TARGET has signals that would be lost.
    """
    if len(names) > 2:
        raise click.UsageError(f"Got {len(names)} names, and a copy has a SOURCE and a TARGET.")
    from signalcli.session.file import check_exists

    target = invocation.session_called(names[-1])
    source = invocation.session_called(names[0]) if names[1:] else invocation.session_file
    check_exists(source, invocation.directory)
    replaced = target.read()
    if replaced.signals and differ(replaced, source.read()):
        invocation.confirm(f"This replaces the signals of {target.place}. Replace them?", yes)
    return source.copy_to(target)


@session_command.command("delete", examples=["signalcli session delete backup --yes"])
@click.argument("name", type=SESSION)
@yes_option
@click.pass_obj
def delete_session(invocation: Invocation, name: str, yes: bool) -> Change:
    """Delete the session called NAME and its history, after asking."""
    from signalcli.session.file import check_exists

    file = invocation.session_called(name)
    check_exists(file, invocation.directory)
    invocation.confirm(f"This deletes {file.place} and its history. Delete them?", yes)
    return file.delete()
