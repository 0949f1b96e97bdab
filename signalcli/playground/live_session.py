"""The live blinker signals and receivers of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from blinker import NamedSignal, Namespace, Signal, default_namespace

from signalcli.errors import UnknownName, UsageError
from signalcli.language.phrases import phrase, sentences
from signalcli.receivers.registry import ReceiverSet, source_of
from signalcli.signals.internals import doc_of
from signalcli.signals.receivers import Receiver
from signalcli.signals.send import SIGNAL_NAMES
from signalcli.signals.snapshot import adopt, connect_all, new_signal, rewritten, state_of
from signalcli.text import session_command
from signalcli.values.session import Session, SignalState
from signalcli.values.signal_name import META_SIGNALS, SignalName


class LiveSession:
    """The live signals of a session. Each is created when it is first needed.

    See :class:`~signalcli.playground.playground.Playground` for the parameters. Signals in the namespaces of
    ``programs`` are that program's own.
    """

    def __init__(
        self,
        session: Session,
        place: str,
        trusts: Callable[[str], bool],
        programs: Mapping[str, Namespace],
    ) -> None:
        self.place = place
        self._programs = programs
        self.receivers = ReceiverSet(session.receivers, trusts)
        self._states = dict(session.signals)
        self._live: dict[str, Signal] = {}
        self._namespaces: dict[str | None, Namespace] = {None: default_namespace}
        self._dropped = list(session.dropped)

    def __contains__(self, name: SignalName) -> bool:
        return str(name) in self._states

    def hint_of_signal(self, word: str) -> str:
        """Return a sentence for the error about a receiver, if the word is a signal; else no text."""
        return phrase("'{word}' is a signal.", word=word) if word in self._states else ""

    def names(self) -> Iterator[SignalName]:
        """Return the names of all signals, in the order of definition."""
        return map(SignalName.parse, list(self._states))

    def signal(self, name: SignalName) -> Signal:
        """Return the live signal of a name, or raise UnknownName."""
        text = str(name)
        if text not in self._live:
            if text not in self._states:
                raise self._unknown(name)
            family = [name.base, *self._metas(name.base)]
            connected = [r for one in family for r, _ in self._states[str(one)].receivers]
            if self._dropped or any(map(self.receivers.runs_code, connected)):
                self.create_all()
            else:
                self._create(family)
        return self._live[text]

    def take(self, receiver: str) -> Receiver:
        """Return the function of a receiver, which the program references from now on.

        :raises SignalcliError: if the receiver doesn't exist, or its code can't be imported.
        """
        self.receivers.declare(receiver)
        if self.receivers.runs_code(receiver):
            self.create_all()
        return self.receivers.take(receiver)

    def borrow(self, receiver: str) -> Receiver:
        """Return the function of a receiver as :meth:`take` does; a dropped one stays dropped."""
        function = self.take(receiver)
        if receiver in self._dropped:
            self.receivers.release(receiver)
        return function

    def create_all(self) -> None:
        """Create every signal: imported code may send any, and any may hold a dropped receiver."""
        self._create(list(self.names()))
        for receiver in self._dropped:
            self.receivers.release(receiver)

    def define(self, name: SignalName, state: SignalState) -> None:
        """Add a new signal."""
        self._states[str(name)] = state

    def document(self, name: SignalName, doc: str | None) -> bool:
        """Set the doc of a defined signal, and return whether it changed."""
        signal = self.signal(name)
        before, vars(signal)["__doc__"] = doc_of(signal), doc
        return doc != before

    def remove(self, name: SignalName) -> None:
        """Remove a signal and its meta signals, which the signal itself references too."""
        for gone in (name, *self._metas(name)):
            self._live.pop(str(gone), None)
            del self._states[str(gone)]
        base = self._live.get(str(name.base))
        if name.meta is not None and base is not None:
            vars(base).pop(name.meta, None)
        if not (name.meta or name.anonymous) and name.namespace in self._namespaces:
            self._namespaces[name.namespace].pop(name.name, None)

    def drop(self, receiver: str) -> None:
        """Delete the program's own reference to a receiver."""
        self.create_all()
        self._dropped.append(receiver)
        self.receivers.release(receiver)

    def collect(self) -> list[str]:
        """Collect unreferenced objects, and return the dropped receivers that Python deleted."""
        if not self._dropped:
            return []
        import gc

        gc.collect()  # a signal and its weak references form a cycle
        gone = [name for name in self._dropped if not self.receivers.is_referenced(name)]
        self._dropped = [name for name in self._dropped if name not in gone]
        return gone

    def signals_of(self, receiver: str) -> list[str]:
        """Return the signals that a receiver is connected to."""
        return [name for name, state in self._states.items() if receiver in dict(state.receivers)]

    def close(self) -> None:
        """Release all receivers at once.

        When a weakly held receiver dies, blinker searches every bucket of the signal. For thousands
        of receivers that is slow; clearing the signals first avoids it.
        """
        for signal in self._live.values():
            signal.receivers.clear()

    def snapshot(self) -> Session:
        """Return the present state of all signals and receivers as plain values."""
        declared = self.receivers.declared
        live = {text: self._state(text, signal) for text, signal in self._live.items()}
        if live:
            elsewhere = self.receivers.is_referenced_elsewhere
            dropped = [name for name in self._dropped if elsewhere(name)]
        else:  # nothing is loaded: they may be referenced
            dropped = [name for name in self._dropped if source_of(name, declared) is not None]
        return Session({**self._states, **live}, declared, tuple(dict.fromkeys(dropped)))

    def _create(self, names: list[SignalName]) -> None:
        """Create signals. Meta signals come last, so that they aren't sent for this."""
        missing = [name for name in names if name in self and str(name) not in self._live]
        signals = [name for name in missing if name.meta is None]
        metas = [name for name in missing if name.meta is not None]
        for name in (*signals, *metas):
            self._live[str(name)] = self._new(name)
        for name in (*signals, *metas):
            connect_all(self._live[str(name)], self._states[str(name)], self.receivers.restore)

    def _new(self, name: SignalName) -> Signal:
        state = self._states[str(name)]
        program = self._programs.get(name.namespace or "")
        if program is not None and name.meta is None:
            signal: Signal = program.signal(name.name)
            adopt(signal, state)
        else:
            signal = new_signal(name, state, self._live[str(name.base)] if name.meta else None)
        SIGNAL_NAMES[signal] = str(name)
        if isinstance(signal, NamedSignal):
            self._namespaces.setdefault(name.namespace, Namespace())[name.name] = signal
        return signal

    def _metas(self, name: SignalName) -> list[SignalName]:
        metas = [name._replace(meta=meta) for meta in META_SIGNALS] if name.meta is None else []
        return [meta for meta in metas if meta in self]

    def _state(self, text: str, signal: Signal) -> SignalState:
        """Return a live signal's state; if unchanged, the saved state itself, however it was written."""
        before = self._states[text]
        now = state_of(signal, self.receivers.session_name_of)
        if now != before and now == rewritten(SignalName.parse(text), before):
            return before
        return now

    def _unknown(self, name: SignalName) -> UsageError:
        if name.meta is not None and name.base in self:
            return UsageError(
                "{meta} isn't there yet: blinker makes a meta signal when it is first touched. "
                "Connect to it: {command}",
                meta=name,
                command=session_command("connect", str(name), "echo"),
            )
        if self._states:
            remedy = phrase("See them all: {command}", command=session_command("list"))
        else:
            start = session_command("connect", "king", "animal")
            remedy = phrase("It has no signals yet; start with: {command}", command=start)
        if source_of(str(name), self.receivers.declared) not in (None, "import"):
            remedy = sentences(phrase("'{word}' is a receiver.", word=str(name)), remedy)
        return UnknownName(
            phrase("signal"), str(name), self._states, place=self.place, remedy=remedy
        )
