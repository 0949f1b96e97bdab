"""A session's signals, alive: what a person does to them is done by blinker.

Every command is one of blinker's own methods, called on its own objects, so that what follows from
it is what blinker makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING
from weakref import ref

from blinker import ANY, NamedSignal, Namespace, Signal, default_namespace

from signalcli.bookkeeping import ANY_ID
from signalcli.capture import Capture
from signalcli.delivery import deliver
from signalcli.errors import UnknownName
from signalcli.functions import Receiver
from signalcli.model import (
    Change,
    Delivery,
    Sender,
    Session,
    SignalState,
    differ,
)
from signalcli.names import SignalName
from signalcli.receivers import ReceiverSet
from signalcli.snapshot import restore, state_of
from signalcli.text import sender_label

if TYPE_CHECKING:
    from signalcli.views import SignalList, SignalView, SignalViews


class Playground:
    """The signals of a session, each brought to life when it is first asked for.

    :param session: what to build them from.
    :param place: how errors call the session, such as ``"session 'default'"``.
    """

    def __init__(self, session: Session, place: str) -> None:
        self._states = dict(session.signals)
        self._place = place
        self._live: dict[str, Signal] = {}
        self._namespaces: dict[str | None, Namespace] = {None: default_namespace}
        self._receivers = ReceiverSet()

    # Looking.

    def list_signals(self) -> SignalList:
        """Every signal, in the order of definition."""
        from signalcli.observe import summary
        from signalcli.views import SignalList

        return SignalList(
            tuple(summary(str(name), name.kind, self._signal(name)) for name in self._names())
        )

    def inspect(self, name: SignalName, senders: Sequence[object] = ()) -> SignalView:
        """Who listens to a signal.

        :param senders: senders to ask ``has_receivers_for`` about, besides those it knows.
        :raises UnknownName: if it isn't defined.
        """
        from signalcli.observe import view

        signal = self._signal(name)
        return view(str(name), name.kind, signal, self._receivers.name_of, senders)

    def inspect_all(self, senders: Sequence[object] = ()) -> SignalViews:
        """Who listens to each of the signals."""
        from signalcli.views import SignalViews

        return SignalViews(tuple(self.inspect(name, senders) for name in self._names()))

    def send(
        self, name: SignalName, sender: object, payload: dict[str, object], capture: Capture
    ) -> Delivery:
        """Send a signal.

        :param capture: the standard output in place, to tell what each receiver printed.
        :raises UnknownName: if it isn't defined.
        """
        signal = self._signal(name)
        return deliver(str(name), signal, self._receivers.name_of, sender, payload, capture)

    # Changing. Each says what it did, a sentence each.

    def define(self, name: SignalName, doc: str | None = None, ordered: bool = True) -> list[str]:
        """Create a signal, or say that it exists: then nothing of it changes."""
        if str(name) in self._states:
            return [f"{name} is already defined: nothing changed."]
        self._states[str(name)] = SignalState(doc=doc or None, ordered=ordered)
        return [f"Defined {name}."]

    def connect(
        self, name: SignalName, receiver: str, senders: Sequence[Sender], weak: bool = True
    ) -> list[str]:
        """Connect a receiver to each of ``senders``, or to ``ANY`` if there are none.

        The signal is defined if it is new.

        :raises UnknownName: if there is no such receiver.
        """
        function = self._receivers.get(receiver)
        notes = [] if str(name) in self._states else self.define(name)
        signal = self._signal(name)
        was_weak = _is_weak(signal, id(function))
        for sender in dict.fromkeys(senders) or (ANY,):
            sender_id = ANY_ID if sender is ANY else sender
            again = id(function) in signal._by_sender.get(sender_id, ())
            signal.connect(function, sender=sender, weak=weak)
            listens = "already listened" if again else "listens"
            whom = "ANY sender" if sender is ANY else sender_label(sender)
            notes.append(f"{receiver} {listens} to {name} from {whom}.")
        if was_weak is not None and was_weak != weak:
            held = "weakly" if weak else "strongly"
            notes.append(f"{name} now holds {receiver} {held}: the last connect decides.")
        return notes

    def disconnect(self, name: SignalName, receiver: str, senders: Sequence[Sender]) -> list[str]:
        """Disconnect a receiver from each of ``senders``, or altogether if there are none.

        :raises UnknownName: if there is no such signal or receiver.
        """
        signal = self._signal(name)
        function = self._receivers.get(receiver)
        if senders:
            return [_disconnect(name, signal, receiver, function, sender) for sender in senders]
        connected = id(function) in signal.receivers
        signal.disconnect(function)
        if connected:
            return [f"{receiver} no longer listens to {name}."]
        return [f"{receiver} was not connected to {name}: nothing changed."]

    def mute(self, name: SignalName) -> list[str]:
        """Let sends of a signal call nobody.

        :raises UnknownName: if it isn't defined.
        """
        return self._set_muted(name, True)

    def unmute(self, name: SignalName) -> list[str]:
        """Let sends of a signal call its receivers again.

        :raises UnknownName: if it isn't defined.
        """
        return self._set_muted(name, False)

    def remove(self, name: SignalName) -> list[str]:
        """Forget a signal, with its connections.

        :raises UnknownName: if it isn't defined.
        """
        self._signal(name)
        del self._states[str(name)], self._live[str(name)]
        return [f"Removed {name}."]

    def reset(self) -> list[str]:
        """Forget every signal."""
        count = len(self._states)
        self._states.clear()
        self._live.clear()
        return [f"Removed {count} signal{'' if count == 1 else 's'} from {self._place}."]

    def snapshot(self) -> Session:
        """What blinker holds now, in plain values."""
        live = {text: self._state(text, signal) for text, signal in self._live.items()}
        return Session({**self._states, **live})

    def _state(self, text: str, signal: Signal) -> SignalState:
        """A live signal's state: the very one it came from, however written, if nothing changed."""
        before = self._states[text]
        now = state_of(signal, self._receivers.name_of)
        if now != before:
            again = restore(SignalName.parse(text), before, self._receivers.get)
            if now == state_of(again, self._receivers.name_of):
                return before
        return now

    def _names(self) -> Iterable[SignalName]:
        return map(SignalName.parse, self._states)

    def _signal(self, name: SignalName) -> Signal:
        text = str(name)
        if text not in self._live:
            if text not in self._states:
                raise self._unknown(text)
            signal = restore(name, self._states[text], self._receivers.get)
            if isinstance(signal, NamedSignal):
                namespace = self._namespaces.setdefault(name.namespace, Namespace())
                namespace[name.name] = signal
            self._live[text] = signal
        return self._live[text]

    def _unknown(self, text: str) -> UnknownName:
        remedy = (
            "See them all: signalcli list"
            if self._states
            else "It has no signals yet; start with: signalcli connect king animal"
        )
        return UnknownName("signal", text, self._states, place=self._place, remedy=remedy)

    def _set_muted(self, name: SignalName, muted: bool) -> list[str]:
        signal = self._signal(name)
        word = "muted" if muted else "unmuted"
        if signal.is_muted == muted:
            return [f"{name} was already {word}: nothing changed."]
        signal.is_muted = muted
        return [f"{name} is {word}."]


