"""Why a receiver is called for a sender, and why not."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from blinker import Signal

from signalcli.signals.internals import ANY_ID, buckets_of, listened_to
from signalcli.signals.reflection import plain
from signalcli.text import is_json, sender_label

if TYPE_CHECKING:
    from signalcli.signals.receiver_info import Roster


def why_called(signal: Signal, receiver_id: Hashable, sender: object) -> str:
    """Why ``receivers_for(sender)`` yields this receiver."""
    if receiver_id in buckets_of(signal).get(ANY_ID, ()):
        return "listens to ANY"
    return (
        f"listens to {sender_label(plain(sender))}"  # True is 1 to blinker, and an enum's text text
    )


def why_skipped(
    signal: Signal, roster: Roster, receiver_id: Hashable, sender: object, in_full: bool = False
) -> str:
    """Why ``receivers_for(sender)`` doesn't yield this receiver.

    :param in_full: whether to name the sender too, even if nobody could take it for another.
    """
    senders = [roster.sender_of(signal, id_) for id_ in listened_to(signal, receiver_id)]
    if not senders:
        return "has no connection left"
    first = ", ".join(_exact_label(listened, [sender]) for listened in senders[:3])
    more = f" and {len(senders) - 3} more" if len(senders) > 3 else ""
    but = ""
    if in_full or any(_looks_like(listened, sender) for listened in senders):
        but = f", and this sender is {_exact_label(sender, senders)}"
    return f"listens only to {first}{more}{but}"


def _exact_label(sender: object, others: list[Any]) -> str:
    """A sender's label, with its type where one of ``others`` looks the same."""
    label = sender_label(sender)
    if any(_looks_like(sender, other) for other in others):
        kinds = {str: "text", int: "integer", float: "float"}
        kind = kinds.get(type(sender))
        return f"the {kind} {label}" if kind else label
    return label


def _looks_like(one: object, other: object) -> bool:
    """Whether two senders that blinker tells apart could be taken for the same.

    Only values are compared: what other objects make of that is their own affair.
    """
    if type(one) is type(other) or not (is_json(one) and is_json(other)):
        return False
    return str(one) == str(other) or one == other
