"""``signalcli inspect``"""

from __future__ import annotations

from typing import Any

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import QUESTION, SIGNAL, senders_option
from signalcli.values.inspection import SignalView, SignalViews
from signalcli.values.signal_name import SignalName


@click.command(
    "inspect",
    cls=Command,
    draws=True,
    examples=["signalcli inspect king", "signalcli inspect king --sender 大鹏"],
)
@click.argument("signal", type=SIGNAL, required=False)
@senders_option(QUESTION, "Also ask has_receivers_for about this sender; may be repeated.")
@click.pass_obj
def inspect_command(
    invocation: Invocation, signal: SignalName | None, senders: tuple[Any, ...]
) -> SignalView | SignalViews:
    """Show who listens to a signal.

    The first table has its receivers. The second has what has_receivers_for answers for ANY and for
    each sender, beside those whom receivers_for would really call. Without SIGNAL, all signals.
    """
    with invocation.ground() as ground:
        if signal is None:
            return ground.inspect_all(senders)
        return ground.inspect(signal, senders)
