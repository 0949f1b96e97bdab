"""``signalcli receivers``: list receivers, and add, remove, show, trust or untrust the user's own."""

from __future__ import annotations

from typing import Any

import click

from signalcli.cli.command import Group
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import IMPORT, SECONDS, SESSION, receiver_argument
from signalcli.cli.session_access import trusted_note
from signalcli.errors import ExitStatus, UsageError
from signalcli.language.phrases import counted, phrase
from signalcli.values.catalog import ConnectedReceivers, ReceiverCatalog, ReceiverDetail
from signalcli.values.change import Change
from signalcli.values.receiver_specs import OwnReceiver


class _ReceiversGroup(Group):
    """The group, which with ``--app`` takes the name of a receiver where others take a command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        has_app = ctx.ensure_object(Invocation).app is not None or any(
            argument.partition("=")[0] == "--app" for argument in args
        )
        if has_app and args[0] not in self.commands:
            return "show", self.commands["show"], args
        return super().resolve_command(ctx, args)


@click.pass_context
def _list_if_bare(context: click.Context) -> int:
    if context.invoked_subcommand is not None:
        return ExitStatus.DONE
    invocation = context.ensure_object(Invocation)
    return invocation.present(_catalog(invocation))


receivers_command = _ReceiversGroup(
    "receivers",
    callback=_list_if_bare,
    works_on="session app",
    draws=True,
    help="List the receivers that can be connected, and add your own.\n\n"
    "With --app, list the receivers of an application that are connected, its own first, or those of a "
    "function, a class, a module or a file, with the signals and senders that each listens to.",
    examples=[
        "signalcli receivers",
        "signalcli receivers --app shop",
        "signalcli receivers --app shop shop.handlers",
        "signalcli receivers add herald --says '{sender}大王：{slogan}'",
        "signalcli receivers show animal",
    ],
)


def _catalog(invocation: Invocation) -> ReceiverCatalog | ConnectedReceivers:
    if invocation.app is not None:
        return invocation.application.opened().connected_receivers()
    with invocation.session.opened() as playground:
        return playground.list_receivers(invocation.session.trust_file.trusted())


@receivers_command.command(
    "add",
    examples=[
        "signalcli receivers add herald --says '{sender}大王：{slogan}'",
        "signalcli receivers add grumpy --raises '今天不巡山' --sleeps 0.2",
    ],
)
@click.argument("name")
@click.option("--says", metavar="TEMPLATE", help="Print this text; without it, print nothing.")
@click.option("--returns", metavar="JSON", help="Return this value.  [default: null]")
@click.option("--raises", metavar="TEXT", help="Raise a RuntimeError with this message.")
@click.option("--sleeps", type=SECONDS, default=0.0, metavar="SECONDS", help="Sleep first.")
@click.option("--async", "is_async", is_flag=True, help="Make a coroutine function.")
@click.option("--strict", is_flag=True, help="Accept a sender and no payload.")
def add_receiver(invocation: Invocation, /, name: str, **deeds: Any) -> Change:
    """Add a receiver of your own to the session.

    The receiver runs no code of yours. TEMPLATE may contain {sender}, {signal}, {payload} and each
    payload key, without attributes, indexes or formats. The key of a value that isn't sent stays as it
    is written.
    """
    from signalcli.cli.parsing.senders_and_payload import parse_json_option

    deeds["returns"] = parse_json_option("--returns", deeds["returns"])
    own = OwnReceiver(**deeds)
    return invocation.session.change(
        lambda playground: playground.add_receiver(name, own), may_create=True
    )


@receivers_command.command("remove", examples=["signalcli receivers remove herald"])
@receiver_argument
def remove_receiver(invocation: Invocation, receiver: str) -> Change:
    """Remove a receiver of your own that has no connections."""
    return invocation.session.change(lambda playground: playground.remove_receiver(receiver))


@receivers_command.command(
    "show", works_on="session app", draws=True, examples=["signalcli receivers show animal"]
)
@receiver_argument
def show_receiver(invocation: Invocation, receiver: str) -> ReceiverDetail | ConnectedReceivers:
    """Show a receiver and its connections.

    In a session, the command imports nothing. With --app, RECEIVER is a function, a class, a module or
    a file of the application, or a pattern in quotes, such as '*email*'. The word show can be left out.
    """
    if invocation.app is not None:
        return invocation.application.opened().connected_receivers(receiver)
    return invocation.session.receiver_detail(receiver)


@receivers_command.command(
    "trust",
    works_on="",
    examples=[
        "signalcli receivers trust shop.handlers:on_king",
        "signalcli receivers trust --all-of king.json --yes",
    ],
)
@click.argument("name", type=IMPORT, metavar="IMPORT", required=False)
@click.option(
    "--all-of",
    "session",
    type=SESSION,
    metavar="NAME|PATH",
    help="Trust all imports of a session, after showing them.",
)
@click.option("--yes", is_flag=True, help="Don't ask.")
def trust_receiver(invocation: Invocation, name: Any, session: str | None, yes: bool) -> Change:
    """Trust an import as a receiver, for this user on this machine.

    Trust covers the import as it is written and the real path of its file or package, which is found
    without importing it. A session of another user runs only the imports that you trust.

    --all-of shows the imports of a session that you haven't trusted, with the paths that they would run
    from, and asks once. The session is a name, or the path of a file.
    """
    if (name is None) == (session is None):
        raise UsageError(
            "Name an import or a session: signalcli receivers trust shop.handlers:on_king, or "
            "signalcli receivers trust --all-of king.json"
        )
    if session is not None:
        return _trust_all_of(invocation, session, yes)
    if invocation.session.trust_file.add(name):
        invocation.session.record_trust("trusted", str(name))
        return Change(True, (trusted_note(str(name)),))
    already = phrase("{name} was trusted here already: nothing changed.", name=str(name))
    return Change(False, (already,))


def _trust_all_of(invocation: Invocation, session: str, yes: bool) -> Change:
    """Trust the imports of a session at the paths that are shown, after asking."""
    from signalcli.export.session_import import receivers_in_session, untrusted_imports
    from signalcli.receivers.trust import places_of_imports
    from signalcli.session.listing import check_exists

    access = invocation.session
    file, trust = access.file_of(session), access.trust_file
    check_exists(file, access.directory)
    places = places_of_imports(untrusted_imports(receivers_in_session(file.read()), trust))
    missing = tuple(
        phrase("{name} isn't found here, and isn't trusted.", name=name) for name in places.missing
    )
    if not places.found:
        none = phrase("{session} has no other imports to trust.", session=file.sentence_start)
        return Change(False, (*missing, none))
    shown = tuple(
        phrase("{name}  runs from {place}", name=name, place=place)
        for name, place in places.found.items()
    )
    count = len(shown)
    question = counted(
        "Trust this import of {place}?",
        "Trust these {n} imports of {place}?",
        count,
        place=file.place,
    )
    invocation.confirm(question, yes, shown)
    trust.add_at(places.found)
    access.record_trust("trusted", *places.found)
    trusted = counted(
        "{n} import is trusted here from now on.",
        "{n} imports are trusted here from now on.",
        count,
    )
    notes = (*(shown if yes else ()), *missing, trusted)
    return Change(True, notes)


@receivers_command.command(
    "untrust", works_on="", examples=["signalcli receivers untrust shop.handlers:on_king"]
)
@click.argument("name", metavar="IMPORT")
def untrust_receiver(invocation: Invocation, name: str) -> Change:
    """End the trust in an import, for every path."""
    if invocation.session.trust_file.remove(name):
        invocation.session.record_trust("untrusted", name)
        note = phrase("{name} is no longer trusted here, and doesn't run.", name=name)
        return Change(True, (note,))
    note = phrase("{name} was not trusted here: nothing changed.", name=name)
    return Change(False, (note,))
