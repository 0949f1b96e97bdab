"""One send on a live signal, told receiver by receiver.

blinker does the dispatch. What is added is a signal's own ``receivers_for``, while it is watched: a
generator that passes on what blinker's yields, and so learns when each receiver is called and when
it came back. The receivers themselves are not touched, unless their exceptions are to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from threading import local
from time import perf_counter
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from blinker import Signal
from blinker._utilities import make_id

from signalcli.rollcall import DISCONNECTED, RollCall, call_the_roll, not_called
from signalcli.signals.functions import Receiver, message_of, place
from signalcli.signals.internals import is_muted
from signalcli.signals.reflection import is_a
from signalcli.signals.send import (
    Kept,
    Results,
    keeping,
    origin,
    send,
    sends_by_itself,
    stopped_at,
    tells_kinds,
)
from signalcli.streams import Capture
from signalcli.text import copied
from signalcli.values.delivery import Call, Delivery, RaisedError, SendOptions

if TYPE_CHECKING:
    from signalcli.signals.receiver_info import Roster


CONNECTED = "was connected during this send"
"""The reason of a receiver that another thread connected when the roll had been called."""
PASSED_OVER = "the signal's own send didn't ask for it"
UNTOLD = "{signal} is sent by code of its own, not by blinker's: what its receivers returned isn't known."
"""What there is to say of a class, or a copy of blinker, that doesn't give its caller a result each."""
UNSEEN = "{signal} is sent by code of its own, which asked for none of them: if it called any isn't known."


class Reached:
    """A receiver that a dispatch came to."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.output = ""
        """What it printed so far."""
        self.started = perf_counter()
        self.seconds = 0.0
        self.is_back = False

    def came_back(self, output: str) -> None:
        """It returned or raised, and printed this since it was last asked."""
        self.seconds = round(perf_counter() - self.started, 9)
        self.output += output
        self.is_back = True


class _Log(local):
    """Where the next dispatch of this thread is logged; ``None`` for a send within a send."""

    receivers: list[Reached] | None = None


_LOG = _Log()


class Watched:
    """A signal whose sends are told receiver by receiver, while the block lasts.

    :param name: what the signal is called.
    :param capture: the standard output in place, to tell what each receiver printed.
    """

    def __init__(
        self, name: str, signal: Signal, roster: Roster, capture: Capture, options: SendOptions
    ) -> None:
        self.name = name
        self.signal = signal
        self.roster = roster
        self.capture = capture
        self.options = options
        self.error: BaseException | None = None
        """What ended the last send, if a receiver raised."""
        self._receivers_for = signal.receivers_for
        self._sends_by_itself = sends_by_itself(signal)
        self._kept_as = options if tells_kinds(signal) else options._replace(wrap=True)

    def __enter__(self) -> None:
        vars(self.signal)["receivers_for"] = self._logged_once

    def __exit__(self, *error: object) -> None:
        del vars(self.signal)["receivers_for"]

    def deliver(self, sender: object, payload: Mapping[str, object]) -> Delivery:
        """Send the signal with blinker, and say what happened to every receiver.

        What a receiver raises is part of the answer, ``SystemExit`` included; only
        ``KeyboardInterrupt`` passes.
        """
        roll = call_the_roll(self.signal, self.roster, sender)
        muted = is_muted(self.signal)
        told_sender, told_payload = copied(sender), copied(dict(payload))  # receivers may change it
        log: list[Reached] = []
        self.error = None
        outer, _LOG.receivers = _LOG.receivers, log
        try:
            results = send(self.signal, sender, payload, self.options)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if not log or log[-1].is_back:
                raise  # it came out of what sends it, not out of a receiver
            results, _ = stopped_at(error, self.signal)
            log[-1].came_back(self.capture.take())
            self.error = error
        finally:
            _LOG.receivers = outer

        notes: tuple[str, ...] = ()
        if self._sends_by_itself:
            results, notes = self._told(results, log)
        calls = calls_of(self.roster, roll, log, results, self.error)
        if self._sends_by_itself:
            calls = [
                c._replace(reason=PASSED_OVER) if c.reason == DISCONNECTED else c for c in calls
            ]
        if self.error is None:
            notes += self._notes(calls)
        notes += tuple(_never_awaited(calls))
        return Delivery(
            self.name, told_sender, told_payload, muted, tuple(calls), self.options, notes
        )

    def _logged_once(self, sender: object) -> Iterator[Receiver]:
        """What stands in the place of ``receivers_for``."""
        log = _LOG.receivers
        if log is None:
            return self._receivers_for(sender)
        _LOG.receivers = None
        return self._logged(sender, log)

    def _logged(self, sender: object, log: list[Reached]) -> Iterator[Receiver]:
        keep = self.options.on_error == "continue"
        for receiver in self._receivers_for(sender):
            if self.roster.withheld(receiver) is not None:
                continue
            reached = Reached(receiver)
            log.append(reached)
            yield keeping(receiver, self._kept_as) if keep else receiver
            reached.came_back(self.capture.take())

    def _told(self, results: object, log: list[Reached]) -> tuple[Results, tuple[str, ...]]:
        """The results of a send that isn't blinker's, as far as it gives them; and what to say."""
        back = log if self.error is None else log[:-1]
        if is_a(results, list):
            found: list[Any] = results  # type: ignore[assignment]
            pairs = all(is_a(pair, tuple) and len(pair) == 2 for pair in found)
            if pairs and len(found) == len(back):
                return found, ()
        note = UNTOLD if log else UNSEEN
        return [(reached.receiver, None) for reached in back], (note.format(signal=self.name),)

    def _notes(self, calls: list[Call]) -> tuple[str, ...]:
        """Where blinker's own send would have stopped, if exceptions were kept."""
        for call in calls:
            if call.outcome == "raised":
                note = f"{call.receiver} raised: blinker's own send stops there"
                return (f"{note}, and loses the results before it. Here it went on.",)
        return ()


