"""``signalcli inspect``: show a signal's receivers and connections."""

from __future__ import annotations

from typing import Any

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import (
    QUESTION,
    SIGNAL,
    all_option,
    sender_objects_option,
    senders_option,
)
from signalcli.values.delivery import SenderObject
from signalcli.values.inspection import SignalView, SignalViews
from signalcli.values.signal_name import SignalName


@signalcli_command(
    "inspect",
    works_on="session app",
    draws=True,
    examples=["signalcli inspect king", "signalcli inspect king --sender 大鹏"],
)
@click.argument("signal", type=SIGNAL, required=False)
@senders_option(QUESTION, "Also ask has_receivers_for about this sender; may be repeated.")
@sender_objects_option
@all_option("Also show signals that are only counted by default.")
def inspect_command(
    invocation: Invocation,
    signal: SignalName | None,
    senders: tuple[Any, ...],
    objects: tuple[SenderObject, ...],
    show_all: bool,
) -> SignalView | SignalViews:
    """Show the receivers of a signal, and the senders they listen to.

    The first table lists the receivers. The second shows what has_receivers_for returns for ANY and for
    each sender, and the receivers that receivers_for yields.

    Without SIGNAL, all signals are shown, in the order of list. Packages' signals without receivers are
    only counted.
    """
    invocation.note_likely_mistakes(senders=senders)
    senders += invocation.objects(objects)
    with invocation.source() as source:
        if signal is None:
            return source.inspect_all(senders, heard_metas=True)._replace(is_whole=show_all)
        return source.inspect(signal, senders)
