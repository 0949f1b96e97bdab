"""Change a session's signals: define, connect, mute, drop, remove.

Each method calls blinker's own method of that name on live signals, so that blinker decides what
follows from it. Most return notes: sentences that describe what changed. They raise UnknownName for a
signal or a receiver that doesn't exist; only ``define`` and ``connect`` accept a new signal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import TYPE_CHECKING

from signalcli.errors import UsageError
from signalcli.language.phrases import counted, joined, phrase, sentences
from signalcli.playground.playground import Playground
from signalcli.receivers.registry import resolve, source_of
from signalcli.signals.snapshot import is_ordered
from signalcli.text import intended_option, session_command
from signalcli.values.session import Sender, SignalState
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.values.catalog import Drop
    from signalcli.values.receiver_specs import OwnReceiver, ReceiverSpec


class SessionEditor(Playground):
    """The signals of a session, to send and to change."""

    def define(self, name: SignalName, doc: str | None = None, ordered: bool = True) -> list[str]:
        """Create a signal, or set the doc of one that exists.

        :param doc: its documentation; ``None`` leaves the doc of a signal that exists.
        :param ordered: whether a new signal keeps the order of connection.
        :raises UsageError: for a meta signal, which comes with its signal and has blinker's doc.
        """
        if name in self._live and (doc is None or name.meta is None):
            changed = doc is not None and self._live.document(name, doc or None)
            if changed:
                note = phrase("{signal} was already defined, and now has this doc.", signal=name)
            else:
                note = phrase("{signal} is already defined: nothing changed.", signal=name)
            kept = phrase("It keeps the order of connection: --unordered needs a new signal.")
            is_kept = not ordered and is_ordered(self._live.signal(name))
            return [sentences(note, kept if is_kept else "")]
        if name.meta is not None:
            raise UsageError(
                "{meta} comes with {signal}, and can't be defined by itself. Connect to it: "
                "{command}",
                meta=name,
                signal=name.base,
                command=session_command("connect", str(name), "echo"),
            )
        self._live.define(name, SignalState(doc=doc or None, ordered=ordered))
        return [phrase("Defined {signal}.", signal=name)]

    def connect(
        self,
        name: SignalName,
        receivers: Sequence[str],
        senders: Sequence[Sender],
        weak: bool = True,
    ) -> list[str]:
        """Connect receivers in turn to each of ``senders``, or to ``ANY`` if there are none.

        This defines a signal that is new. An exception in a receiver of a meta signal ends it; a note
        names the receivers left out.

        :raises UsageError: for a sender of a meta signal, and for a receiver that can't be weak.
        """
        from signalcli.playground.connect import connect, refuse_senders_of_meta

        refuse_senders_of_meta(name, senders)
        for number, word in enumerate(receivers):
            hint = _receiver_hint(word, self._receivers.declared, is_first=number == 0)
            resolve(word, self._receivers.declared, self._live.hint_of_signal(word) or hint)
        notes = self._define_new(name)
        metas = self._metas(name)
        for number, receiver in enumerate(receivers, start=1):
            notes += connect(self._live, metas, name, receiver, senders, weak)
            if metas.error is not None:
                left = receivers[number:]
                if left:
                    notes.append(phrase("Not connected: {receivers}.", receivers=joined(left)))
                break
        self.deliveries += metas.deliveries
        del metas  # its error would keep a dropped receiver alive
        return notes + self._collected_with_undo()

    def disconnect(self, name: SignalName, receiver: str, senders: Sequence[Sender]) -> list[str]:
        """Disconnect a receiver from ``senders``, or from all. UsageError for a sender of a meta signal."""
        from signalcli.playground.connect import disconnect, refuse_senders_of_meta

        refuse_senders_of_meta(name, senders)
        metas = self._metas(name)
        notes = disconnect(self._live, metas, name, receiver, senders)
        self.deliveries += metas.deliveries
        del metas  # its error would keep a dropped receiver alive
        return notes + self._collected_with_undo()

    def mute(self, name: SignalName) -> list[str]:
        return self._set_muted(name, True)

    def unmute(self, name: SignalName) -> list[str]:
        return self._set_muted(name, False)

    def remove(self, name: SignalName) -> list[str]:
        """Remove a signal, with its connections and its meta signals."""
        self._live.signal(name)
        self._live.remove(name)
        return [phrase("Removed {signal}.", signal=name), *self._collected()]

    def reset(self) -> list[str]:
        """Remove every signal. The receivers that the user wrote stay."""
        names = [name for name in self._live.names() if name.meta is None]
        for name in names:
            self._live.remove(name)
        removed = counted(
            "Removed {n} signal from {place}.",
            "Removed {n} signals from {place}.",
            len(names),
            place=self._live.place,
        )
        return [removed, *self._collected()]

    def drop(self, receiver: str) -> Drop:
        """Delete the program's own reference to a receiver. Python deletes an unreferenced one."""
        from signalcli.playground.drop import drop

        return drop(self._live, receiver)

    def add_receiver(self, name: str, own: OwnReceiver) -> list[str]:
        """Add a receiver of the user's to the session. UsageError if it is invalid or the name is taken."""
        return self._receivers.add(name, own)

    def remove_receiver(self, name: str) -> list[str]:
        """Remove a receiver of the user's from the session. UsageError if it is connected."""
        connected = self._live.signals_of(name)
        if connected and name in self._receivers.declared:
            remedy = session_command("disconnect", connected[0], name)
            raise UsageError(
                "{receiver} is connected to {signal}. Disconnect it first: {command}",
                receiver=name,
                signal=connected[0],
                command=remedy,
            )
        return self._receivers.remove(name)

    def _define_new(self, name: SignalName) -> list[str]:
        """Define a signal that is new. blinker makes a meta signal when it is first touched."""
        notes = [] if name.base in self._live else self.define(name.base)
        if name not in self._live:
            base = self._live.signal(name.base)
            self._live.define(name, SignalState(ordered=is_ordered(base)))
        return notes

    def _collected_with_undo(self) -> list[str]:
        """Return these notes for a command that names undo only because of them."""
        notes = self._collected()
        undo = phrase("Undo brings it back: {command}", command=session_command("undo"))
        return [*notes, undo] if notes else []

    def _set_muted(self, name: SignalName, muted: bool) -> list[str]:
        signal = self._live.signal(name)
        if signal.is_muted == muted:
            if muted:
                return [phrase("{signal} was already muted: nothing changed.", signal=name)]
            return [phrase("{signal} was already unmuted: nothing changed.", signal=name)]
        signal.is_muted = muted
        if muted:
            return [phrase("{signal} is muted.", signal=name)]
        return [phrase("{signal} is unmuted.", signal=name)]


def _receiver_hint(word: str, declared: Mapping[str, ReceiverSpec], *, is_first: bool) -> str:
    """Return a sentence on what a word that names no receiver probably means, or no text."""
    parts = re.split("[,，、]", word)
    if all(parts) and source_of(parts[0], declared) is not None:
        separated = " ".join(map(quote, parts))
        return phrase("Receivers are separated by spaces: {receivers}.", receivers=separated)
    if option := intended_option(word):
        return phrase("An option starts with ASCII hyphens: {option}.", option=option)
    if is_first:
        return ""
    sender = re.sub("^sender:?[=＝]", "", word, flags=re.IGNORECASE)
    return phrase("A sender is written: {option}.", option=f"--sender {quote(sender)}")
