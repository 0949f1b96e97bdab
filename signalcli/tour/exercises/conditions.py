"""The conditions that the session of an exercise fulfils when it is solved.

Each class is one condition. It is compared with the live signals, so every way to solve an exercise
counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from signalcli.errors import UsageError
from signalcli.language.phrases import phrase
from signalcli.text import sender_label, to_json
from signalcli.values.delivery import Delivery, Message, SendOptions
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.sending.interfaces import SignalSource
    from signalcli.values.inspection import ReceiverView, SignalView

ANY = object()
"""``blinker.ANY`` in a condition."""
CALLED = ("returned", "raised")


class ExerciseSession(NamedTuple):
    """The signals of a session, and its past sends."""

    source: SignalSource
    sends: Sequence[Delivery]
    """Oldest first."""

    def view(self, signal: str) -> SignalView | None:
        """Return the view of a signal; ``None`` if it isn't defined."""
        try:
            return self.source.inspect(SignalName.parse(signal))
        except UsageError:  # UnknownName, or a meta signal that blinker has not made yet
            return None

    def receiver(self, signal: str, name: str) -> ReceiverView | None:
        """Return a receiver of a signal; ``None`` if it isn't connected."""
        view = self.view(signal)
        found = (one for one in view.receivers if one.receiver == name) if view else ()
        return next(iter(found), None)

    def senders(self) -> tuple[object, ...]:
        """Return each sender that some receiver of the session listens to."""
        return tuple(
            dict.fromkeys(
                one.sender
                for view in self.source.inspect_all().signals
                for receiver in view.receivers
                for one in receiver.connections
                if not one.any
            )
        )


class Condition(Protocol):
    """One condition of an exercise."""

    def differences(self, session: ExerciseSession) -> Iterator[str]:
        """Yield a sentence for each difference; none if the condition holds."""


class CalledReceivers(NamedTuple):
    """A send of a signal would call these receivers, and no others."""

    signal: str
    receivers: str
    """Their names, with spaces between them."""
    sender: object = None
    payload: Mapping[str, object] = MappingProxyType({})
    in_order: bool = False
    """Whether they have to be called in this order."""
    raises: str = ""
    """The names of receivers that would raise an exception."""
    is_async: bool = False

    def differences(self, session: ExerciseSession) -> Iterator[str]:
        options = SendOptions(is_async=self.is_async)
        try:
            name = SignalName.parse(self.signal)
            sent = session.source.explain(name, Message(self.sender, self.payload, options))
        except UsageError:  # UnknownName, or a meta signal that blinker has not made yet
            yield _undefined(self.signal)
            return
        send = _send(self.signal, self.sender, self.payload, is_async=self.is_async)
        outcomes = {call.receiver: call for call in sent.calls}
        wanted, raising = self.receivers.split(), self.raises.split()
        for receiver in (*wanted, *raising):
            call = outcomes.get(receiver)
            expected = "would_raise" if receiver in raising else "would_call"
            if call is None:
                yield phrase(
                    "{send} should call {receiver}, but {receiver} isn't connected to {signal}.",
                    send=send,
                    receiver=receiver,
                    signal=self.signal,
                )
            elif call.outcome == "would_raise" != expected:
                yield phrase(
                    "{send} calls {receiver}, which would raise an exception: {reason}.",
                    send=send,
                    receiver=receiver,
                    reason=call.reason,
                )
            elif call.outcome != expected:
                yield phrase(
                    "{send} should call {receiver}, but doesn't: {reason}.",
                    send=send,
                    receiver=receiver,
                    reason=call.reason,
                )
        called = [call.receiver for call in sent.calls if call.outcome.startswith("would_")]
        for receiver in called:
            if receiver not in wanted and receiver not in raising:
                yield phrase(
                    "{send} should not call {receiver}, but does: {reason}.",
                    send=send,
                    receiver=receiver,
                    reason=outcomes[receiver].reason,
                )
        if self.in_order:
            yield from self._differences_of_order(send, called)

    def _differences_of_order(self, send: str, called: Sequence[str]) -> Iterator[str]:
        wanted = self.receivers.split()
        order = [receiver for receiver in called if receiver in wanted]
        if sorted(order) == sorted(wanted) and order != wanted:
            yield phrase(
                "{send} should call {wanted} in this order, but calls {order}.",
                send=send,
                wanted=", ".join(wanted),
                order=", ".join(order),
            )


