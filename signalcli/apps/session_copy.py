"""Copy the signals of an application to a session, for ``export json``.

A session holds signals by name, receivers by import, and senders that are text or integers. The
notes name everything else.
"""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.apps.application import Application
from signalcli.apps.discovery.found_signals import FoundSignal
from signalcli.apps.discovery.receiver_imports import ReceiverImports
from signalcli.errors import UsageError
from signalcli.language.phrases import counted, joined, phrase, some_of
from signalcli.signals.internals import live_receivers, receivers_of
from signalcli.signals.receivers import Receiver
from signalcli.signals.snapshot import state_of
from signalcli.values.session import Bucket, Session, SignalState
from signalcli.values.signal_name import SignalName

_SHOWN = 5
"""names in a note; it counts the rest."""


def copy_as_session(application: Application) -> tuple[Session, tuple[str, ...]]:
    """Return the session, and a note for each kind of thing that was left out.

    Signals keep the names that ``list`` shows; anonymous signals get an ``@``, as in
    ``@shop.User.on_create``. Meta signals without receivers are left out.
    """
    copy = _SessionCopy(application)
    return Session(dict(copy.signals())), tuple(copy.notes())


class _SessionCopy:
    def __init__(self, application: Application) -> None:
        self._found = application.found
        self._receivers = application.receivers
        self._imports = ReceiverImports(
            receiver for found in self._found for _, receiver, _ in live_receivers(found.signal)
        )
        self._lost_receivers: list[str] = []
        """Receivers that no import leads to, each with its signal."""
        self._lost_connections: list[str] = []
        """Connections to senders that a session can't hold, by receiver and signal."""
        self._lost_signals: list[str] = []

    def signals(self) -> Iterator[tuple[str, SignalState]]:
        names: dict[str, str] = {}
        for found in sorted(self._found, key=lambda found: found.meta_of is not None):
            if found.meta_of is not None and not receivers_of(found.signal):
                continue
            name = _session_name(found, names)
            if name is None:
                self._lost_signals.append(found.name)
            else:
                names[found.name] = name
                yield name, self._state(found)

    def notes(self) -> Iterator[str]:
        if self._lost_receivers:
            yield counted(
                "{n} receiver was left out, because no import leads to it: {names}.",
                "{n} receivers were left out, because no import leads to them: {names}.",
                len(self._lost_receivers),
                names=some_of(self._lost_receivers, _SHOWN),
            )
        if self._lost_connections:
            yield counted(
                "{n} connection was left out, because its sender is neither text nor an integer: {names}.",
                "{n} connections were left out, because their senders are neither text nor integers: {names}.",
                len(self._lost_connections),
                names=some_of(self._lost_connections, _SHOWN),
            )
        if self._lost_signals:
            yield counted(
                "{n} signal was left out, because a session can't name it: {names}.",
                "{n} signals were left out, because a session can't name them: {names}.",
                len(self._lost_signals),
                names=some_of(self._lost_signals, _SHOWN),
            )
        copies = [found.name for found in self._found if found.library != "blinker"]
        if copies:
            yield phrase(
                "Signals of a copy of blinker are exported as blinker's own: {names}.",
                names=joined([*copies[:_SHOWN], "…"] if copies[_SHOWN:] else copies),
            )

    def _state(self, found: FoundSignal) -> SignalState:
        """Return the state of a signal without the connections to senders that no session holds."""
        whole = state_of(
            found.signal,
            lambda receiver: self._import_of(receiver, found),
            lambda sender_id: self._receivers.sender_of(found.signal, sender_id),
        )
        connected, left_out = set(whole.any), list[str]()
        buckets = []
        for receivers, senders in whole.buckets:
            kept = tuple(sender for sender in senders if type(sender) in (str, int))
            left_out += receivers * (len(senders) - len(kept))
            if kept:
                buckets.append(Bucket(receivers, kept))
                connected.update(receivers)
        self._lost_connections += [_receiver_of(receiver, found) for receiver in left_out]
        gone = set(left_out) - connected
        held = tuple(entry for entry in whole.receivers if entry[0] not in gone)
        return whole._replace(receivers=held, buckets=tuple(buckets))

    def _import_of(self, receiver: Receiver, found: FoundSignal) -> str | None:
        name = self._imports.name_of(receiver)
        if name is None:
            lost = self._receivers.name_of(receiver)
            self._lost_receivers.append(_receiver_of(lost, found))
        return name


def _receiver_of(receiver: str, found: FoundSignal) -> str:
    return phrase("{receiver} of {signal}", receiver=receiver, signal=found.name)


def _session_name(found: FoundSignal, names: dict[str, str]) -> str | None:
    """Return the name of a signal in a session; ``None`` if a session can't hold it."""
    text = found.name if found.kind == "named" else f"@{found.name}"
    if found.meta_of is not None:
        meta = found.name.rpartition(":")[2]
        text = f"{names.get(found.meta_of, '')}:{meta}"
    try:
        name = SignalName.parse(text)
    except UsageError:  # such as for the meta signal of a meta signal
        return None
    is_meta = name.meta is not None
    return text if str(name) == text and is_meta == (found.meta_of is not None) else None
