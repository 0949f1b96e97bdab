"""Explain what a send would do with each receiver, without calling one."""

from __future__ import annotations

from collections.abc import Iterable

from signalcli.language.phrases import joined, phrase
from signalcli.sending.rows import Observer, plan_send, shown_message
from signalcli.sending.signatures import refusal
from signalcli.signals.internals import LiveSignal, is_muted, live_receivers, set_class_of
from signalcli.signals.receivers import Receiver
from signalcli.signals.send import CaughtError, catching, knows_coroutines
from signalcli.values.delivery import Delivery, Message, RaisedError, SendOptions

UNORDERED = phrase(
    "{signal} is unordered: blinker's set decides anew in every process who is called before "
    "{raiser} raises."
)
_AND_BECAUSE = phrase("{first}; {second}")


def explain_send(live: LiveSignal, message: Message) -> tuple[Delivery, BaseException | None]:
    """Return what a send would do, and the exception that would end it. No receiver runs.

    A receiver counts as one that returns, unless its signature, its kind or its definition is known to
    make it raise.
    """
    signal, options = live.signal, message.options
    plan = plan_send(Observer(live.receivers), live, message.sender, explains=True)
    receivers = {id_: receiver for id_, receiver, _ in live_receivers(signal)}
    taken_as = options if knows_coroutines(signal) else options._replace(wrap=True)
    notes: tuple[str, ...] = ()
    ending = None
    for receiver_id in plan.expected:
        receiver, row = receivers[receiver_id], plan.rows[receiver_id]
        plan.reached.append(row)
        error, because = _would_raise(live, receiver, message, taken_as)
        if error is None:
            row.outcome = "would_call"
            continue
        row.outcome = "would_raise"
        row.reason = joined((row.reason, because), _AND_BECAUSE)
        place = live.receivers.place_of(receiver)
        row.error = RaisedError(type(error).__name__, str(error), place)
        if options.on_error == "stop":
            ending = error
            plan.stop(phrase("{receiver} would raise before it", receiver=row.name))
            if set_class_of(signal) is set and len(plan.expected) > 1:
                notes = (phrase(UNORDERED, signal=live.name, raiser=row.name),)
            break
    sender, payload = shown_message(live.receivers, message)
    muted, calls = is_muted(signal), plan.calls()
    explained = Delivery(
        live.name, sender, payload, muted, calls, options, notes, is_explained=True
    )
    return explained, ending


def receivers_refusing(live: LiveSignal, keys: Iterable[str]) -> dict[str, str]:
    """Return, by name, the ``TypeError`` of receivers that can't take a payload with these keys."""
    payload = dict.fromkeys(keys)
    errors = {
        live.receivers.name_of(receiver): refusal(receiver, [None], payload)
        for _, receiver, _ in live_receivers(live.signal)
        if live.receivers.withheld(receiver) is None
    }
    return {name: f"TypeError: {error}" for name, error in errors.items() if error is not None}


def _would_raise(
    live: LiveSignal, receiver: Receiver, message: Message, options: SendOptions
) -> tuple[BaseException | None, str]:
    """Return what a receiver is known to raise, and how that is known."""
    is_async = live.receivers.is_async(receiver)  # unknown for a proxy
    if not (options.wrap or is_async is None or is_async == options.is_async):
        if options.is_async:
            cannot = phrase("send_async can't await a plain function, without --wrap")
        else:
            cannot = phrase("send can't call a coroutine function, without --wrap")
        return _refusal(options), cannot
    unbound = refusal(receiver, [message.sender], message.payload)
    if unbound is not None:
        return unbound, phrase("its signature can't take this payload")
    return live.receivers.known_to_raise(receiver), phrase("it raises whenever it is called")


def _refusal(options: SendOptions) -> BaseException:
    """Return what blinker raises for a receiver of the wrong kind, which it doesn't call."""

    def plain(sender: object) -> None:
        pass

    async def coroutine(sender: object) -> None:
        pass

    if options.is_async:
        import asyncio

        refused = asyncio.run(catching(plain, options)(None))
    else:
        refused = catching(coroutine, options)(None)
    assert isinstance(refused, CaughtError), "blinker refuses the receiver"
    return refused.error.with_traceback(None)  # its frames hold a temporary signal