class ReceiversBySender(NamedTuple):
    """Sends of a signal call what is listed for their senders, and ``otherwise`` for all other senders."""

    signal: str
    listed: Mapping[object, str | None] = MappingProxyType({})
    """The names of receivers by sender, with spaces between them; ``None`` if any will do."""
    otherwise: str = ""
    """The names of the receivers for a sender that isn't listed, or for none."""
    payload: Mapping[str, object] = MappingProxyType({})

    def differences(self, session: ExerciseSession) -> Iterator[str]:
        for sender, receivers in self.listed.items():
            if receivers is not None:
                yield from self._of(sender, receivers).differences(session)
        listened_to = session.senders()
        known = {*self.listed, *listened_to}
        for sender in (None, _unused(known, "狮子"), next(n for n in count(7) if n not in known)):
            found = [*self._of(sender, self.otherwise).differences(session)]
            yield from found
            if found:  # the other senders differ in the same way: no receiver listens to them
                break
        for sender in listened_to:
            if sender not in self.listed:
                yield from self._of(sender, self.otherwise).differences(session)

    def _of(self, sender: object, receivers: str) -> CalledReceivers:
        """Return the condition of one sender."""
        return CalledReceivers(self.signal, receivers, sender, self.payload)


def _unused(names: set[object], name: str) -> str:
    """Return a name that isn't in a set."""
    return next(new for n in count() if (new := f"{name}{n or ''}") not in names)


class PresentConnection(NamedTuple):
    """A receiver is connected to a signal, whatever sender it listens to."""

    signal: str
    receiver: str
    weak: bool | None = None
    """Whether the signal holds it weakly; ``None`` if either will do."""

    def differences(self, session: ExerciseSession) -> Iterator[str]:
        found = session.receiver(self.signal, self.receiver)
        if found is None or not found.connections:
            yield phrase(
                "{receiver} isn't connected to {signal}.",
                receiver=self.receiver,
                signal=self.signal,
            )
        elif self.weak is not None and found.weak != self.weak:
            names = {"receiver": self.receiver, "signal": self.signal}
            yield (
                phrase(
                    "{signal} holds {receiver} weakly: it ends when {receiver} is deleted.", **names
                )
                if found.weak
                else phrase(
                    "{signal} holds {receiver} strongly: it keeps {receiver} alive.", **names
                )
            )


class AbsentConnection(NamedTuple):
    """A receiver isn't connected to a signal, which is defined."""

    signal: str
    receiver: str

    def differences(self, session: ExerciseSession) -> Iterator[str]:
        if session.view(self.signal) is None:
            yield _undefined(self.signal)
        elif session.receiver(self.signal, self.receiver) is not None:
            names = {"receiver": self.receiver, "signal": self.signal}
            yield phrase("{receiver} is still connected to {signal}.", **names)


class OnlyConnection(NamedTuple):
    """A receiver is connected to no other signal, whatever sender it listens to."""

    signal: str
    receiver: str

    def differences(self, session: ExerciseSession) -> Iterator[str]:
        for view in session.source.inspect_all().signals:
            is_connected = any(one.receiver == self.receiver for one in view.receivers)
            if is_connected and view.signal != self.signal:
                names = {"receiver": self.receiver, "signal": view.signal}
                yield phrase("{receiver} is still connected to {signal}.", **names)


class SignalWithoutReceivers(NamedTuple):
    """A signal is defined and has no receivers: ``if signal.receivers:`` is false."""

    signal: str

    def differences(self, session: ExerciseSession) -> Iterator[str]:
        view = session.view(self.signal)
        if view is None:
            yield _undefined(self.signal)
        elif view.receivers:
            names = ", ".join(one.receiver for one in view.receivers)
            yield phrase(
                "{signal} should have no receivers, but has {receivers}.",
                signal=self.signal,
                receivers=names,
            )


class UndefinedSignal(NamedTuple):
    """A signal doesn't exist."""

    signal: str

    def differences(self, session: ExerciseSession) -> Iterator[str]:
        if session.view(self.signal) is not None:
            yield phrase("{signal} is still defined.", signal=self.signal)


