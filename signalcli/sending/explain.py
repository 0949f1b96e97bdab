"""What a send would do, told receiver by receiver, without calling anyone."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from blinker import Signal

from signalcli.rollcall import call_the_roll, not_called
from signalcli.signals.functions import Receiver, answer
from signalcli.signals.internals import is_muted, live_receivers, set_class_of
from signalcli.signals.send import Kept, keeping, takes, tells_kinds
from signalcli.values.delivery import Call, Delivery, RaisedError, SendOptions

UNORDERED = (
    "{signal} is unordered: blinker's set decides anew in every process who is called before "
    "{raiser} raises."
)

if TYPE_CHECKING:
    from signalcli.signals.receiver_info import Roster


def foresee(
    name: str,
    signal: Signal,
    roster: Roster,
    sender: object,
    payload: Mapping[str, object],
    options: SendOptions,
) -> tuple[Delivery, BaseException | None]:
    """Who would be called and who not, each with the reason; and the exception that would end it.

    What a receiver of an import does when it is called can't be known: that it would be called is
    all that is said of it.
    """
    roll = call_the_roll(signal, roster, sender, in_full=True)
    taken_as = options if tells_kinds(signal) else options._replace(wrap=True)
    calls: list[Call] = []
    stopped_by = ending = None
    reached = set()
    for receiver_id, receiver in roll.expected.items():
        reached.add(receiver_id)
        receiver_name = roster.name_of(receiver)
        reason = roll.reasons[receiver_id]
        error, because = _would_raise(receiver, roster, sender, payload, taken_as)
        if error is None:
            calls.append(Call(receiver_name, "would_call", reason))
            continue
        raised = RaisedError(type(error).__name__, str(error), roster.place_of(receiver))
        calls.append(Call(receiver_name, "would_raise", f"{reason}; {because}", error=raised))
        if options.on_error == "stop":
            stopped_by, ending = f"{receiver_name} would raise before it", error
            break
    calls += not_called(roll, roster, reached, stopped_by)
    notes: tuple[str, ...] = ()
    if stopped_by is not None and set_class_of(signal) is set and len(roll.expected) > 1:
        notes = (UNORDERED.format(signal=name, raiser=calls[len(reached) - 1].receiver),)
    foreseen = Delivery(
        name, sender, dict(payload), is_muted(signal), tuple(calls), options, notes, foreseen=True
    )
    return foreseen, ending


def unable(signal: Signal, roster: Roster, keys: Iterable[str]) -> dict[str, str]:
    """The receivers whose signatures can't take a payload of these keys, whoever the sender is.

    :return: by name, each with what Python raises when it is called.
    """
    payload = dict.fromkeys(keys)
    errors = {
        roster.name_of(receiver): _unbound(receiver, None, payload)
        for _, receiver, _ in live_receivers(signal)
        if roster.withheld(receiver) is None
    }
    return {name: f"TypeError: {error}" for name, error in errors.items() if error is not None}


def _would_raise(
    receiver: Receiver,
    roster: Roster,
    sender: object,
    payload: Mapping[str, object],
    options: SendOptions,
) -> tuple[BaseException | None, str]:
    """What a receiver would raise, and how that is known; nothing if it isn't."""
    try:
        is_taken = takes(receiver, options)
    except Exception as error:  # noqa: BLE001 - a proxy may raise anything, and blinker asks it too
        return error, "blinker can't ask whether it is a coroutine function"
    if not is_taken:
        kind = (
            "send_async can't await a plain" if options.is_async else "send can't call a coroutine"
        )
        return _refusal(receiver, options), f"{kind} function, without --wrap"
    unbound = _unbound(receiver, sender, payload)
    if unbound is not None:
        return unbound, "its signature can't take this payload"
    return roster.known_to_raise(receiver), "it raises whenever it is called"


def _unbound(receiver: Receiver, sender: object, payload: Mapping[str, object]) -> TypeError | None:
    """What Python raises for a payload that a signature can't take; ``None`` if it can."""
    function: Any = receiver
    arguments = [sender]
    if inspect.ismethod(receiver):
        function, arguments = receiver.__func__, [receiver.__self__, sender]
    elif inspect.isfunction(getattr(type(receiver), "__call__", None)):  # noqa: B004 - the very one
        function, arguments = type(receiver).__call__, [receiver, sender]
    signature = answer(lambda: inspect.signature(function, follow_wrapped=False), None)
    if signature is None:  # a function of C that doesn't tell
        return None
    try:
        signature.bind(*arguments, **payload)
    except TypeError as error:
        is_plain = inspect.isfunction(function)
        told = _in_pythons_words(function, signature, arguments, payload) if is_plain else None
        return told or error
    return None


def _in_pythons_words(
    function: Any, signature: inspect.Signature, arguments: list[object], payload: Mapping[str, Any]
) -> TypeError | None:
    """What an empty function with the same name and parameters raises, which is called."""
    parameters = [
        parameter.replace(
            annotation=parameter.empty,
            default=parameter.empty if parameter.default is parameter.empty else None,
        )
        for parameter in signature.parameters.values()
    ]
    made: dict[str, Any] = {}
    try:
        source = f"def empty{inspect.Signature(parameters)}: pass"
        exec(source, made)  # noqa: S102 - nothing in it is anybody's but names of parameters
        made["empty"].__qualname__ = function.__qualname__
        made["empty"](*arguments, **payload)
    except (SyntaxError, ValueError):  # parameters that no source can have
        return None
    except TypeError as error:
        return error.with_traceback(None)
    return None


def _refusal(receiver: Receiver, options: SendOptions) -> BaseException:
    """What blinker raises for a receiver of the wrong kind: that one is never called."""
    refused = keeping(receiver, options)(None)
    if options.is_async:
        import asyncio

        refused = asyncio.run(refused)
    assert isinstance(refused, Kept), "blinker takes no such receiver"
    return refused.error.with_traceback(None)  # which holds the signal that was made for this
