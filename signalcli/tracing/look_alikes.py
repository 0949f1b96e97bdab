"""Names of signals that look alike: a slip, another namespace, or a module that was imported twice."""

from __future__ import annotations

import re
from collections.abc import Iterable

from signalcli.values.change import ConnectionChange
from signalcli.values.signal_name import short_name
from signalcli.values.trace import Event

_NAMESPACE_OF_ITS_OWN = " (in a namespace of its own)"
_SHORTEST = 4
"""letters of a word in which a slip is likely. ``get`` and ``set`` are two words."""
_LONG = 8
"""letters of a word that may have two slips."""
_MAIN = "__main__."


def look_alikes(name: str, others: Iterable[str]) -> list[str]:
    """Return those of other signals whose names look like this one, the most alike first."""
    plain = plain_name(name)
    found = [other for other in others if other != name and _is_alike(plain, plain_name(other))]
    return sorted(found, key=lambda other: name_words(other) != name_words(name))


def with_look_alikes(
    events: tuple[Event, ...], changes: Iterable[ConnectionChange], listened: Iterable[str]
) -> tuple[Event, ...]:
    """Add to each send without receivers the signal that was probably meant.

    :param changes: the connects of the same trace.
    :param listened: the signals that have receivers.
    """
    sent = {event.signal for event in events}
    connected = [change.signal for change in changes if change.action == "connected"]
    unsent = [name for name in dict.fromkeys([*listened, *connected]) if name not in sent]
    if not unsent:
        return events
    unheard = {event.signal for event in events if not (event.calls or event.muted)}
    meant = {name: next(iter(look_alikes(name, unsent)), None) for name in unheard}
    return tuple(
        event if event.calls or event.muted else event._replace(look_alike=meant[event.signal])
        for event in events
    )


def plain_name(name: str) -> str:
    """Return the name of a signal in a trace without the number that distinguishes it from others."""
    return re.sub(r"( ?#\d+)$", "", name).removesuffix(_NAMESPACE_OF_ITS_OWN)


def name_words(name: str) -> list[str]:
    """Return the words of the last part of a name in lower case: ``orderPlaced`` has ``order``, ``placed``."""
    return _words(short_name(plain_name(name)).lstrip("@"))


def _words(text: str) -> list[str]:
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", text)
    return re.findall(r"\d+|[^\W\d_]+", apart.lower())


def _is_alike(one: str, other: str) -> bool:
    """Return whether two names mean one signal, apart from a slip or the place of each."""
    first, second = name_words(one), name_words(other)
    if one == other:
        return True  # one place made both, which numbers tell apart
    if _is_path(one) and _is_path(other):
        return _are_alike_paths(one, other) or _are_alike_with_dots(one, other)
    if not first:
        return False
    return (
        first == _words_with_class(other)
        or second == _words_with_class(one)
        or _are_alike(first, second)
        or (_is_path(one) and _are_alike(_words(one), second))
        or (_is_path(other) and _are_alike(first, _words(other)))
    )


def _words_with_class(name: str) -> list[str]:
    """Return the words of an attribute of a class and of the class: ``cart`` and ``emptied``; none for others."""
    place = name.rpartition(".")[0]
    is_class = _is_path(name) and short_name(place)[:1].isupper()
    return name_words(place) + name_words(name) if is_class else []


def _is_path(name: str) -> bool:
    """Return whether a name is that of a place, such as ``shop.signals.paid``."""
    return "." in name and "/" not in name


def _are_alike_paths(one: str, other: str) -> bool:
    """Return whether places look alike: a slip in the last part, or places of one name in two modules.

    Two classes may each have a signal called ``saved``; a name of several words means one thing.
    """
    places = one.rpartition(".")[0], other.rpartition(".")[0]
    first, second = name_words(one), name_words(other)
    if places[0] == places[1]:
        return first == second or _are_alike(first, second)
    is_same = first == second and one.rpartition(".")[2] == other.rpartition(".")[2]
    is_twice = is_same and any(
        f"{mine}.".startswith(_MAIN) or f".{his}".endswith(f".{mine}")
        for mine, his in (places, places[::-1])
    )
    return is_twice or (is_same and len(first) > 1)


def _are_alike_with_dots(one: str, other: str) -> bool:
    """Return whether names look alike whose dots may be those of a place, or separate words of a name."""
    first, second = _words(one), _words(other)
    if any(part[:1].isupper() for name in (one, other) for part in name.split(".")[:-1]):
        return False  # two classes
    return _are_alike(first, second) or first == name_words(other) or second == name_words(one)


def _are_alike(first: list[str], second: list[str]) -> bool:
    if first == second or sorted(first) == sorted(second):
        return True
    if len(first) != len(second):
        joined, other = "".join(first), "".join(second)
        return joined == other or (not _has_digits(joined) and _is_slip(joined, other, 1))
    differing = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    return len(differing) == 1 and all(
        _is_slip(a, b, 2 if min(len(a), len(b)) >= _LONG else 1) for a, b in differing
    )


def _has_digits(text: str) -> bool:
    return any(map(str.isdigit, text))


def _is_slip(one: str, other: str, most: int) -> bool:
    """Return whether at most ``most`` letters of two words are replaced, missing or exchanged."""
    if min(len(one), len(other)) < _SHORTEST or _has_digits(one + other):
        return False
    if len(one) == len(other) == _SHORTEST and sorted(one) != sorted(other):
        return False  # such as ``paid`` and ``said``
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, other_letter in enumerate(other, start=1):
            is_other = letter != other_letter
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + is_other)
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == other_letter:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1] <= most
