"""Find the receiver that a user names, wherever it is known from: connected now or before, sent to, or written."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from signalcli.doctor.connecting.changes import function_as_sender
from signalcli.doctor.sender_rules import listed
from signalcli.doctor.source_files import own_source_files
from signalcli.errors import UnknownName, UsageError, closest
from signalcli.language.phrases import phrase, sentences
from signalcli.signals.tracebacks import place
from signalcli.values.inspection import ReceiverView, SignalView

if TYPE_CHECKING:
    from signalcli.doctor.evidence import Evidence
    from signalcli.doctor.source_reader import SourceConnect, SourceFile
    from signalcli.values.catalog import CatalogEntry
    from signalcli.values.change import ConnectionChange

_MOST_NAMES = 4
"""names of receivers that an error lists."""
_LIKENESS = 0.75
"""the least likeness of a name to suggest, from 0 to 1."""


class Subject(NamedTuple):
    """A receiver with all that is known of it."""

    name: str
    defined: str | None = None
    """The file and line of its definition."""
    views: tuple[tuple[SignalView, ReceiverView], ...] = ()
    """The signals that it is connected to now."""
    changes: tuple[ConnectionChange, ...] = ()
    """Its connects, disconnects and death, in the order of time."""
    file: SourceFile | None = None
    """The file with its text, if it is one of the application's own."""
    sent: tuple[str, ...] = ()
    """The signals of the past sends that had it among their receivers."""
    is_trusted: bool = True
    """Whether its import may run in a session."""
    spellings: tuple[str, ...] = ()
    """How its connects write it, such as ``"shop.partial_of_mail"``."""
    is_split: bool = False
    """Whether receivers with other places have its name."""
    asked: str | None = None
    """The only signal that is asked about."""
    as_sender: tuple[ConnectionChange, ...] = ()
    """The connects that got it as the sender."""

    @property
    def signals(self) -> list[str]:
        """The signals that it is or was connected to, or the one that is asked about."""
        if self.asked is not None:
            return [self.asked]
        names = [view.signal for view, _ in self.views] + [one.signal for one in self.changes]
        names += self.sent or [one.signal for one in self.as_sender if not names]
        return list(dict.fromkeys(names))

    @property
    def connected_at(self) -> list[str]:
        """The files and lines that connected it."""
        details = [view.in_program for _, view in self.views]
        places = [one.connected_at for one in details if one is not None]
        places += [change.where for change in self.changes if change.action == "connected"]
        return list(dict.fromkeys(filter(None, places)))

    def of_place(self, defined: str) -> Subject:
        """Return the one of several receivers of this name that a place defines."""
        views = tuple((signal, view) for signal, view in self.views if view.where == defined)
        changes = tuple(change for change in self.changes if change.defined == defined)
        return self._replace(defined=defined, views=views, changes=changes, is_split=True)

    @property
    def written(self) -> str:
        """The name of the function itself, if it is in a wrapper or a partial."""
        return _parts(self.name)[-1]

    @property
    def wrapped_at(self) -> str | None:
        """The file and line of the function in a wrapper, if one of the application's own files has it."""
        if self.file is not None and self.written != self.name:
            for one in self.file.functions:
                if f"{self.file.module}.{one.name}" == self.written:
                    return place(self.file.path, one.line)
        return None

    @property
    def function(self) -> str:
        """Its name without its module and scopes."""
        return _last(self.written)

    @property
    def connects(self) -> list[SourceConnect]:
        """What its file has to connect it."""
        file = self.file
        return [] if file is None else [one for one in file.connects if self._is_connected_by(one)]

    def _is_connected_by(self, connect: SourceConnect) -> bool:
        owner, _, function = (connect.receiver or "").rpartition(".")
        if owner in ("self", "cls"):
            around = (connect.function or "").partition(".<locals>")[0]
            function = f"{around.rpartition('.')[0]}.{function}"
        return _ends_with(self.written, function)

    @property
    def is_imported(self) -> bool:
        """Whether its module was imported, since it is or was a receiver or a sender."""
        return bool(self.views or self.changes or self.sent or self.as_sender)


def find_subject(
    typed: str, evidence: Evidence, files: Sequence[SourceFile], program: str
) -> Subject:
    """Return the receiver of a name as the user writes it.

    :param typed: such as ``shop.receivers:mail``, ``receivers.py:mail``, ``mail`` or ``shop.py:12``.
    :param files: the application's own source files that may define it.
    :raises UsageError: if several receivers have the name.
    :raises UnknownName: if none has it.
    """
    subjects = list(_subjects(evidence, files))
    imported = [one for one in subjects if one.is_imported]
    within = {part for one in imported for part in _parts(one.name) if part != one.name}
    found = [one for one in subjects if one.is_imported or one.name not in within]
    found = [one for one in found if _is_named(one, typed)]
    exact = [one for one in found if typed == one.defined or one.name == typed.replace(":", ".")]
    known = exact or [subject for subject in found if subject.is_imported] or found
    if len(known) == 1:
        return known[0]
    if known:
        names = [one.defined or one.name if one.is_split else one.name for one in known]
        raise UsageError(
            "'{name}' may be {names}. Name one: {command}",
            name=typed,
            names=listed(names, _MOST_NAMES),
            command=f"{program} why {shlex.quote(names[0])}",
        )
    every = [*own_source_files(evidence.details)]
    written = [one for one in _subjects(evidence, every) if one.is_imported or one.connects]
    spellings = (spelling for one in (*subjects, *written) for spelling in _spelled(one))
    close = closest(typed, spellings, _LIKENESS)
    quoted = shlex.quote(close or "")
    listing = phrase(
        "See the receivers that are connected: {command}", command=f"{program} receivers"
    )
    asking = phrase("Type it quoted: {command}", command=f"{program} why {quoted}")
    is_plain = close is None or quoted == close
    remedy = sentences(hint_of_signal(typed, evidence), listing if is_plain else asking)
    raise UnknownName("receiver", typed, [close] if close else [], remedy=remedy)


