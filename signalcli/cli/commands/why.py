"""``signalcli why``: say why a receiver was called, or was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.options import (
    EvidenceOptions,
    TypedMessage,
    evidence_options,
    message_options,
)
from signalcli.cli.parsing.types import SIGNAL, receiver_argument
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.why.answer import Answer


@signalcli_command(
    "why",
    works_on="session app",
    examples=[
        "signalcli why animal --signal king --sender 大象",
        "signalcli why on_king --app shop:app --request 'GET /login'",
        "signalcli why handlers.py:on_king --app shop:app --sender-object app",
    ],
)
@receiver_argument
@click.option("--signal", type=SIGNAL, metavar="SIGNAL", help="Ask about this signal only.")
@message_options
@evidence_options
def why_command(
    invocation: Invocation,
    receiver: str,
    signal: SignalName | None,
    typed: TypedMessage,
    options: EvidenceOptions,
) -> Answer:
    """Say why a receiver was called, or was not.

    RECEIVER is a function as you write it: mail, shop.receivers:mail or receivers.py:mail; or shop.py:12,
    the place of its definition or of its connect.
    Each condition of a call is checked in turn, up to the first that is broken: it is defined, imported,
    connected and alive; the signal is sent, its filter matches, the signal isn't muted, no receiver raised
    before it, and it takes the payload. The last lines are the remedy and the next command.

    The sends are those of the session's history, or of an application's requests, programs and traces.
    With a sender or a payload, they are one send that is only asked about, as by signalcli explain. The
    status is 0 if the receiver was called, or would be, and 1 if not.
    """
    from signalcli.why.ask import Question, answer_of
    from signalcli.why.subject import hint_of_signal

    asked = typed.parsed(invocation) if any(typed) else None
    with invocation.examined(options) as (source, evidence):
        entry = None
        if evidence.is_session:
            hint = hint_of_signal(receiver, evidence)
            entry = invocation.session.receiver_detail(receiver, hint).entry
        question = Question(receiver, signal, asked, entry)
        return answer_of(question, source, evidence, invocation.program)