def calls_of(
    roster: Roster,
    roll: RollCall,
    log: Sequence[Reached],
    results: Sequence[tuple[Receiver, object]],
    error: BaseException | None,
) -> list[Call]:
    """What a send did with every receiver.

    :param log: those that it came to.
    :param results: what each of them gave, but for the last if that ended it.
    :param error: what the last of them raised, if that ended it.
    """
    stopped_by = None
    if error is not None:
        results = [*results, (log[-1].receiver, Kept(error))]
        stopped_by = f"{roster.name_of(log[-1].receiver)} raised before it"
    calls = [
        _call(roster, reached, roll.reasons.get(make_id(reached.receiver), CONNECTED), value)
        for reached, (_, value) in zip(log, results, strict=True)
    ]
    ids = {make_id(reached.receiver) for reached in log}
    return [*calls, *not_called(roll, roster, ids, stopped_by)]


def _call(roster: Roster, reached: Reached, reason: str, value: object) -> Call:
    error = value.error if isinstance(value, Kept) else None
    return Call(
        receiver=roster.name_of(reached.receiver),
        outcome="returned" if error is None else "raised",
        reason=reason,
        value=value if error is None else None,
        error=None if error is None else _raised(error, roster, reached.receiver),
        output=reached.output,
        seconds=reached.seconds,
    )


def _raised(error: BaseException, roster: Roster, receiver: Receiver) -> RaisedError:
    """What came out of a receiver; its own definition is the place, if it wasn't entered."""
    raised_at = origin(error)
    where = roster.place_of(receiver) if raised_at is None else place(*raised_at)
    return RaisedError(type(error).__name__, message_of(error), where)


def deliver(
    name: str,
    signal: Signal,
    roster: Roster,
    sender: object,
    payload: Mapping[str, object],
    options: SendOptions,
    capture: Capture,
) -> tuple[Delivery, BaseException | None]:
    """One send, told receiver by receiver, and the exception that ended it: see :class:`Watched`."""
    watched = Watched(name, signal, roster, capture, options)
    with watched:
        return watched.deliver(sender, payload), watched.error


def _never_awaited(calls: list[Call]) -> Iterator[str]:
    """Say of each coroutine among the results that nobody awaits it, and close it."""
    for call in calls:
        if isinstance(call.value, CoroutineType):
            call.value.close()
            yield (
                f"{call.receiver} gave a coroutine that nobody awaits: blinker can't tell that it is "
                f"asynchronous."
            )
