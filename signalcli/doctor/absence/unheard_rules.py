"""Rules about sends that no receiver heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from signalcli.doctor.evidence import Evidence
from signalcli.doctor.findings import WARNING, Problem, rule
from signalcli.doctor.past_sends import ExaminedSend
from signalcli.doctor.sender_rules import is_same_sender, sender_label_of
from signalcli.language.phrases import counted, phrase
from signalcli.tracing.look_alikes import look_alikes, plain_name
from signalcli.values.change import ConnectionChange
from signalcli.values.signal_name import short_name


def _no_sends(evidence: Evidence) -> str | None:
    if not evidence.sends.sent:
        return evidence.sends.missing
    is_heard = any(sent.outcomes for sent in evidence.sends.sent)
    return None if is_heard or list(_listened(evidence)) else phrase("No signal has receivers.")


def _no_trace(evidence: Evidence) -> str | None:
    if evidence.sends.sent and not evidence.sends.is_trace:
        return phrase("A session keeps the sends from before a connect.")
    return _no_sends(evidence)


def _listened(evidence: Evidence) -> Iterator[tuple[str, str, str | None]]:
    """Yield the signals that have receivers, each with the name and the place of the first.

    What was connected during a trace counts too.
    """
    for signal in evidence.signals:
        for receiver in signal.receivers[:1]:
            yield signal.signal, receiver.receiver, receiver.where
    for change in evidence.sends.changes:
        if change.action == "connected":
            yield change.signal, change.receiver, change.where


def _unheard(evidence: Evidence) -> Iterator[str]:
    """Yield the signals that were sent, and that no receiver listened to in any of those sends."""
    for name in dict.fromkeys(sent.signal for sent in evidence.sends.sent):
        if not any(sent.outcomes or sent.is_muted for sent in evidence.sends_of(name)):
            yield name


@rule(
    "look-alike-signals",
    level=WARNING,
    what=phrase(
        "A signal was sent and has no receivers; a signal with a similar name has receivers and was "
        "never sent."
    ),
    why=phrase(
        "blinker makes a signal for any name that it is asked for, so a slip makes another signal. Two "
        "namespaces have two signals of the same name, an anonymous Signal() is in no namespace, and a module "
        "that is imported under two names makes its signals twice."
    ),
    bad='signal("user-loged-in").connect(count)\nsignal("user-logged-in").send(app)',
    good='user_logged_in = signal("user-logged-in")  # in one module, which all others import\n\n'
    "user_logged_in.connect(count)\nuser_logged_in.send(app)",
    remedy=phrase(
        "Make the signal in one module, and import it from there to send it and to connect receivers."
    ),
    missing=_no_sends,
)
def look_alike_signals(evidence: Evidence) -> Iterator[Problem]:
    listened = {name: (receiver, where) for name, receiver, where in _listened(evidence)}
    sent = {one.signal for one in evidence.sends.sent}
    unsent = [name for name in listened if name not in sent]
    for name in _unheard(evidence):
        if name not in listened:
            for other in look_alikes(name, unsent)[:1]:
                receiver, where = listened[other]
                times = sum(one.times for one in evidence.sends_of(name))
                message = phrase(
                    _template(evidence, name, other),
                    name=short_name(other),
                    signal=name,
                    times=counted("{n} time", "{n} times", times),
                    other=other,
                    receiver=receiver,
                    amount=evidence.sends.amount,
                )
                remedy = _REMEDY_OF_TWICE if _are_twice(evidence, name, other) else None
                yield Problem(other, message, receiver, where, remedy)


_MAIN = "__main__"
_REMEDY_OF_TWICE = phrase(
    "Import the module by one name only. A file that is run as a program is __main__, so an import of it "
    "by its own name makes it again."
)


def _template(evidence: Evidence, name: str, other: str) -> str:
    """Return the template of the message, which says why two signals look alike, if the names don't."""
    if _are_twice(evidence, name, other):
        return _MADE_TWICE
    return _NAMED_ALIKE if short_name(plain_name(name)) == short_name(other) else _LOOKS_ALIKE


_LOOKS_ALIKE = phrase(
    "{signal} was sent {times} and has no receivers; {other} has the receiver {receiver} and was not "
    "sent in {amount}."
)
_NAMED_ALIKE = phrase(
    "Two signals are called {name}: {signal} was sent {times} and has no receivers; {other} has the "
    "receiver {receiver} and was not sent in {amount}."
)
_MADE_TWICE = phrase(
    "One file was imported under two names, and made two signals: {signal} was sent {times} and has no "
    "receivers; {other} has the receiver {receiver} and was not sent in {amount}."
)


def _are_twice(evidence: Evidence, name: str, other: str) -> bool:
    """Return whether a module made both signals, because it was imported under two names."""
    modules = dict(evidence.details.modules)
    one, two = (text.rpartition(".")[0] for text in (name, other))
    is_same = one != two and one in modules and modules[one] == modules.get(two)
    return is_same or any(
        mine.startswith(_MAIN) and his.endswith(plain_name(mine).removeprefix(_MAIN))
        for mine, his in ((name, other), (other, name))
    )


