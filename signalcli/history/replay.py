"""Replay past sends on the present connections, and compare the results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.history.query import History
from signalcli.history.record import Record, record_of
from signalcli.language.phrases import phrase
from signalcli.session.journal import now
from signalcli.text import copied, session_command, to_json, typed_sender
from signalcli.values.delivery import CALLED, Call, Delivery, Message, notes_of, status_of
from signalcli.values.result import Result, fields_to_json
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.playground.playground import Playground


class ReplayDifference(NamedTuple):
    """A receiver for which a replayed send had another result."""

    receiver: str
    what: str
    """The difference: ``"connection"``, ``"outcome"``, ``"error"``, ``"value"``, ``"output"`` or
    ``"order"``."""
    then: Call | None
    """``None`` if it wasn't a receiver of the signal."""
    now: Call | None


class Replay(NamedTuple):
    """One past send, and the send that repeated it."""

    then: Record
    now: Record

    @property
    def differences(self) -> tuple[ReplayDifference, ...]:
        """The differences: first those of the present receivers, then those of former ones."""
        return tuple(_differences(self.then.delivery, self.now.delivery))

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "then", "now", "differences")


class Replays(NamedTuple):
    """The replayed sends."""

    replays: tuple[Replay, ...]
    notes: tuple[str, ...] = ()

    def result(self) -> Result:
        deliveries = [replay.now.delivery for replay in self.replays]
        return Result(
            self,
            notes=(*notes_of(deliveries), *self.notes),
            status=status_of(deliveries),
            lines=None if self.replays else (),
        )

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)


def replay(
    playground: Playground,
    past: History,
    to: SignalName | None,
    keep: Callable[[Record], None],
    each: bool = False,
) -> Replays:
    """Replay past sends on the connections of a playground, and compare the results.

    :param to: the signal to send them to; by default each goes to its own signal.
    :param keep: called with the record of each replayed send.
    :param each: whether the user named each send. Then a signal that is no longer defined is an
        error; otherwise its sends are left out.
    :raises UnknownName: if a signal is not defined. Nothing is sent then.
    """
    records, notes = _replayable(playground, past, to, each)
    replays = []
    for record in records:
        began = now()
        then = record.delivery
        options = then.options._replace(muted=False, connected_to=None)
        message = Message(copied(then.sender), copied(then.payload), options)
        delivery = playground.send(_target(record, to), message)
        replays.append(Replay(record, record_of(delivery, began, replay_of=record.id)))
        keep(replays[-1].now)
    return Replays(tuple(replays), tuple(notes))


def _replayable(
    playground: Playground, past: History, to: SignalName | None, each: bool
) -> tuple[list[Record], list[str]]:
    """Return the records that :func:`replay` sends again, and its notes."""
    notes = list(past.notes)
    records = []
    for record in past.records:
        target = _target(record, to)
        if record.run is None and (each or to is not None or playground.has(target)):
            playground.check_defined(target)
            records.append(record)
        elif record.run is None:
            notes.append(
                phrase(
                    "{id} isn't replayed: {signal} isn't defined any more. To send it to another signal: "
                    "{command}",
                    id=record.id,
                    signal=target,
                    command=session_command("replay", record.id, "--to", "king"),
                )
            )
        else:
            notes.append(
                phrase(
                    "{id} is a run of {times}, and isn't replayed. Run it again: {command}",
                    id=record.id,
                    times=record.run.times,
                    command=run_again(record),
                )
            )
    return records, notes


def _target(record: Record, to: SignalName | None) -> SignalName:
    return to or SignalName.parse(record.delivery.signal)


def run_again(record: Record) -> str:
    """Return the command line that repeats a run."""
    assert record.run is not None, "the record is of a run"
    origin, options = record.run.origin, record.delivery.options
    words = ["send", record.delivery.signal]
    if origin.sender is not None:
        words.append(f"--sender={typed_sender(origin.sender)}")
    words += [_typed_item(key, value) for key, value in origin.payload.items()]
    words.append(f"--{origin.kind}={origin.times if origin.file is None else origin.file}")
    flags = {
        "--on-error=continue": options.on_error == "continue",
        "--async": options.is_async,
        "--wrap": options.wrap,
        "--muted": options.muted,
        f"--connected-to={options.connected_to}": options.connected_to is not None,
    }
    return session_command(*words, *(flag for flag, is_set in flags.items() if is_set))


def _typed_item(key: str, value: object) -> str:
    is_plain = isinstance(value, str) and not value.startswith("@")
    return f"{key}={value}" if is_plain else f"{key}:={to_json(value)}"


def _differences(then: Delivery, now: Delivery) -> Iterator[ReplayDifference]:
    before = {call.receiver: call for call in then.calls}
    after = {call.receiver: call for call in now.calls}
    moved = _moved(then.calls, now.calls)
    for receiver in dict.fromkeys([*after, *before]):
        old, new = before.get(receiver), after.get(receiver)
        what = _what_differs(old, new) or ("order" if receiver in moved else None)
        if what is not None:
            yield ReplayDifference(receiver, what, old, new)


def _what_differs(then: Call | None, now: Call | None) -> str | None:
    if then is None or now is None:
        return "connection"
    if then.outcome != now.outcome:
        return "outcome"
    if _without_place(then) != _without_place(now):
        return "error"
    if to_json(then.to_json()["value"]) != to_json(now.to_json()["value"]):
        return "value"
    return "output" if then.output != now.output else None


def _without_place(call: Call) -> tuple[str, str] | None:
    return call.error and (call.error.type, call.error.message)


def _moved(then: Iterable[Call], now: Iterable[Call]) -> set[str]:
    before = [call.receiver for call in then if call.outcome in CALLED]
    after = [call.receiver for call in now if call.outcome in CALLED]
    both = set(before) & set(after)
    first = [receiver for receiver in before if receiver in both]
    second = [receiver for receiver in after if receiver in both]
    return {one for one, other in zip(first, second, strict=True) if one != other}
