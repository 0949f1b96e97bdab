"""What one send did."""

from __future__ import annotations

from collections import Counter

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.model import Call, Delivery
from signalcli.render.parts import literal, new_table, plain
from signalcli.text import sender_label

OUTCOMES = {
    "returned": "● returned",
    "raised": "✗ raised",
    "skipped": "○ skipped",
    "not_reached": "– not reached",
}


def rendered(delivery: Delivery) -> RenderableType:
    heading = (
        literal(delivery.signal, "signal") + Text(" ← ") + literal(sender_label(delivery.sender))
    )
    for key, value in delivery.payload.items():
        heading.append_text(literal(f"  {key}={plain(value)}", "detail"))
    if delivery.muted:
        heading.append("  muted", "warning")
    if not delivery.calls:
        return Group(heading, Text("Nobody heard it: it has no receivers.", "warning"))
    table = new_table("receiver", "outcome", "why")
    called = sum(call.outcome in ("returned", "raised") for call in delivery.calls)
    if called:
        table.add_column("result", overflow="fold")
        table.add_column("time", justify="right", min_width=9, no_wrap=True)
    for call in delivery.calls:
        cells = [
            literal(call.receiver, "receiver"),
            Text(OUTCOMES[call.outcome], f"outcome.{call.outcome}"),
            literal(call.reason),
        ]
        table.add_row(*cells, *(_result_and_time(call) if called else ()))
    return Group(heading, table, _heard(delivery, called))


def _result_and_time(call: Call) -> tuple[Text, Text]:
    if call.outcome not in ("returned", "raised"):
        return Text(), Text()
    time = Text(f"{call.seconds * 1000:.3f} ms", "detail")
    if call.error is None:
        return literal(plain(call.value)), time
    result = literal(f"{call.error.type}: {call.error.message}", "outcome.raised")
    if call.error.where is not None:
        result += Text("\n") + literal(call.error.where, "detail")
    return result, time


def _heard(delivery: Delivery, called: int) -> Text:
    """The sentence under the table of a send: how many receivers came to what."""
    outcomes = Counter(call.outcome for call in delivery.calls)
    counted = ", ".join(f"{outcomes[o]} {o.replace('_', ' ')}" for o in OUTCOMES if outcomes[o])
    if called == 0:
        return Text(f"Nobody heard it: {counted}.", "warning")
    heard = Text(f"{counted}.")
    if delivery.raised:
        heard.append(" The exception ends blinker's send: its caller gets no results.", "warning")
    return heard
