"""The signals of an application by their names: what a person types means exactly one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from blinker import Signal

from signalcli.errors import UnknownName, UsageError
from signalcli.text import PROGRAM, escape
from signalcli.values.signal_name import META_SIGNALS

_SHOWN = 10
"""candidates that the message about an ambiguous name lists."""


class Found(NamedTuple):
    """One signal that is alive, and what it is called.

    Two of them are the same if their ``signal`` is the same object.
    """

    signal: Signal
    name: str
    """The best name: no other signal of the application has it."""
    aliases: tuple[str, ...]
    """What else it is known by. Others may be known by that too."""
    kind: str
    """``"named"`` or ``"anonymous"``."""
    library: str
    """Whose class it is of: ``"blinker"``, or the package of a copy of blinker's."""
    meta_of: str | None = None
    """The best name of the signal whose meta signal it is, if it is one."""
    held_by: str | None = None
    """What holds it, where no code leads to it and so its name is only a number."""

    def is_called(self, text: str) -> bool:
        """Whether the end of one of its names is ``text``, be it without its number.

        ``-`` and ``_`` are alike.
        """
        wanted = _alike(text)
        ends = wanted, f".{wanted}", f"/{wanted}"
        known = [_alike(name) for name in (self.name, *self.aliases)]
        known += [re.sub(r"#\d+$", "", name) for name in known]
        return any(name == wanted or name.endswith(ends[1:]) for name in known)


class Discovery(NamedTuple):
    """Every signal that is alive in this process, sorted by name."""

    found: tuple[Found, ...]

    @property
    def signals(self) -> tuple[Found, ...]:
        """All but the meta signals."""
        return tuple(found for found in self.found if found.meta_of is None)

    def find(self, text: str, place: str = "", program: str = PROGRAM) -> Found:
        """The signal that is meant by a name.

        That is the one of this best name; else the one that is also known by it; else the only one
        whose name ends so, in ``-`` or ``_`` alike; else the only one whose name is shown so.

        :param place: where that is, such as ``"application 'shop:app'"``, for a message.
        :param program: what is typed before the name of a command, for that too.
        :raises UsageError: if several are meant, or for a meta signal that isn't there yet.
        :raises UnknownName: if there is none.
        """
        for found in self.found:
            if found.name == text:
                return found
        base, _, meta = text.rpartition(":")
        if meta in META_SIGNALS and base:
            return self._meta(self.find(base, place, program), meta, program)
        known = [found for found in self.found if text in found.aliases]
        called = [found for found in self.found if found.is_called(text)]
        is_short = short(text) == text
        for candidates in (called,) if is_short else (known, called):
            if len(candidates) == 1:
                return candidates[0]
            if candidates:
                names = [found.name for found in candidates]
                raise UsageError(_ambiguous(text, names, program))
        escaped = [found for found in self.found if escape(found.name) == text]
        if len(escaped) == 1:  # as it is shown where it holds control characters
            return escaped[0]
        remedy = f"See them all: {program} list"
        raise UnknownName("signal", text, self._known(), place=place, remedy=remedy)

    def _meta(self, base: Found, meta: str, program: str) -> Found:
        name = f"{base.name}:{meta}"
        for found in self.found:
            if found.name == name:
                return found
        raise UsageError(
            f"{name} isn't there: blinker makes a meta signal when it is first touched, and the "
            f"application hasn't touched this one. See those that are: {program} list --all"
        )

    def _known(self) -> Iterator[str]:
        """What may be suggested: short names too, where they mean one signal."""
        shorts: dict[str, set[str]] = {}
        for found in self.signals:
            shorts.setdefault(short(found.name), set()).add(found.name)
        for name, names in shorts.items():
            yield from names
            if len(names) == 1:
                yield name


def sorted_by_name(found: Iterable[Found]) -> Discovery:
    """A discovery of these. No signal is compared with another."""
    return Discovery(tuple(sorted(found, key=_naturally)))


def _naturally(found: Found) -> list[str | int]:
    """The name, for a person's order: ``ready#2`` before ``ready#10``."""
    parts = re.split("([0-9]+)", found.name)
    return [part if number % 2 == 0 else int(part) for number, part in enumerate(parts)]


def short(name: str) -> str:
    """The last part of a name: ``request-started``, ``on_create``, ``saved`` of a dict's key."""
    key = re.search(r"\['([^']*)'\](?:#\d+)?$", name)
    return key[1] if key else re.split(r"[./]", name)[-1]


def _alike(text: str) -> str:
    return re.sub(r"\['([^']*)'\]", r".\1", text).replace("-", "_")


def _ambiguous(text: str, names: list[str], program: str) -> str:
    import shlex

    shown = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (
        f"'{text}' could be any of {len(names)} signals: {shown}{more}. "
        f"Type one of these names: {program} inspect {shlex.quote(names[0])}"
    )
