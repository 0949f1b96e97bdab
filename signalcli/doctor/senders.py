"""Senders that receivers listen to, held against those that were sent: the same, or only alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

from signalcli.apps.describing.objects import UNKNOWN, Shown
from signalcli.doctor.evidence import Sent
from signalcli.text import sender_label, to_json


def is_by_value(sender: object) -> bool:
    """Whether blinker compares it by its value: text and integers, of which ``True`` is one."""
    return isinstance(sender, (str, int))


def is_unknown(sender: object) -> bool:
    """Whether a sender that is listened to can't be told."""
    return isinstance(sender, Shown) and _without_number(sender.text) == UNKNOWN


def is_same(listened: object, sent: Sent) -> bool:
    """Whether a sender is the one that is listened to; of objects, whether it could be."""
    if is_by_value(listened):
        return sent.shown is None and is_by_value(sent.sender) and listened == sent.sender
    if isinstance(listened, Shown):
        return sent.shown is not None and _without_number(listened.text) == sent.shown
    return sent.shown is not None and _as_json(listened) == _as_json(sent.sender)


def is_alike(listened: object, sent: Sent) -> bool:
    """Whether people could take a sender for the one that is listened to, and blinker doesn't.

    Objects that have nothing to say of themselves look alike in their class only, which is no error.
    """
    if is_by_value(listened):
        is_other = type(listened) is not type(sent.sender) and not is_same(listened, sent)
        looks = str(listened) == str(sent.sender) or listened == sent.sender
        return sent.sender is not None and is_other and looks
    if listened is None or _says_nothing(listened):
        return False
    return is_same(listened, sent)


def is_literally(text: str, sent: Sent) -> bool:
    """Whether a sender is written as a number, tuple or bytes that is listened to."""
    return text in (sent.sender, repr(sent.sender))


def label(sender: object) -> str:
    """A sender, as it is written in a sentence."""
    return sender.text if isinstance(sender, Shown) else sender_label(sender)


def sender_of(sent: Sent) -> str:
    """The sender of a send, as it is written in a sentence."""
    if sent.shown is not None and isinstance(sent.sender, str):
        return sent.sender
    return label(sent.sender)


def listed(words: Iterable[str], most: int = 3) -> str:
    """Some words, each once, and how many more there are."""
    known = list(dict.fromkeys(words))
    shown = known[:most]
    more = len(known) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def kind(sender: object) -> str:
    """What kind of value a sender is, for a sentence."""
    kinds = {str: "the text", bool: "the truth value", int: "the integer", float: "the float"}
    return kinds.get(type(sender), "the object")


def _says_nothing(listened: object) -> bool:
    """Whether what an object is shown as tells no more than its kind."""
    return (
        isinstance(listened, Shown) and re.search(r" object>( #\d+)?$", listened.text) is not None
    )


def _without_number(text: str) -> str:
    return re.sub(r" #\d+$", "", text)


def _as_json(value: object) -> str:
    return to_json(value)