@rule(
    "absent-when-sent",
    level=WARNING,
    what=phrase("A send called no receiver, although the application has a receiver for it."),
    why=phrase(
        "Connections are those of one process at one time. A worker that imports fewer modules, a process "
        "that was forked before the connect, or a send before the module of the receiver was imported finds "
        "no receiver."
    ),
    bad="# worker.py\nfrom shop.signals import order_placed  # not shop.receivers\n\n"
    "order_placed.send(None, item=1)",
    good="# worker.py\nimport shop.receivers\nfrom shop.signals import order_placed\n\n"
    "order_placed.send(None, item=1)",
    remedy=phrase(
        "Import the module of the receiver where the signal is sent, before that; connect it before "
        "a process is forked."
    ),
    missing=_no_trace,
)
def absent_when_sent(evidence: Evidence) -> Iterator[Problem]:
    found = set[tuple[str, str]]()
    for signal, sends in _unheard_by_process(evidence):
        changes = evidence.sends.changes_of_traces[sends[0].process[0]]
        for listener in _listeners(evidence, signal, sends[0], changes):
            missed = [sent for sent in sends if listener.would_hear(sent)]
            if missed and (signal, listener.receiver) not in found:
                found.add((signal, listener.receiver))
                yield _absent(signal, listener, missed, changes)


def _unheard_by_process(evidence: Evidence) -> Iterator[tuple[str, list[ExaminedSend]]]:
    """Yield the sends of each signal in one process, if no receiver listened to any of them."""
    by_process: dict[tuple[str, tuple[int, int | None]], list[ExaminedSend]] = {}
    for sent in evidence.sends.sent:
        by_process.setdefault((sent.signal, sent.process), []).append(sent)
    for (signal, _), sends in by_process.items():
        if not any(sent.outcomes or sent.is_muted for sent in sends):
            yield signal, sends


class _Listener(NamedTuple):
    """A receiver that listens elsewhere."""

    receiver: str
    where: str | None
    senders: tuple[object, ...]
    """``ANY`` is ``None`` here."""
    is_in_program: bool
    """Whether it listens in the program that was traced, not in the application."""

    def would_hear(self, sent: ExaminedSend) -> bool:
        return any(one is None or is_same_sender(one, sent) for one in self.senders)


def _listeners(
    evidence: Evidence, signal: str, sent: ExaminedSend, changes: Sequence[ConnectionChange]
) -> Iterator[_Listener]:
    """Yield the receivers of a signal in the application, and in other processes of the program."""
    named = [change for change in changes if change.signal == signal]
    ended = {one.receiver for one in named if one.action not in ("connected", "missed")}
    views = (view for view in evidence.signals if view.signal == signal)
    for receiver in (receiver for view in views for receiver in view.receivers):
        if receiver.receiver not in ended:
            senders = tuple(None if one.any else one.sender for one in receiver.connections)
            yield _Listener(receiver.receiver, receiver.where, senders, is_in_program=False)
    for change in named if sent.process[1] is not None else ():
        if change.action == "connected" and change.receiver not in ended:
            senders = (None if change.any else change.sender,)
            yield _Listener(change.receiver, change.where, senders, is_in_program=True)


_UNHEARD = phrase("{signal} was sent {times} from {sender} and had no receivers then")
_UNHEARD_IN_PROCESS = phrase(
    "{signal} was sent {times} from {sender} in one process of the program and had no receivers then"
)
_THERE = phrase("{receiver} listens to it in the application")
_THERE_IN_PROGRAM = phrase("{receiver} listens to it in the program")


def _absent(
    signal: str,
    listener: _Listener,
    sends: Sequence[ExaminedSend],
    changes: Sequence[ConnectionChange],
) -> Problem:
    later = [
        change.where
        for change in changes
        if (change.signal, change.receiver) == (signal, listener.receiver)
        and change.started > sends[0].started  # and not in another process before
    ]
    unheard = phrase(
        _UNHEARD if sends[0].process[1] is None else _UNHEARD_IN_PROCESS,
        signal=signal,
        times=counted("{n} time", "{n} times", sum(sent.times for sent in sends)),
        sender=sender_label_of(sends[0]),
    )
    there = _THERE_IN_PROGRAM if listener.is_in_program else _THERE
    listens = phrase(there, receiver=listener.receiver)
    if later:
        message = phrase(
            "{unheard}, though {listens}: it was connected later, at {place}.",
            unheard=unheard,
            listens=listens,
            place=later[0],
        )
    else:
        message = phrase("{unheard}, though {listens}.", unheard=unheard, listens=listens)
    return Problem(signal, message, listener.receiver, listener.where)