class HasReceiversAnswer(NamedTuple):
    """``has_receivers_for`` a sender has an answer, and ``receivers_for`` agrees with it."""

    signal: str
    sender: object
    answer: bool | None
    """``None`` if either will do, as long as both agree."""

    def differences(self, session: ExerciseSession) -> Iterator[str]:
        senders = [] if self.sender is ANY else [self.sender]
        try:
            view = session.source.inspect(SignalName.parse(self.signal), senders)
        except UsageError:  # UnknownName, or a meta signal that blinker has not made yet
            yield _undefined(self.signal)
            return
        for row in view.has_receivers_for:
            if row.any if self.sender is ANY else (not row.any and row.sender == self.sender):
                call = f"{self.signal}.has_receivers_for({'ANY' if row.any else sender_label(row.sender)})"
                if self.answer is not None and row.result != self.answer:
                    yield phrase(
                        "{call} should be {wanted}, but is {found}.",
                        call=call,
                        wanted=self.answer,
                        found=row.result,
                    )
                elif row.result != bool(row.receivers_for) and not row.any:
                    yield phrase(
                        "{call} is {found}, but receivers_for has no receiver.",
                        call=call,
                        found=row.result,
                    )
                return


class RequiredSend(NamedTuple):
    """A signal was sent from a sender, with a payload, and called these receivers."""

    signal: str
    sender: object
    payload: Mapping[str, object]
    receivers: str
    """Their names, with spaces between them."""

    def differences(self, session: ExerciseSession) -> Iterator[str]:
        sends = [sent for sent in session.sends if sent.signal == self.signal]
        if not sends:
            yield phrase("{signal} hasn't been sent yet.", signal=self.signal)
        elif not any(map(self._is_wanted, sends)):
            yield from self._difference(sends[-1])

    def _is_wanted(self, sent: Delivery) -> bool:
        return next(self._difference(sent), None) is None

    def _difference(self, sent: Delivery) -> Iterator[str]:
        signal = self.signal
        if sent.sender != self.sender:
            yield phrase(
                "The last send of {signal} was from {found}, and should be from {wanted}.",
                signal=signal,
                found=sender_label(sent.sender),
                wanted=sender_label(self.sender),
            )
        if _as_json(sent.payload) != _as_json(self.payload):
            yield phrase(
                "The last send of {signal} had {found}, and should have {wanted}.",
                signal=signal,
                found=_payload(sent.payload),
                wanted=_payload(self.payload),
            )
        called = {call.receiver for call in sent.calls if call.outcome in CALLED}
        for name in self.receivers.split():
            if name not in called:
                yield phrase(
                    "The last send of {signal} didn't call {receiver}.",
                    signal=signal,
                    receiver=name,
                )


def _undefined(signal: str) -> str:
    if SignalName.parse(signal).meta is not None:
        return phrase("{signal} has no receivers.", signal=signal)
    return phrase("{signal} isn't defined.", signal=signal)


def _send(
    signal: str, sender: object, payload: Mapping[str, object], *, is_async: bool = False
) -> str:
    name = f"{signal} --async" if is_async else signal
    if payload and sender is not None:
        return phrase(
            "A send of {signal} from {sender} with {payload}",
            signal=name,
            sender=sender_label(sender),
            payload=_payload(payload),
        )
    if payload:
        return phrase("A send of {signal} with {payload}", signal=name, payload=_payload(payload))
    if sender is None:
        return phrase("A send of {signal}", signal=name)
    return phrase("A send of {signal} from {sender}", signal=name, sender=sender_label(sender))


def _as_json(payload: Mapping[str, object]) -> dict[str, str]:
    """Return the JSON of each item, in which 3, 3.0 and the text "3" differ."""
    return {key: to_json(value) for key, value in payload.items()}


def _payload(payload: Mapping[str, object]) -> str:
    if not payload:
        return phrase("no payload")
    items = (
        f"{key}={value}" if isinstance(value, str) else f"{key}:={to_json(value)}"
        for key, value in payload.items()
    )
    return phrase("the payload {items}", items=" ".join(items))
