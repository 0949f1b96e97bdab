"""Tables of receipts, listeners, durable listeners and dead letters."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.render.delivery import draw_delivery, error_cell, heading, outcome_cell
from signalcli.render.parts import Cell, FittingTable, literal
from signalcli.text import display_text
from signalcli.values.delivery import OUTCOME_LABELS, Call
from signalcli.values.relay.messages import Receipt, RelayedSend
from signalcli.values.relay.server import (
    DeadLetter,
    DeadLetters,
    DurableListener,
    ListenerList,
    RelayedSignals,
    RelayStatus,
)

MISSING = {"no_answer": "– no answer", "waiting": "◌ waiting"}


def draw_relayed_send(sent: RelayedSend) -> RenderableType:
    """Draw what a send did here, and a row for each listener and receiver elsewhere."""
    delivery = sent.delivery
    here = draw_delivery(delivery)
    if sent.remote_only:
        here = heading(delivery.signal, delivery.sender, delivery.payload, ())
    if not sent.receipts:
        return here
    table = FittingTable("receiver @ listener", "outcome", "why", "result", whole=["outcome"])
    for receipt in sent.receipts:
        name = _listener(receipt)
        if receipt.outcome != "answered":
            table.add_row(
                name, Text(MISSING[receipt.outcome], "warning"), literal(receipt.reason), Text()
            )
        elif not receipt.calls:
            table.add_row(name, Text("○ no receiver", "detail"), literal(receipt.reason), Text())
        for call in receipt.calls:
            table.add_row(
                literal(call.receiver, "receiver") + Text(" @ ", "detail") + name,
                outcome_cell(call.outcome)
                if call.outcome in OUTCOME_LABELS
                else literal(call.outcome),
                literal(call.reason),
                _result(call),
            )
    return Group(here, table)


def _listener(receipt: Receipt) -> Text:
    group = receipt.durable or receipt.queue
    name = literal(receipt.listener, "signal")
    if group is None or receipt.outcome != "answered":
        return name
    return name + literal(f" ({group})", "detail")


def _result(call: Call) -> Cell:
    if call.error is not None:
        return error_cell(call)
    return literal(display_text(call.value)) if call.outcome == "returned" else Text()


def draw_status(status: RelayStatus) -> RenderableType:
    own = " (your own)" if status.own else ""
    limit = "" if status.limit is None else f" of {status.limit / 2**20:,.0f}"
    copies = "1 replica" if status.replicas == 1 else f"{status.replicas} replicas"
    sends = "1 send" if status.stored == 1 else f"{status.stored:,} sends"
    facts = {
        "server": f"{status.via}{own}, NATS {status.version}",
        "stream": f"{sends}, {status.bytes / 2**20:,.1f}{limit} MiB, {copies}",
        "listeners": f"{status.listeners:,}",
        "dead letters": f"{status.dead_letters:,}",
    }
    lines = [literal(f"{name:<14}", "heading") + literal(fact) for name, fact in facts.items()]
    return Group(*lines, *([_durables(status.durable)] if status.durable else []))


def _durables(durables: tuple[DurableListener, ...]) -> FittingTable:
    numbers = ("running", "waiting", "unacknowledged", "redelivered")
    table = FittingTable("durable", "signals", *numbers, numbers=numbers)
    for one in durables:
        counts = (Text(f"{getattr(one, number):,}") for number in numbers)
        table.add_row(literal(one.name, "signal"), literal(one.pattern), *counts)
    return table


def draw_listeners(listed: ListenerList) -> RenderableType:
    table = FittingTable(
        "listener", "signals", "receivers of", "shares with", "since", whole=["since"]
    )
    for one in listed.listeners:
        group = one.durable or one.queue
        table.add_row(
            literal(one.source, "signal"),
            literal(" ".join(one.patterns)),
            literal(one.place),
            literal("–" if group is None else group),
            literal((one.since or "")[:19].replace("T", " "), "detail"),
        )
    parts: list[RenderableType] = [table] if listed.listeners else []
    return Group(*parts, *([_durables(listed.durable)] if listed.durable else []))


def draw_relayed_signals(listed: RelayedSignals) -> RenderableType:
    table = FittingTable("signal", "stored", numbers=("stored",))
    for one in listed.signals:
        table.add_row(literal(one.signal, "signal"), Text(f"{one.stored:,}"))
    return table


def draw_dead_letters(listed: DeadLetters) -> RenderableType:
    table = FittingTable(
        "id", "time", "listener", "signal", "tries", "why", whole=["time"], numbers=("tries",)
    )
    for letter in listed.letters:
        table.add_row(
            literal(letter.id, "detail"),
            literal(_time(letter)),
            literal(letter.durable),
            literal(letter.signal or letter.subject, "signal"),
            Text(str(letter.attempts)),
            literal(letter.reason),
        )
    return table


def draw_dead_letter(letter: DeadLetter) -> RenderableType:
    facts = {
        "time": _time(letter),
        "signal": letter.signal or f"none; its subject is {letter.subject}",
        "durable": letter.durable,
        "tries": str(letter.attempts),
        "why": letter.reason,
        "listener": letter.listener,
    }
    lines = [literal(f"{name:<10}", "heading") + literal(fact) for name, fact in facts.items()]
    return Group(*lines, Text("message", "heading"), literal(letter.message))


def _time(letter: DeadLetter) -> str:
    return letter.time[:19].replace("T", " ")
