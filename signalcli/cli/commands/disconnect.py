"""``signalcli disconnect``: disconnect a receiver from a signal, from all senders or from some."""

from __future__ import annotations

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import FILTER, receiver_argument, senders_option, signal_argument
from signalcli.values.change import Change
from signalcli.values.session import Sender
from signalcli.values.signal_name import SignalName


@signalcli_command(
    "disconnect",
    calls_blinker=True,
    draws=True,
    examples=["signalcli disconnect king animal", "signalcli disconnect king animal --sender 大象"],
)
@signal_argument
@receiver_argument
@senders_option(FILTER, "Disconnect from this sender only; may be repeated.  [default: all]")
def disconnect_command(
    invocation: Invocation, signal: SignalName, receiver: str, senders: tuple[Sender, ...]
) -> Change:
    """Disconnect a receiver from a signal.

    Without --sender, all its connections end. With it, a connection to ANY stays, and blinker keeps an
    empty entry for the sender: has_receivers_for answers True, although no receiver listens. The
    status is 1 if a receiver of the meta signal raised.
    """
    invocation.note_likely_mistakes(senders=senders)
    return invocation.session.change(
        lambda playground: playground.disconnect(signal, receiver, senders)
    )
