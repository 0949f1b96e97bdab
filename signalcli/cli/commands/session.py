"""``signalcli session``: list, use, create, rename, copy and delete sessions."""

from __future__ import annotations

import os

import click

from signalcli.cli.command import Group
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import SESSION
from signalcli.language.phrases import joined, phrase
from signalcli.session.file import DEFAULT, SessionFile
from signalcli.session.listing import (
    SessionList,
    check_exists,
    is_in_use,
    list_sessions,
    set_name_in_use,
)
from signalcli.text import escape, typed_text
from signalcli.values.change import Change
from signalcli.values.result import PrintedText
from signalcli.values.session import differ

session_command = Group(
    "session",
    help="List, use, create, rename, copy and delete sessions.",
    examples=[
        "signalcli session list",
        "signalcli session new lesson",
        "signalcli session copy default backup",
    ],
)


yes_option = click.option("--yes", is_flag=True, help="Don't ask.")


def name_to_store(file: SessionFile) -> str:
    """Return the name of a session, or its path for use in any directory."""
    return file.label if file.is_named else typed_text(os.path.abspath(file.path))


@session_command.command("list", draws=True, examples=["signalcli session list"])
def list_saved(invocation: Invocation) -> SessionList:
    """List the saved sessions, and mark the one in use with an asterisk."""

    return list_sessions(invocation.session.directory, invocation.session.file)


@session_command.command("use", examples=["signalcli session use backup"])
@click.argument("name", type=SESSION)
def use_session(invocation: Invocation, name: str) -> Change:
    """Make a session the one that later commands use.

    --session and SIGNALCLI_SESSION still choose another one. `session use default` goes back to the
    first session.
    """
    file = invocation.session.file_of(name)
    if name != DEFAULT:
        check_exists(file, invocation.session.directory)
    changed = not is_in_use(invocation.session.path_in_use, name_to_store(file))
    if changed:
        set_name_in_use(invocation.session.path_in_use, name_to_store(file))
        notes = [_now_using(file.place)]
    else:
        start = file.sentence_start
        notes = [phrase("{session} is in use already: nothing changed.", session=start)]
    if os.environ.get("SIGNALCLI_SESSION"):
        notes.append(
            phrase("SIGNALCLI_SESSION is set, and chooses the session of later commands here.")
        )
    return Change(changed, tuple(notes))


def _now_using(place: str) -> str:
    return phrase("Now using {place}.", place=place)


@session_command.command("new", examples=["signalcli session new lesson"])
@click.argument("name", type=SESSION)
def create_session(invocation: Invocation, name: str) -> Change:
    """Create an empty session.

    To make it the session of later commands: signalcli session use NAME.
    """
    file = invocation.session.file_of(name)
    change = file.create()
    use = phrase("Use it: {command}", command=file.command("use"))
    return change._replace(notes=(*change.notes, use))


@session_command.command("rename", examples=["signalcli session rename backup lesson"])
@click.argument("name", type=SESSION)
@click.argument("new_name")
def rename_session(invocation: Invocation, name: str, new_name: str) -> Change:
    """Rename a session, with its history.

    If the session is in use, it stays in use under the new name.
    """
    file, new = invocation.session.file_of(name), invocation.session.file_of(new_name)
    check_exists(file, invocation.session.directory)
    was_in_use = name_to_store(file) == invocation.session.name_in_use
    change = file.rename_to(new)
    if was_in_use:
        set_name_in_use(invocation.session.path_in_use, name_to_store(new))
    return change


@session_command.command("path", examples=["signalcli session path"])
@click.argument("name", required=False, type=SESSION)
def show_path(invocation: Invocation, name: str | None) -> PrintedText:
    """Print the file of the session, or of the session called NAME."""
    file = invocation.session.file_of(name) if name is not None else invocation.session.file_to_read
    path = typed_text(os.path.abspath(file.path))
    document = {"session": file.label, "path": path, "exists": os.path.exists(file.path)}
    return PrintedText(escape(path), document)  # in one line, whatever its name is


@session_command.command("copy", examples=["signalcli session copy default backup"])
@click.argument("names", nargs=-1, required=True, type=SESSION, metavar="[SOURCE] TARGET")
@yes_option
def copy_session(invocation: Invocation, names: tuple[str, ...], yes: bool) -> Change:
    """Copy a session to another; without SOURCE, the one in use.

    Asks first if TARGET has signals that would be lost.
    """
    if len(names) > 2:
        raise click.UsageError(
            phrase("`session copy` takes a SOURCE and a TARGET; got: {names}.", names=joined(names))
        )
    target = invocation.session.file_of(names[-1])
    source = invocation.session.file_of(names[0]) if names[1:] else invocation.session.file
    check_exists(source, invocation.session.directory)
    replaced = target.read()
    if replaced.signals and differ(replaced, source.read()):
        question = phrase("This replaces the signals of {place}. Replace them?", place=target.place)
        invocation.confirm(question, yes)
    return source.copy_to(target)


@session_command.command("delete", examples=["signalcli session delete backup --yes"])
@click.argument("name", type=SESSION)
@yes_option
def delete_session(invocation: Invocation, name: str, yes: bool) -> Change:
    """Delete the session called NAME and its history, after asking."""
    file = invocation.session.file_of(name)
    check_exists(file, invocation.session.directory)
    question = phrase("This deletes {place} and its history. Delete them?", place=file.place)
    invocation.confirm(question, yes)
    in_use = invocation.session.name_in_use
    change = file.delete()
    if in_use == DEFAULT or in_use != name_to_store(file):
        return change
    set_name_in_use(invocation.session.path_in_use, DEFAULT)
    return change._replace(
        notes=(*change.notes, _now_using(invocation.session.file_of(DEFAULT).place))
    )
