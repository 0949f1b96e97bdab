"""Ask why a receiver of a session or an application was called, or was not."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from signalcli.doctor.evidence import Evidence
from signalcli.doctor.past_sends import SendEvidence, send_of_delivery
from signalcli.doctor.source_files import own_source_files
from signalcli.errors import UsageError
from signalcli.language.phrases import joined, phrase
from signalcli.values.signal_name import SignalName
from signalcli.why.chain import walk
from signalcli.why.remedies import Commands
from signalcli.why.subject import Subject, catalog_subject, find_subject

if TYPE_CHECKING:
    from signalcli.sending.interfaces import SignalSource
    from signalcli.values.catalog import CatalogEntry
    from signalcli.values.delivery import Message
    from signalcli.why.answer import Answer

_OUTCOMES = {"would_call": "returned", "would_raise": "raised"}


_SEVERAL_SIGNALS = phrase(
    "{receiver} listens to {signals}. Name the one that is sent, such as: {command}"
)
_NO_SIGNAL = phrase(
    "{receiver} isn't connected to a signal. Name the one that is sent, such as: {command}"
)
_SIGNAL_AS_SENDER = phrase("'{sender}' is the sender here. A signal is written: {option}")


class Question(NamedTuple):
    """A receiver, and what is asked about it."""

    receiver: str
    """As the user writes it."""
    signal: SignalName | None = None
    """The only signal to look at."""
    message: Message | None = None
    """A send that isn't made, but asked about."""
    entry: CatalogEntry | None = None
    """The receiver itself, if it is one of a session."""


def answer_of(question: Question, source: SignalSource, evidence: Evidence, program: str) -> Answer:
    """Return why the receiver of a question was called, or was not. Nothing is sent.

    :param program: the command line up to the name of a command.
    :raises UsageError: if several receivers have the name, or if a message lacks its signal.
    :raises UnknownName: if there is no such receiver or signal.
    """
    word = re.split("[.:]", question.receiver)[-1]
    containing = "" if word.isdecimal() else word
    if question.entry is None:
        files = list(own_source_files(evidence.details, containing))
        subject = find_subject(question.receiver, evidence, files, program)
    else:
        subject = catalog_subject(question.entry, evidence)
    if question.signal is not None:
        subject = _of_signal(subject, source.inspect(question.signal).signal)
    commands = Commands(program, question.receiver)
    if question.message is None:
        return walk(subject, evidence, commands, is_asked=False)
    sender = question.message.sender
    notes: tuple[str, ...] = ()
    if question.signal is None and isinstance(sender, str) and evidence.has_signal(sender):
        option = f"--signal {shlex.quote(sender)}"
        notes = (phrase(_SIGNAL_AS_SENDER, sender=sender, option=option),)
    asked = _asked(subject, source, evidence, question.message, program)
    return walk(subject, asked, commands, is_asked=True)._replace(notes=notes)


def _of_signal(subject: Subject, signal: str) -> Subject:
    """Return a receiver with only what concerns one signal."""
    views = tuple((view, receiver) for view, receiver in subject.views if view.signal == signal)
    changes = tuple(change for change in subject.changes if change.signal == signal)
    return subject._replace(views=views, changes=changes, asked=signal)


def _asked(
    subject: Subject, source: SignalSource, evidence: Evidence, message: Message, program: str
) -> Evidence:
    """Return the evidence with one send instead of past ones, which is explained and not made."""
    signals = subject.signals
    if len(signals) != 1:
        signal = next(iter(signals or [one.signal for one in evidence.signals]), "king")
        raise UsageError(
            _SEVERAL_SIGNALS if signals else _NO_SIGNAL,
            receiver=subject.name,
            signals=joined(signals),
            command=f"{program} why {shlex.quote(subject.name)} --signal {shlex.quote(signal)}",
        )
    explained = source.explain(SignalName.parse(signals[0]), message)
    calls = tuple(
        call._replace(outcome=_OUTCOMES.get(call.outcome, call.outcome)) for call in explained.calls
    )
    sent = send_of_delivery(explained._replace(calls=calls))
    return evidence.with_sends(SendEvidence((sent,), "", is_trace=True))
