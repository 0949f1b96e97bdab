"""Tables of receipts, listeners, durable listeners and dead letters."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.language.phrases import counted, joined, localized, phrase
from signalcli.render.delivery import draw_delivery, heading, outcome_cell, result_cell
from signalcli.render.parts import FittingTable, literal, moment, own
from signalcli.values.delivery import OUTCOME_LABELS
from signalcli.values.relay.messages import Receipt, RelayedSend
from signalcli.values.relay.server import (
    DeadLetter,
    DeadLetters,
    DurableListener,
    ListenerList,
    RelayedSignals,
    RelayStatus,
)

MISSING = {"no_answer": phrase("– no answer"), "waiting": phrase("◌ waiting")}
NO_RECEIVER = phrase("○ no receiver")


def draw_relayed_send(sent: RelayedSend) -> RenderableType:
    """Draw what a send did here, and a row for each listener and receiver elsewhere."""
    delivery = sent.delivery
    here = draw_delivery(delivery)
    if sent.remote_only:
        here = heading(delivery.signal, delivery.sender, delivery.payload, ())
    if not sent.receipts:
        return here
    columns = phrase("receiver @ listener"), phrase("outcome"), phrase("why"), phrase("result")
    table = FittingTable(*columns, whole=["outcome"])
    for receipt in sent.receipts:
        name = _listener(receipt)
        if receipt.outcome != "answered":
            table.add_row(
                name, own(MISSING[receipt.outcome], "warning"), own(receipt.reason), Text()
            )
        elif not receipt.calls:
            table.add_row(name, own(NO_RECEIVER, "detail"), own(receipt.reason), Text())
        for call in receipt.calls:
            table.add_row(
                literal(call.receiver, "receiver") + Text(" @ ", "detail") + name,
                outcome_cell(call.outcome)
                if call.outcome in OUTCOME_LABELS
                else literal(call.outcome),
                own(call.reason),
                result_cell(call),
            )
    return Group(here, table)


def _listener(receipt: Receipt) -> Text:
    group = receipt.durable or receipt.queue
    name = literal(receipt.listener, "signal")
    if group is None or receipt.outcome != "answered":
        return name
    return name + literal(f" ({group})", "detail")


def draw_status(status: RelayStatus) -> RenderableType:
    used = status.bytes / 2**20
    size = phrase("{used:,.1f} MiB", used=used)
    if status.limit is not None:
        size = phrase("{used:,.1f} of {limit:,.0f} MiB", used=used, limit=status.limit / 2**20)
    server = phrase("{server}, NATS {version}", server=status.via, version=status.version)
    if status.own:
        server = phrase(
            "{server} (your own), NATS {version}", server=status.via, version=status.version
        )
    stream = [
        counted("{n} send", "{n:,} sends", status.stored),
        size,
        counted("{n} replica", "{n} replicas", status.replicas),
    ]
    facts: dict[str, Text] = {
        phrase("server"): literal(server),
        phrase("stream"): literal(joined(stream)),
        phrase("listeners"): Text(f"{status.listeners:,}"),
        phrase("dead letters"): Text(f"{status.dead_letters:,}"),
    }
    lines = _facts(facts, 14)
    return Group(*lines, *([_durables(status.durable)] if status.durable else []))


def _facts(facts: Mapping[str, Text], width: int) -> list[Text]:
    """Return a line for each name and its text, which begins at a column."""
    lines = []
    for name, fact in facts.items():
        shown = localized(name)
        padding = " " * max(width - cell_len(shown), 1)
        lines.append(literal(f"{shown}{padding}", "heading") + fact)
    return lines


def _durables(durables: tuple[DurableListener, ...]) -> FittingTable:
    numbers = (
        phrase("running"),
        phrase("waiting"),
        phrase("unacknowledged"),
        phrase("redelivered"),
    )
    columns = phrase("durable"), phrase("signals"), *numbers
    table = FittingTable(*columns, numbers=numbers)
    for one in durables:
        counts = (Text(f"{getattr(one, number):,}") for number in numbers)
        table.add_row(literal(one.name, "signal"), literal(one.pattern), *counts)
    return table


def draw_listeners(listed: ListenerList) -> RenderableType:
    columns = phrase("listener"), phrase("signals"), phrase("receivers of"), phrase("shares with")
    table = FittingTable(*columns, phrase("since"), whole=["since"])
    for one in listed.listeners:
        group = one.durable or one.queue
        table.add_row(
            literal(one.source, "signal"),
            literal(" ".join(one.patterns)),
            own(one.place),
            literal("–" if group is None else group),
            literal(moment(one.since or ""), "detail"),
        )
    parts: list[RenderableType] = [table] if listed.listeners else []
    return Group(*parts, *([_durables(listed.durable)] if listed.durable else []))


def draw_relayed_signals(listed: RelayedSignals) -> RenderableType:
    table = FittingTable(phrase("signal"), phrase("stored"), numbers=("stored",))
    for one in listed.signals:
        table.add_row(literal(one.signal, "signal"), Text(f"{one.stored:,}"))
    return table


def draw_dead_letters(listed: DeadLetters) -> RenderableType:
    columns = (
        "id",
        phrase("time"),
        phrase("listener"),
        phrase("signal"),
        phrase("tries"),
        phrase("why"),
    )
    table = FittingTable(*columns, whole=["time"], numbers=("tries",))
    for letter in listed.letters:
        table.add_row(
            literal(letter.id, "detail"),
            literal(moment(letter.time)),
            literal(letter.durable or "–"),
            literal(letter.signal or letter.subject, "signal"),
            Text(str(letter.attempts)),
            own(letter.reason),
        )
    return table


def draw_dead_letter(letter: DeadLetter) -> RenderableType:
    no_signal = phrase("none; its subject is {subject}", subject=letter.subject)
    facts: dict[str, Text] = {
        phrase("time"): literal(moment(letter.time)),
        phrase("signal"): literal(letter.signal or no_signal),
        phrase("durable"): literal(letter.durable or "–"),
        phrase("tries"): Text(str(letter.attempts)),
        phrase("why"): own(letter.reason),
        phrase("listener"): literal(letter.listener or "–"),
    }
    lines = _facts(facts, 10)
    return Group(*lines, own(phrase("message"), "heading"), literal(letter.message))
