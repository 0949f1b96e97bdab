"""A session's signals and receivers, alive: what one program that made them would hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from blinker import NamedSignal, Namespace, Signal, default_namespace

from signalcli.errors import UnknownName, UsageError
from signalcli.receivers.registry import ReceiverSet
from signalcli.signals.functions import Receiver
from signalcli.signals.send import NAMES
from signalcli.signals.snapshot import adopt, connect_all, new_signal, rewritten, state_of
from signalcli.values.delivery import Session, SignalState
from signalcli.values.signal_name import META_SIGNALS, SignalName


class LiveSession:
    """The signals of a session, each brought to life when it is first asked for.

    :param session: what to build them from.
    :param place: how errors call the session, such as ``"session 'default'"``.
    :param trusts: whether an import may run here, by its text.
    :param programs: the namespaces of another program, by the names that the session has for them:
        its signals there are that program's own.
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

    def names(self) -> Iterator[SignalName]:
        """Every signal, in the order of definition."""
        return map(SignalName.parse, list(self._states))

    def signal(self, name: SignalName) -> Signal:
        """The live signal of a name.

        :raises UnknownName: if it isn't defined.
        """
        text = str(name)
        if text not in self._live:
            if text not in self._states:
                raise self._unknown(name)
            family = [name.base, *self._metas(name.base)]
            if self._dropped or any(map(self.receivers.runs_code, self._connected_to(family))):
                self.bring_all()
            else:
                self._bring(family)
        return self._live[text]

    def take(self, receiver: str) -> Receiver:
        """The function of a receiver, which the program holds from now on.

        :raises UnknownName: if there is no such receiver.
        :raises SignalcliError: if its code can't be imported.
        """
        self.receivers.declare(receiver)
        if self.receivers.runs_code(receiver):
            self.bring_all()
        return self.receivers.take(receiver)

    def bring_all(self) -> None:
        """Bring every signal to life.

        The code of an import may send any of them, and what the program let go of may be held by
        any.
        """
        self._bring(list(self.names()))
        for receiver in self._dropped:
            self.receivers.let_go(receiver)

    def define(self, name: SignalName, state: SignalState) -> None:
        """Let there be a new signal."""
        self._states[str(name)] = state

    def forget(self, name: SignalName) -> None:
        """Let go of a signal and its meta signals."""
        for gone in (name, *self._metas(name)):
            self._live.pop(str(gone), None)
            del self._states[str(gone)]
        if not (name.meta or name.anonymous) and name.namespace in self._namespaces:
            self._namespaces[name.namespace].pop(name.name, None)

    def drop(self, receiver: str) -> None:
        """Let go of the program's own reference to a receiver."""
        self.bring_all()
        self._dropped.append(receiver)
        self.receivers.let_go(receiver)

    def collect(self) -> list[str]:
        """Collect what nothing holds; the dropped receivers that are gone with it."""
        if not self._dropped:
            return []
        import gc

        gc.collect()  # a signal is in a cycle with its weak references
        gone = [name for name in self._dropped if not self.receivers.is_alive(name)]
        self._dropped = [name for name in self._dropped if name not in gone]
        return gone

    def signals_of(self, receiver: str) -> list[SignalName]:
        """The signals that hold a receiver."""
        return [name for name in self.names() if receiver in self._connected_to([name])]

    def close(self) -> None:
        """Let go of everything at once.

        A receiver that dies before the weak references to it makes blinker look through every
        bucket of the signal, which takes long when thousands do.
        """
        for signal in self._live.values():
            signal.receivers.clear()

    def snapshot(self) -> Session:
        """What blinker and the program hold now, in plain values."""
        live = {text: self._state(text, signal) for text, signal in self._live.items()}
        dropped = [name for name in self._dropped if self._is_dropped(name, bool(live))]
        return Session(
            {**self._states, **live}, self.receivers.declared, tuple(dict.fromkeys(dropped))
        )

    def _is_dropped(self, name: str, is_live: bool) -> bool:
        """Whether a receiver that was let go of lives on, as far as that is known."""
        if not is_live:
            return self.receivers.knows(name)
        return self.receivers.lives_on(name)

    def _connected_to(self, names: list[SignalName]) -> Iterator[str]:
        """The receivers that some signals hold."""
        for name in names:
            for receiver, _ in self._states[str(name)].receivers:
                yield receiver

    def _bring(self, names: list[SignalName]) -> None:
        """Bring signals to life, the meta signals last: they are not to fire for that."""
        missing = [name for name in names if name in self and str(name) not in self._live]
        signals = [name for name in missing if name.meta is None]
        metas = [name for name in missing if name.meta is not None]
        for name in (*signals, *metas):
            self._live[str(name)] = self._new(name)
        for name in (*signals, *metas):
            connect_all(self._live[str(name)], self._states[str(name)], self.receivers.restored)

    def _new(self, name: SignalName) -> Signal:
        state = self._states[str(name)]
        program = self._programs.get(name.namespace or "")
        if program is not None and name.meta is None:
            signal: Signal = program.signal(name.name)
            adopt(signal, state)
        else:
            signal = new_signal(name, state, self._live[str(name.base)] if name.meta else None)
        NAMES[signal] = str(name)
        if isinstance(signal, NamedSignal):
            self._namespaces.setdefault(name.namespace, Namespace())[name.name] = signal
        return signal

    def _metas(self, name: SignalName) -> list[SignalName]:
        """The meta signals of a signal that the session knows."""
        metas = [name._replace(meta=meta) for meta in META_SIGNALS] if name.meta is None else []
        return [meta for meta in metas if meta in self]

    def _state(self, text: str, signal: Signal) -> SignalState:
        """A live signal's state: the very one it came from, however written, if nothing changed."""
        before = self._states[text]
        now = state_of(signal, self.receivers.session_name_of)
        if now != before and now == rewritten(SignalName.parse(text), before):
            return before
        return now

    def _unknown(self, name: SignalName) -> UsageError:
        if name.meta is not None and name.base in self:
            return UsageError(
                f"{name} isn't there yet: blinker makes a meta signal when it is first touched. "
                f"Connect to it: signalcli connect {name} echo"
            )
        remedy = (
            "See them all: signalcli list"
            if self._states
            else "It has no signals yet; start with: signalcli connect king animal"
        )
        return UnknownName("signal", str(name), self._states, place=self.place, remedy=remedy)
