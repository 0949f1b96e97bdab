"""What sends would do, found out by real blinker signals with stand-ins for their receivers.

No code of a receiver runs: a stand-in raises where its receiver is known to, and prints nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

from blinker import Signal

from signalcli.export.code.functions import Imported, Receiver
from signalcli.receivers.demos import CATALOGUE
from signalcli.signals import functions
from signalcli.signals.functions import is_coroutine_function
from signalcli.signals.send import keeping, send
from signalcli.signals.snapshot import connect_all, new_signal
from signalcli.values.delivery import PLAIN, SendOptions, Session
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.signal_name import SignalName


class Foreseen(NamedTuple):
    """Whom a send would call."""

    called: tuple[str, ...]
    """By their names, in order; whom it stops at included."""
    error: str | None
    """The type of the exception that would come out of it."""


class Rehearsal:
    """The signals of a session, with stand-ins.

    :param receivers: what each receiver is.
    """

    def __init__(self, session: Session, receivers: Mapping[str, Receiver]) -> None:
        self._stand_ins = {name: _stand_in(name, what) for name, what in receivers.items()}
        self._names = {id(stand_in): name for name, stand_in in self._stand_ins.items()}
        self._signals: dict[str, Signal] = {}
        names = sorted(map(SignalName.parse, session.signals), key=lambda name: bool(name.meta))
        for name in names:
            base = self._signals[str(name.base)] if name.meta else None
            self._signals[str(name)] = new_signal(name, session.signals[str(name)], base)
        for name in names:
            state = session.signals[str(name)]
            connect_all(self._signals[str(name)], state, self._stand_ins.__getitem__)

    def send(
        self,
        signal_name: str,
        sender: object,
        payload: Mapping[str, object],
        options: SendOptions = PLAIN,
        runs: bool = True,
    ) -> Foreseen:
        """Send a signal, as it would be sent, and say whom that called.

        :param runs: whether its receivers are called, so that one that raises ends it.
        """
        signal = self._signals[signal_name]
        called: list[str] = []
        receivers_for = signal.receivers_for

        def noted(asked: object) -> Iterator[functions.Receiver]:
            for receiver in receivers_for(asked):
                called.append(self._names[id(receiver)])
                if not runs:
                    continue
                yield keeping(receiver, options) if options.on_error == "continue" else receiver

        vars(signal)["receivers_for"] = noted
        try:
            with ExitStack() as stack:
                if options.connected_to is not None:
                    stack.enter_context(signal.connected_to(self._stand_ins[options.connected_to]))
                if options.muted:
                    stack.enter_context(signal.muted())
                send(signal, sender, payload, options)
        except (RuntimeError, TypeError) as error:  # all that is known to be raised
            return Foreseen(tuple(called), type(error).__name__)
        finally:
            del vars(signal)["receivers_for"]
        return Foreseen(tuple(called), None)

    def listeners(self, signal_name: str, sender: object) -> tuple[str, ...]:
        """Whom a send would call if nobody raised, and it wasn't muted."""
        found = self._signals[signal_name].receivers_for(sender)
        return tuple(self._names[id(receiver)] for receiver in found)


def _stand_in(name: str, what: Receiver) -> functions.Receiver:
    """A function that takes and raises what the receiver does. Of an import, nothing is known."""
    if isinstance(what, Imported):
        return _answering(is_async=False, takes_payload=True, error=None)
    if isinstance(what, OwnReceiver):
        error = None if what.raises is None else RuntimeError
        return _answering(what.is_async, not what.strict, error)
    is_async = is_coroutine_function(CATALOGUE[name].function)
    return _answering(is_async, name != "strict", RuntimeError if name == "failing" else None)


def _answering(
    is_async: bool, takes_payload: bool, error: type[Exception] | None
) -> functions.Receiver:
    def answer() -> None:
        if error is not None:
            raise error

    def called(sender: object, /, **payload: Any) -> None:
        answer()

    def called_strict(sender: object, /) -> None:
        answer()

    async def awaited(sender: object, /, **payload: Any) -> None:
        answer()

    async def awaited_strict(sender: object, /) -> None:
        answer()

    if is_async:
        return awaited if takes_payload else awaited_strict
    return called if takes_payload else called_strict
