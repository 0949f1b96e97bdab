"""``signalcli relay``: the server between processes, what it holds, and its dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Group
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.via import ViaOptions, server_options
from signalcli.errors import UsageError
from signalcli.language.phrases import counted, phrase
from signalcli.values.change import Change

if TYPE_CHECKING:
    from signalcli.values.relay.server import (
        DeadLetter,
        DeadLetters,
        ListenerList,
        RelayedSignals,
        RelayStatus,
    )
    from signalcli.values.result import StreamEnd

relay_command = Group(
    "relay",
    works_on="",
    help="Run the server between processes, and show what it holds.\n\n"
    "Sends go from `signalcli send --via` over a NATS server to `signalcli listen`. The server is your own "
    "on this machine, which starts when it is needed, or another one: --via URL, SIGNALCLI_VIA or "
    "`relay use URL`. The guide: `signalcli help processes`.",
    examples=[
        "signalcli relay serve",
        "signalcli relay status",
        "signalcli relay use nats://relay.example",
        "signalcli relay dead list",
    ],
)


@relay_command.command("serve", works_on="", examples=["signalcli relay serve"])
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=4222,
    metavar="PORT",
    help="The port.  [default: 4222]",
)
def serve(invocation: Invocation, port: int) -> StreamEnd:
    """Run your own NATS server on this machine until Ctrl-C.

    It listens on 127.0.0.1 and asks for a token, which signalcli reads from a file of yours. Sends are
    kept on disk between two runs. If your server runs already, in the background, this says where.
    """
    from signalcli.cli.relay.serve import serve_until_interrupted

    return serve_until_interrupted(invocation, invocation.relay.own, port)


@relay_command.command("stop", works_on="", examples=["signalcli relay stop"])
def stop(invocation: Invocation) -> Change:
    """Stop your own server on this machine.

    What it has stored is kept.
    """
    stopped = invocation.relay.own.stop()
    return Change(
        stopped,
        (phrase("Stopped your server.") if stopped else phrase("Your server doesn't run."),),
    )


@relay_command.command(
    "use",
    works_on="",
    examples=["signalcli relay use nats://relay.example", "signalcli relay use local"],
)
@click.argument("url", metavar="URL|local|-")
@click.option("--creds", metavar="FILE", help="Log in with this file of credentials.")
def use(invocation: Invocation, url: str, creds: str | None) -> Change:
    """Make a server the one that later commands use.

    With -, the URL is read from standard input, and may have a password. It is kept in a file that only
    you can read. `relay use local` goes back to your own server.
    """
    from signalcli.cli.relay.access import LOCAL, OWN_TAKES_NO_CREDENTIALS, url_of_input
    from signalcli.relay.address import typed_address

    if url == "-":
        url = url_of_input()
    elif url != LOCAL:
        typed_address(url)
    elif creds is not None:
        raise UsageError(OWN_TAKES_NO_CREDENTIALS)
    address = invocation.relay.use(url, creds)
    server = phrase("your own server") if address is None else str(address)
    return Change(True, (phrase("Now using {server}.", server=server),))


@relay_command.command("status", works_on="", draws=True, examples=["signalcli relay status"])
@server_options
def status(invocation: Invocation, server: ViaOptions) -> RelayStatus:
    """Show the server, its stream, and how far each durable listener is."""
    access = invocation.relay
    from signalcli.relay.administration.status import relay_status

    with access.opened(server, starts=False) as relay:
        return relay.loop.run(relay_status(relay.connection, own=relay.own))


@relay_command.command("listeners", works_on="", draws=True, examples=["signalcli relay listeners"])
@server_options
def listeners(invocation: Invocation, server: ViaOptions) -> ListenerList:
    """List the processes that listen, and the durable listeners.

    A process that was killed is listed for 45 seconds more.
    """
    access = invocation.relay
    from signalcli.relay.administration.status import listener_list

    with access.opened(server, starts=False) as relay:
        return relay.loop.run(listener_list(relay.connection))


@relay_command.command("signals", works_on="", draws=True, examples=["signalcli relay signals"])
@server_options
def signals(invocation: Invocation, server: ViaOptions) -> RelayedSignals:
    """List the signals whose sends the server has stored."""
    access = invocation.relay
    from signalcli.relay.administration.status import relayed_signals

    with access.opened(server, starts=False) as relay:
        return relay.loop.run(relayed_signals(relay.connection))


@relay_command.command("forget", works_on="", examples=["signalcli relay forget mail --yes"])
@click.argument("name")
@server_options
@click.option("--yes", is_flag=True, help="Don't ask.")
def forget(invocation: Invocation, name: str, server: ViaOptions, yes: bool) -> Change:
    """Delete the place of a durable listener in the stream, after asking.

    The server then keeps no sends for it, and a new listener of the name begins anew.
    """
    access = invocation.relay
    from signalcli.relay.administration import status

    with access.opened(server, starts=False) as relay:
        relay.loop.run(status.check_durable(relay.connection, name))
        question = phrase("This forgets the durable listener '{name}'. Forget it?", name=name)
        invocation.confirm(question, yes)
        relay.loop.run(status.forget_listener(relay.connection, name))
    return Change(True, (phrase("Forgot the durable listener '{name}'.", name=name),))


dead_command = Group(
    "dead",
    works_on="",
    help="Show dead letters, which a durable listener gave up, and retry or drop them.",
    examples=["signalcli relay dead list", "signalcli relay dead show 1"],
)
relay_command.add_command(dead_command)


@dead_command.command("list", works_on="", draws=True, examples=["signalcli relay dead list"])
@server_options
def list_dead(invocation: Invocation, server: ViaOptions) -> DeadLetters:
    """List the dead letters, oldest first.

    With --json, each takes a line.
    """
    access = invocation.relay
    from signalcli.relay.administration.dead_letters import dead_letters
    from signalcli.values.relay.server import DeadLetters

    with access.opened(server, starts=False) as relay:
        found = relay.loop.run(dead_letters(relay.connection))
        return DeadLetters(str(relay.connection.address), tuple(found))


@dead_command.command("show", works_on="", draws=True, examples=["signalcli relay dead show 1"])
@click.argument("id")
@server_options
def show_dead(invocation: Invocation, id: str, server: ViaOptions) -> DeadLetter:
    """Show one dead letter with its message and why it was given up."""
    access = invocation.relay
    from signalcli.relay.administration.dead_letters import chosen_letters

    with access.opened(server, starts=False) as relay:
        return relay.loop.run(chosen_letters(relay.connection, [id]))[0]


@dead_command.command("retry", works_on="", examples=["signalcli relay dead retry 1"])
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="Retry every dead letter.")
@server_options
def retry_dead(
    invocation: Invocation, ids: tuple[str, ...], every: bool, server: ViaOptions
) -> Change:
    """Send dead letters again, each to the durable listener that gave it up."""
    access = invocation.relay
    from signalcli.cli.relay.dead import change_letters
    from signalcli.relay.administration.dead_letters import retry

    def done(number: int) -> str:
        return counted("Sent {n} dead letter again.", "Sent {n:,} dead letters again.", number)

    return change_letters(invocation, access, server, ids, every=every, change=retry, done=done)


@dead_command.command("drop", works_on="", examples=["signalcli relay dead drop 1 --yes"])
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="Drop every dead letter.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@server_options
def drop_dead(
    invocation: Invocation, ids: tuple[str, ...], every: bool, yes: bool, server: ViaOptions
) -> Change:
    """Delete dead letters, after asking."""
    access = invocation.relay
    from signalcli.cli.relay.dead import change_letters
    from signalcli.relay.administration.dead_letters import delete_letter

    def done(number: int) -> str:
        return counted("Dropped {n} dead letter.", "Dropped {n:,} dead letters.", number)

    def question(number: int) -> str:
        return counted(
            "This deletes {n} dead letter. Delete?",
            "This deletes {n:,} dead letters. Delete?",
            number,
        )

    return change_letters(
        invocation,
        access,
        server,
        ids,
        every=every,
        change=delete_letter,
        done=done,
        question=None if yes else question,
    )