def change(
    session: Session, place: str, operation: Callable[[Playground], list[str]]
) -> tuple[Session, Change]:
    """Do something to a session.

    :param place: how errors call the session.
    :param operation: what to do to its playground; gives the notes on what it did.
    :return: the session afterwards, and what there is to say.
    """
    playground = Playground(session, place)
    notes = operation(playground)
    after = playground.snapshot()
    return after, Change(differ(session, after), tuple(notes))


def _is_weak(signal: Signal, receiver_id: int) -> bool | None:
    """Whether the signal holds a receiver weakly; ``None`` if it doesn't hold it."""
    held = signal.receivers.get(receiver_id)
    return None if held is None else isinstance(held, ref)


def _disconnect(
    name: SignalName, signal: Signal, receiver: str, function: Receiver, sender: Sender
) -> str:
    """Disconnect a receiver from one sender, and say what blinker made of it."""
    label = sender_label(sender)
    connected = id(function) in signal._by_sender.get(sender, ())
    had_bucket = sender in signal._by_sender
    answered = signal.has_receivers_for(sender)
    signal.disconnect(function, sender=sender)

    if connected:
        note = f"{receiver} no longer listens to {name} from {label}."
    else:
        note = f"{receiver} was not connected to {name} from {label}."
    if id(function) in signal._by_sender.get(ANY_ID, ()):
        note += " It still listens to ANY."
    if connected or not had_bucket:
        answers = signal.has_receivers_for(sender)
        if answers and not any(signal.receivers_for(sender)):
            verb = "stays" if answered else "is now"
            note += f" has_receivers_for({label}) {verb} True, though nobody is called."
        elif not had_bucket:
            note += f" It left an empty bucket for {label}."
    return note
