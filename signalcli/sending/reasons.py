"""The reasons that say why a send calls a receiver or not."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import islice
from typing import Any

from signalcli.language.phrases import Phrase, joined, phrase
from signalcli.signals.internals import LiveSignal, any_bucket_of, listened_to
from signalcli.signals.reflection import builtin_value
from signalcli.text import is_json, listed_sender, sender_label

TO_ANY = phrase("listens to ANY")
MUTED = phrase("signal is muted")
CONNECTED = phrase("was connected during this send")
"""The reason of a receiver that was connected after the send began."""
DISCONNECTED = phrase("was disconnected during this send")
NOT_ASKED_FOR = phrase("the signal's own send didn't ask for it")
NOT_OVER = phrase("the send wasn't over")
_MOST_COMPARED = 100
"""senders of a receiver that are compared with that of a send, besides those that only look like it."""
_EXACT = {
    str: phrase("the text {label}"),
    int: phrase("the integer {label}"),
    float: phrase("the float {label}"),
}
"""Templates: how a sender is named that looks like one of another type."""
_LONGEST_INTEGER = 100
"""characters"""
LEFT_OUT, ADDED = phrase("{kind}.receivers_for left it out"), phrase("{kind} chose it")
"""Templates: the reasons of a receiver if a class has its own ``receivers_for``."""


def why_called(live: LiveSignal, receiver_id: Hashable, sender: object) -> str:
    """Return why ``receivers_for(sender)`` yields a receiver."""
    if receiver_id in any_bucket_of(live.signal):
        return TO_ANY
    return why_listening(live.receivers.shown_sender(sender))


def why_listening(shown: object) -> str:
    """Return the reason of a receiver that is connected to the sender, which is shown as this."""
    label = sender_label(builtin_value(shown))  # blinker takes True for 1
    return phrase("listens to {sender}", sender=label)


def why_skipped(
    live: LiveSignal, receiver_id: Hashable, sender: object, *, in_full: bool = False
) -> str:
    """Return why a receiver is not yielded; ``in_full`` names the sender even where it is clear."""
    listened = listened_to(live.signal, receiver_id)
    if not listened:
        return phrase("has no connection left")
    compared = islice(listened, _MOST_COMPARED)
    senders = [live.receivers.sender_of(live.signal, id_) for id_ in compared]
    shown = live.receivers.shown_sender(sender)
    alike = [one for one in _other_spellings(shown) if _has_exactly(listened, one)]
    first: Phrase = joined(_exact_label(s, [shown], listed_sender) for s in senders[:3])
    if len(listened) > 3:
        first = phrase("{first} and {n} more", first=first, n=len(listened) - 3)
    is_of_proxy = any(_proxy_of(one) is not None for one in (shown, *senders))
    is_clear = not (alike or any(_looks_like(one, shown) for one in senders))
    if is_clear and not in_full and not is_of_proxy:
        return phrase("listens only to {senders}", senders=first)
    label = _exact_label(shown, [*senders, *alike])
    if is_of_proxy:
        return phrase(
            "listens only to {senders}, and this sender is {sender}: a proxy is another sender than "
            "its object",
            senders=first,
            sender=label,
        )
    return phrase(
        "listens only to {senders}, and this sender is {sender}", senders=first, sender=label
    )


def _has_exactly(ids: Iterable[Hashable], sender: str | int) -> bool:
    """Return whether a sender is among ids. Text of a user's class isn't compared: that runs their code."""
    return any(type(id_) is type(sender) and id_ == sender for id_ in ids)


def _other_spellings(shown: object) -> Iterator[str | int]:
    """Yield the text or the integer that looks like a sender and is another one to blinker."""
    if type(shown) is str:
        is_number = shown.removeprefix("-").isdecimal() and len(shown) < _LONGEST_INTEGER
        if is_number and str(int(shown)) == shown:
            yield int(shown)
    elif is_json(shown):
        yield str(shown)
        if type(shown) is float and shown.is_integer():
            yield int(shown)


def _exact_label(
    sender: object, others: list[Any], label_of: Callable[[object], str] = sender_label
) -> str:
    """Return a sender's label, with its type if one of ``others`` has the same label."""
    proxy = _proxy_of(sender)
    if proxy is not None:
        return phrase("the proxy {name}", name=proxy)
    label = label_of(sender)
    if any(_looks_like(sender, other) for other in others):
        template = _EXACT.get(type(sender))
        return phrase(template, label=label) if template else label
    return label


def _proxy_of(shown: object) -> str | None:
    """Return the name of a sender that is a proxy of another object; ``None`` for another sender."""
    kind = getattr(shown, "kind", None)  # JSON values have none, descriptions may
    return None if kind is None else kind.proxy


def _looks_like(one: object, other: object) -> bool:
    """Return whether two senders look the same although blinker tells them apart.

    Only JSON values are compared, because ``==`` of other objects may run any code.
    """
    if type(one) is type(other) or not (is_json(one) and is_json(other)):
        return False
    return str(one) == str(other) or one == other