def hint_of_signal(word: str, evidence: Evidence) -> str:
    """Return a sentence for the error about a receiver, if the word is a signal; else no text."""
    if not evidence.has_signal(word):
        return ""
    return phrase("'{word}' is a signal, which is written: --signal {word}.", word=word)


def catalog_subject(entry: CatalogEntry, evidence: Evidence) -> Subject:
    """Return a receiver that a session can connect."""
    found = {subject.name: subject for subject in _subjects(evidence, ())}
    subject = found.get(entry.receiver, Subject(entry.receiver))
    is_trusted = entry.is_async is not None
    return subject._replace(defined=entry.where or subject.defined, is_trusted=is_trusted)


def _subjects(evidence: Evidence, files: Iterable[SourceFile]) -> Iterator[Subject]:
    """Yield each receiver once, with all that is known of it."""
    views: dict[str, list[tuple[SignalView, ReceiverView]]] = {}
    for signal in evidence.signals:
        for receiver in signal.receivers:
            views.setdefault(receiver.receiver, []).append((signal, receiver))
    changes: dict[str, list[ConnectionChange]] = {}
    as_sender: dict[str, list[ConnectionChange]] = {}
    for change in evidence.changes:
        changes.setdefault(change.receiver, []).append(change)
        if change.action == "connected":
            as_sender.setdefault(function_as_sender(change) or "", []).append(change)
    sent: dict[str, list[str]] = {}
    for one in evidence.sends.sent:
        for row in one.outcomes:
            sent.setdefault(row.receiver, []).append(one.signal)
    written = {
        f"{file.module}.{function.name}": (file, function.line)
        for file in files
        for function in file.functions
    }
    spellings = _spellings(files)
    for name in {**views, **changes, **sent, **written}:
        file, line = written.get(name) or written.get(_parts(name)[-1]) or (None, 0)
        places = [view.where for _, view in views.get(name, ())]
        places = places or [change.defined for change in changes.get(name, ())]
        whole = Subject(
            name,
            next(filter(None, places), None if file is None else place(file.path, line)),
            tuple(views.get(name, ())),
            tuple(changes.get(name, ())),
            file,
            tuple(dict.fromkeys(sent.get(name, ()))),
            as_sender=tuple(as_sender.get(name, ())),
        )
        several = dict.fromkeys(filter(None, places))
        for subject in map(whole.of_place, several) if len(several) > 1 else [whole]:
            names = (name for at in subject.connected_at for name in spellings.get(at, ()))
            yield subject._replace(spellings=tuple(names))


def _spellings(files: Iterable[SourceFile]) -> dict[str | None, list[str]]:
    """Return how the source files write the receivers that they connect, by the file and line of the connect."""
    spellings: dict[str | None, list[str]] = {}
    for file in files:
        for one in file.connects:
            if one.receiver is not None:
                at = place(file.path, one.line)
                spellings.setdefault(at, []).append(f"{file.module}.{one.receiver}")
    return spellings


def _is_named(subject: Subject, typed: str) -> bool:
    """Return whether a text names a receiver: its place, or the end of its dotted name, with its file or module."""
    if typed == subject.defined or typed in subject.connected_at:
        return True
    file, colon, function = typed.rpartition(":")
    if colon and file.endswith(".py"):
        files = [(subject.defined or "").rpartition(":")[0]]
        files += [] if subject.file is None else [subject.file.path]
        is_there = any(f"/{one}".endswith(f"/{os.path.normpath(file)}") for one in files)
        return is_there and any(_ends_with(name, function) for name in _names(subject))
    return any(_ends_with(name, typed.replace(":", ".")) for name in _names(subject))


def _names(subject: Subject) -> Iterator[str]:
    """Yield the name, those of the wrapper and the functions in it, and that of the function in a wrapper."""
    yield subject.name
    yield from _parts(subject.name)
    yield from subject.spellings
    for _, view in subject.views:
        if view.in_program is not None:
            yield from filter(None, (view.in_program.inner, view.in_program.wrapped_by))


def _spelled(subject: Subject) -> Iterator[str]:
    """Yield how a user may write a receiver: its name with or without the module, or with the file."""
    for name in _names(subject):
        yield from (name, _last(name))
    if subject.file is not None:
        function = subject.written.removeprefix(f"{subject.file.module}.")
        yield f"{subject.file.module}:{function}"
        yield f"{_last(subject.file.module)}:{function}"
        yield f"{os.path.basename(subject.file.path)}:{function}"


def _parts(name: str) -> list[str]:
    """Return the names in one such as ``shop.logged.<locals>.wrapper(shop.mail)``."""
    return [part for part in re.split("[(), ]+", name) if part] or [name]


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _ends_with(name: str, end: str) -> bool:
    plain = re.sub(r"<locals>\.", "", name)
    return any(f".{one}".endswith(f".{end}") for one in (name, plain))
