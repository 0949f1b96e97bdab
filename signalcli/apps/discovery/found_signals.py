"""Discovered signals, and how a typed name selects one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from blinker import Signal

from signalcli.errors import UnknownName, UsageError
from signalcli.language.phrases import phrase, some_of
from signalcli.signals.internals import receivers_of
from signalcli.text import PROGRAM, escape
from signalcli.values.signal_name import META_SIGNALS, natural_key, normalized, short_name

_SHOWN = 10
"""candidates in the message about an ambiguous name."""


class FoundSignal(NamedTuple):
    """A live signal and its names."""

    signal: Signal
    name: str
    """The best name, which is unique in the application."""
    aliases: tuple[str, ...]
    """Its other names. Another signal may share them."""
    kind: str
    """``"named"`` or ``"anonymous"``."""
    library: str
    """The package of its class: ``"blinker"``, or a package with a copy of blinker."""
    meta_of: str | None = None
    """The best name of the signal that it is a meta signal of, if it is one."""
    held_by: str | None = None
    """What references it, if no code leads to it and its name is only a number."""
    package: str | None = None
    """The installed package that made it; ``None`` if code that isn't installed did."""

    def is_called(self, text: str) -> bool:
        """Return whether one of its names, with or without number, ends in ``text``; ``-`` equals ``_``."""
        wanted = normalized(text)
        ends = wanted, f".{wanted}", f"/{wanted}"
        known = [normalized(name) for name in (self.name, *self.aliases)]
        known += [re.sub(r"#\d+$", "", name) for name in known]
        return any(name == wanted or name.endswith(ends[1:]) for name in known)


class Discovery(NamedTuple):
    """The live signals of this process, sorted by name."""

    found: tuple[FoundSignal, ...]

    @property
    def signals(self) -> tuple[FoundSignal, ...]:
        """All signals except meta signals."""
        return tuple(found for found in self.found if found.meta_of is None)

    @property
    def with_heard_metas(self) -> tuple[FoundSignal, ...]:
        """All signals except meta signals without receivers."""
        return tuple(one for one in self.found if one.meta_of is None or receivers_of(one.signal))

    def find(self, text: str, place: str = "", program: str = PROGRAM) -> FoundSignal:
        """Return the signal that a typed name means.

        That is the signal with this best name, or else the only one with this alias, or else the only
        one with a name that ends so, or else the only one whose escaped name is this text.

        :param place: the name of the application in errors, such as ``"application 'shop:app'"``.
        :param program: the command line up to the name of a command, for the hints in errors.
        :raises UsageError: if several signals match, or for a meta signal that doesn't exist yet.
        :raises UnknownName: if no signal matches.
        """
        __tracebackhide__ = True  # of a test
        for found in self.found:
            if found.name == text:
                return found
        base, _, meta = text.rpartition(":")
        if meta in META_SIGNALS and base:
            return self._meta(self.find(base, place, program), meta, program)
        known = [found for found in self.found if text in found.aliases]
        called = [found for found in self.found if found.is_called(text)]
        is_short = short_name(text) == text
        for candidates in (called,) if is_short else (known, called):
            if len(candidates) == 1:
                return candidates[0]
            if candidates:
                names = [found.name for found in candidates]
                raise UsageError(_ambiguous(text, names, program))
        escaped = [found for found in self.found if escape(found.name) == text]
        if len(escaped) == 1:  # typed as displayed, with its control characters escaped
            return escaped[0]
        remedy = phrase("See them all: {command}", command=f"{program} list --all")
        raise UnknownName("signal", text, self._suggestions(), place=place, remedy=remedy)

    def _meta(self, base: FoundSignal, meta: str, program: str) -> FoundSignal:
        name = f"{base.name}:{meta}"
        for found in self.found:
            if found.name == name:
                return found
        raise UsageError(
            "{signal} doesn't exist: blinker creates a meta signal at its first use, and the application "
            "hasn't used this one. List those that exist: {command}",
            signal=name,
            command=f"{program} list --all",
        )

    def _suggestions(self) -> Iterator[str]:
        """Yield the names to suggest: full names, and short names that mean one signal."""
        shorts: dict[str, set[str]] = {}
        for found in self.signals:
            shorts.setdefault(short_name(found.name), set()).add(found.name)
        for name, names in shorts.items():
            yield from names
            if len(names) == 1:
                yield name


def sorted_by_name(found: Iterable[FoundSignal]) -> Discovery:
    """Return a discovery sorted by name. No signal is compared with another."""
    return Discovery(tuple(sorted(found, key=lambda one: natural_key(one.name))))


def _ambiguous(text: str, names: list[str], program: str) -> str:
    import shlex

    return phrase(
        "'{text}' could be any of {number} signals: {names}. Type one of these names: {command}",
        text=text,
        number=len(names),
        names=some_of(names, _SHOWN),
        command=f"{program} inspect {shlex.quote(names[0])}",
    )
