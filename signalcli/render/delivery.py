"""What one send did, or would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from signalcli.render.parts import literal, new_table
from signalcli.text import plain, sender_label
from signalcli.values.delivery import CALLED, Call, Delivery

OUTCOMES = {
    "returned": "● returned",
    "would_call": "● would call",
    "raised": "✗ raised",
    "would_raise": "✗ would raise",
    "skipped": "○ skipped",
    "not_reached": "– not reached",
    "running": "◌ still running",
}


def rendered(value: Delivery) -> RenderableType:
    """A send, with those of meta signals around it."""
    after = [meta for meta in value.deliveries if meta.signal.endswith(":receiver_disconnected")]
    before = [meta for meta in value.deliveries if meta not in after]
    parts: list[RenderableType] = [
        *map(rendered, before),
        heading(value.signal, value.sender, value.payload, _traits(value)),
    ]
    if value.calls:
        parts += [_table(value), _heard(value)]
    else:
        parts.append(Text(f"{_nobody(value)}: it has no receivers.", "warning"))
    return Group(*parts, *map(rendered, after))


def heading(
    signal: str, sender: object, payload: Mapping[str, object], traits: Iterable[str]
) -> Text:
    """What was sent: the signal, the sender, the payload, and how."""
    line = literal(signal, "signal") + Text(" ← ") + literal(sender_label(sender))
    for key, value in payload.items():
        line.append_text(literal(f"  {key}={plain(value)}", "detail"))
    for trait in traits:
        line.append_text(literal(f"  {trait}", "warning"))
    return line


def error_cell(call: Call) -> Text:
    """What came out of a receiver, and where."""
    assert call.error is not None, "it raised"
    result = literal(str(call.error), "outcome.raised")
    if call.error.where is not None:
        result += Text("\n") + literal(call.error.where, "detail")
    return result


def outcome_cell(outcome: str) -> Text:
    """What became of a receiver."""
    return Text(OUTCOMES[outcome], f"outcome.{outcome}")


def _traits(delivery: Delivery) -> list[str]:
    options = delivery.options
    traits = {
        "muted": delivery.muted,
        "async": options.is_async,
        "wrapped": options.wrap,
        "on error: continue": options.on_error == "continue",
        f"connected to {options.connected_to}": options.connected_to is not None,
    }
    return [trait for trait, has_it in traits.items() if has_it]


def _table(delivery: Delivery) -> Table:
    table = new_table("receiver", "outcome", "why")
    has_result = any(
        call.outcome in ("returned", "raised", "would_raise") for call in delivery.calls
    )
    has_time = any(call.outcome in ("returned", "raised") for call in delivery.calls)
    if has_result:
        table.add_column("result", overflow="fold")
    if has_time:
        table.add_column("time", justify="right", min_width=9, no_wrap=True)
    for call in delivery.calls:
        cells = [
            literal(call.receiver, "receiver"),
            outcome_cell(call.outcome),
            literal(call.reason),
        ]
        if has_result:
            cells.append(_result(call))
        if has_time:
            cells.append(_time(call))
        table.add_row(*cells)
    return table


def _result(call: Call) -> Text:
    if call.error is not None:
        return error_cell(call)
    return literal(plain(call.value)) if call.outcome == "returned" else Text()


def _time(call: Call) -> Text:
    if call.outcome not in ("returned", "raised"):
        return Text()
    return Text(f"{call.seconds * 1000:.3f} ms", "detail")


def _heard(delivery: Delivery) -> Text:
    """The sentence under the table of a send: how many receivers came to what."""
    outcomes = Counter(call.outcome for call in delivery.calls)
    counted = ", ".join(f"{outcomes[o]} {o.replace('_', ' ')}" for o in OUTCOMES if outcomes[o])
    if not any(outcomes[outcome] for outcome in CALLED):
        return Text(f"{_nobody(delivery)}: {counted}.", "warning")
    heard = Text(f"{counted}.")
    if delivery.options.on_error == "stop" and (outcomes["raised"] or outcomes["would_raise"]):
        ends = "ends" if outcomes["raised"] else "would end"
        heard.append(
            f" The exception {ends} blinker's send: its caller gets no results.", "warning"
        )
    return heard


def _nobody(delivery: Delivery) -> str:
    """The beginning of the sentence that says that nobody was called."""
    if any(call.outcome == "not_reached" for call in delivery.calls):
        return "It would not be sent" if delivery.foreseen else "Not sent"
    return "Nobody would hear it" if delivery.foreseen else "Nobody heard it"
