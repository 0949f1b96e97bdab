"""``signalcli receivers [add|remove|show|trust|untrust]``"""

from __future__ import annotations

from typing import Any

import click

from signalcli.cli.command import Group
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import IMPORT, SECONDS, receiver_argument
from signalcli.errors import ExitStatus
from signalcli.values.change import Change
from signalcli.values.inspection import Catalogue, ReceiverDetail
from signalcli.values.receiver_specs import OwnReceiver


@click.pass_context
def _list_if_bare(context: click.Context) -> int:
    if context.invoked_subcommand is not None:
        return ExitStatus.DONE
    invocation = context.ensure_object(Invocation)
    return invocation.present(_catalogue(invocation))


receivers_command = Group(
    "receivers",
    callback=_list_if_bare,
    draws=True,
    help="List the receivers that can be connected, and add your own.",
    examples=[
        "signalcli receivers",
        "signalcli receivers add herald --says '{sender}大王：{slogan}'",
        "signalcli receivers show animal",
    ],
)


def _catalogue(invocation: Invocation) -> Catalogue:
    with invocation.playground() as playground:
        return playground.catalogue(invocation.trust_file.trusted())


@receivers_command.command(
    "add",
    examples=[
        "signalcli receivers add herald --says '{sender}大王：{slogan}'",
        "signalcli receivers add grumpy --raises '今天不巡山' --sleeps 0.2",
    ],
)
@click.argument("name")
@click.option("--says", metavar="TEMPLATE", help="What it prints; without it, it is silent.")
@click.option("--returns", metavar="JSON", help="What it returns.  [default: null]")
@click.option("--raises", metavar="TEXT", help="Raise a RuntimeError with this message.")
@click.option("--sleeps", type=SECONDS, default=0.0, metavar="SECONDS", help="Sleep first.")
@click.option("--async", "is_async", is_flag=True, help="Make it a coroutine function.")
@click.option("--strict", is_flag=True, help="Take a sender and no payload.")
@click.pass_obj
def add_receiver(invocation: Invocation, /, name: str, **deeds: Any) -> Change:
    """Add a receiver of your own to the session.

    It runs no code. TEMPLATE knows {sender}, {signal}, {payload} and each payload key, and nothing
    else: no attribute, no index, no format. A key that isn't sent stays as it is written.
    """
    from signalcli.cli.parsing.senders_and_payload import parse_json_option

    deeds["returns"] = parse_json_option("--returns", deeds["returns"])
    own = OwnReceiver(**deeds)
    return invocation.change(lambda playground: playground.add_receiver(name, own))


@receivers_command.command("remove", examples=["signalcli receivers remove herald"])
@receiver_argument
@click.pass_obj
def remove_receiver(invocation: Invocation, receiver: str) -> Change:
    """Remove a receiver of your own, which is connected to nothing any more."""
    return invocation.change(lambda playground: playground.remove_receiver(receiver))


@receivers_command.command("show", draws=True, examples=["signalcli receivers show animal"])
@receiver_argument
@click.pass_obj
def show_receiver(invocation: Invocation, receiver: str) -> ReceiverDetail:
    """Show what is known of a receiver, and where it is connected.

    Nothing is imported for it.
    """
    trusted = invocation.trust_file.trusted()
    with invocation.playground() as playground:
        return playground.receiver_detail(receiver, trusted)


@receivers_command.command("trust", examples=["signalcli receivers trust shop.handlers:on_king"])
@click.argument("name", type=IMPORT, metavar="IMPORT")
@click.pass_obj
def trust_receiver(invocation: Invocation, name: Any) -> Change:
    """Let an import run as a receiver, for this user on this machine.

    Trust is the import as it is written plus the real path of its file or package, which is found
    without importing anything. A session from somebody else runs nothing that isn't trusted here.
    """
    if invocation.trust_file.add(name):
        return Change(True, (f"{name} is trusted here from now on.",))
    return Change(False, (f"{name} was trusted here already: nothing changed.",))


@receivers_command.command(
    "untrust", examples=["signalcli receivers untrust shop.handlers:on_king"]
)
@click.argument("name", metavar="IMPORT")
@click.pass_obj
def untrust_receiver(invocation: Invocation, name: str) -> Change:
    """Take back the trust in an import, at whatever path it was trusted."""
    if invocation.trust_file.remove(name):
        return Change(True, (f"{name} is no longer trusted here, and doesn't run.",))
    return Change(False, (f"{name} was not trusted here: nothing changed.",))
