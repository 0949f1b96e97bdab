"""Draw what one send did, or would do, and what a change to a session sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.language.phrases import CLAUSES, joined, phrase, sentences
from signalcli.render.parts import Cell, FittingTable, Heading, folding, literal, own, prose
from signalcli.text import display_text, sender_label
from signalcli.values.delivery import CALLED, OUTCOME_COUNTS, OUTCOME_LABELS, Call, Delivery

if TYPE_CHECKING:
    from signalcli.values.change import Change


def draw_delivery(delivery: Delivery) -> RenderableType:
    """Draw a send, between the sends of meta signals that it caused."""
    after = [meta for meta in delivery.deliveries if meta.signal.endswith(":receiver_disconnected")]
    before = [meta for meta in delivery.deliveries if meta not in after]
    parts: list[RenderableType] = [
        *map(draw_delivery, before),
        Heading(heading(delivery.signal, delivery.sender, delivery.payload, _traits(delivery))),
    ]
    if delivery.calls:
        parts += [_table(delivery), _summary(delivery)]
    else:
        reason = sentences(delivery.no_receivers)
        if delivery.is_explained:
            sentence = phrase("No receiver would be called: {reason}.", reason=reason)
        else:
            sentence = phrase("No receiver was called: {reason}.", reason=reason)
        parts.append(literal(sentence, "warning"))
    return Group(*parts, *map(draw_delivery, after))


def draw_change(change: Change) -> RenderableType:
    return Group(*map(draw_delivery, change.deliveries))


def heading(
    signal: str, sender: object, payload: Mapping[str, object], traits: Iterable[str]
) -> Text:
    """Return a line of the signal, the sender, the payload and the options of a send."""
    line = literal(signal, "signal") + Text(" ← ") + literal(sender_label(sender))
    for key, value in payload.items():
        line.append_text(literal(f"  {key}={display_text(value)}", "detail"))
    for trait in traits:
        line.append_text(Text("  ", "warning") + own(trait, "warning"))
    return line


def error_cell(call: Call) -> tuple[Text, ...]:
    """Return the exception of a receiver, with the place that raised it below."""
    assert call.error is not None, "only for receivers that raised"
    error = literal(str(call.error), "outcome.raised")
    if call.error.where is None:
        return (error,)
    return error, folding(literal(call.error.where, "detail"), "path")


def outcome_cell(outcome: str) -> Text:
    """Return an outcome with its mark, in its colour."""
    return literal(OUTCOME_LABELS[outcome], f"outcome.{outcome}")


def _traits(delivery: Delivery) -> list[str]:
    options = delivery.options
    traits = {
        phrase("muted"): delivery.muted,
        phrase("async"): options.is_async,
        phrase("wrapped"): options.wrap,
        phrase("on error: continue"): options.on_error == "continue",
        phrase("connected to {receiver}", receiver=options.connected_to): options.connected_to
        is not None,
    }
    return [trait for trait, has_it in traits.items() if has_it]


def _table(delivery: Delivery) -> FittingTable:
    columns = phrase("receiver"), phrase("outcome"), phrase("why"), phrase("result"), phrase("time")
    table = FittingTable(*columns, numbers=["time"], whole=["outcome"])
    for call in delivery.calls:
        table.add_row(
            literal(call.receiver, "receiver"),
            outcome_cell(call.outcome),
            own(call.reason),
            result_cell(call),
            time_cell(call.seconds) if call.outcome in ("returned", "raised") else Text(),
        )
    return table


def result_cell(call: Call) -> Cell:
    """Return what a receiver returned or raised."""
    if call.error is not None:
        return error_cell(call)
    return literal(display_text(call.value)) if call.outcome == "returned" else Text()


def time_cell(seconds: float) -> Text:
    """Return a duration in milliseconds, in 9 columns where that is enough."""
    return Text(f"{seconds * 1000:.3f} ms".rjust(9), "detail")


def counted_outcomes(calls: Iterable[Call]) -> str:
    """Return how many receivers had each outcome, such as ``"2 returned, 1 not reached"``."""
    outcomes = Counter(call.outcome for call in calls)
    counts = [
        phrase(template, n=outcomes[outcome])
        for outcome, template in OUTCOME_COUNTS.items()
        if outcomes[outcome]
    ]
    return joined(counts, CLAUSES)


def _summary(delivery: Delivery) -> Text:
    outcomes = {call.outcome for call in delivery.calls}
    heard = own(phrase("{outcomes}.", outcomes=counted_outcomes(delivery.calls)))
    if outcomes.isdisjoint(CALLED):
        return own(_no_receiver_called(delivery), "warning") + heard
    if delivery.options.on_error == "stop" and outcomes & {"raised", "would_raise"}:
        if "raised" in outcomes:
            end = phrase(" The exception ends blinker's send: its caller gets no results.")
        else:
            end = phrase(" The exception would end blinker's send: its caller gets no results.")
        heard.append_text(own(end, "warning"))
    return prose(heard)


def _no_receiver_called(delivery: Delivery) -> str:
    """Return how the summary of a send without a call begins."""
    if any(call.outcome == "not_reached" for call in delivery.calls):
        if delivery.is_explained:
            return phrase("It would not be sent: ")
        return phrase("Not sent: ")
    return (
        phrase("No receiver would be called: ")
        if delivery.is_explained
        else phrase("No receiver was called: ")
    )
