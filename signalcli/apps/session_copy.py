"""An application as a session: a copy of its signals for the playground, as far as that can hold it.

A session has signals by their names, receivers by their imports, and senders that are text or
integers. What is something else is left out, and said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from signalcli.apps.application import Application
from signalcli.apps.discovery.found import Found
from signalcli.apps.discovery.receiver_imports import Importable
from signalcli.errors import UsageError
from signalcli.signals.functions import Receiver
from signalcli.signals.internals import (
    ANY_ID,
    buckets_of,
    doc_of,
    is_muted,
    live_receivers,
    receivers_of,
    set_class_of,
)
from signalcli.values.delivery import Bucket, Sender, Session, SignalState
from signalcli.values.signal_name import SignalName

_SHOWN = 5
"""of what is left out: how many are named."""


def as_session(application: Application) -> tuple[Session, tuple[str, ...]]:
    """The session, and what there is to say about what isn't in it, a sentence each.

    A signal has the name that ``list`` gives it; an anonymous one is anonymous, as in
    ``@shop.User.on_create``. Meta signals are there if somebody listens to them.
    """
    copy = _Copy(application)
    return Session(dict(copy.signals())), tuple(copy.notes())


class _Copy:
    def __init__(self, application: Application) -> None:
        self._found = application.found
        self._roster = application.roster
        self._imports = Importable(
            receiver for found in self._found for _, receiver, _ in live_receivers(found.signal)
        )
        self._unnamed: list[str] = []
        """Receivers without an import, each with its signal."""
        self._unheard: list[str] = []
        """Connections to other senders, by their receivers and signals."""
        self._unsaid: list[str] = []
        """Signals that a session can't name."""

    def signals(self) -> Iterator[tuple[str, SignalState]]:
        names: dict[str, str] = {}
        for found in sorted(self._found, key=lambda found: found.meta_of is not None):
            if found.meta_of is not None and not receivers_of(found.signal):
                continue
            name = _session_name(found, names)
            if name is None:
                self._unsaid.append(found.name)
            else:
                names[found.name] = name
                yield name, self._state(found)

    def notes(self) -> Iterator[str]:
        for left, one, many in (
            (
                self._unnamed,
                "receiver was left out, because no import leads to it",
                "receivers were left out, because no import leads to them",
            ),
            (
                self._unheard,
                "connection was left out, because its sender is neither text nor an integer",
                "connections were left out, because their senders are neither text nor integers",
            ),
            (
                self._unsaid,
                "signal was left out, because a session can't name it",
                "signals were left out, because a session can't name them",
            ),
        ):
            if left:
                shown = ", ".join(left[:_SHOWN])
                more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
                yield f"{len(left)} {one if len(left) == 1 else many}: {shown}{more}."
        copies = [found.name for found in self._found if found.library != "blinker"]
        if copies:
            yield (
                f"What is of a copy of blinker's is exported as blinker's own: "
                f"{', '.join(copies[:_SHOWN])}{', …' if copies[_SHOWN:] else ''}."
            )

    def _state(self, found: Found) -> SignalState:
        signal = found.signal
        names = {}
        for id_, receiver, weak in live_receivers(signal):
            name = self._named(receiver, found)
            if name is not None:
                names[id_] = (name, weak)
        any_bucket: tuple[str, ...] = ()
        by_bucket: dict[tuple[str, ...], list[Sender]] = {}
        heard: set[str] = set()
        lost: set[str] = set()
        ordered = set_class_of(signal) is not set
        for sender_id, bucket in buckets_of(signal).items():
            ids = bucket if ordered else [id_ for id_ in names if id_ in bucket]
            receivers = tuple(names[id_][0] for id_ in ids if id_ in names)
            sender = None if sender_id == ANY_ID else self._roster.sender_of(signal, sender_id)
            if sender_id == ANY_ID:
                any_bucket = receivers
            elif type(sender) is str or type(sender) is int:
                if receivers or not bucket:
                    by_bucket.setdefault(receivers, []).append(sender)
            else:
                self._unheard += [f"{receiver} of {found.name}" for receiver in receivers]
                lost.update(receivers)
                continue
            heard.update(receivers)
        return SignalState(
            doc=doc_of(signal),
            muted=is_muted(signal),
            ordered=ordered,
            receivers=tuple(_kept(list(names.values()), lost - heard)),
            any=any_bucket,
            buckets=tuple(Bucket(names, tuple(s)) for names, s in by_bucket.items()),
        )

    def _named(self, receiver: Receiver, found: Found) -> str | None:
        name = self._imports.name_of(receiver)
        if name is None:
            self._unnamed.append(f"{self._roster.name_of(receiver)} of {found.name}")
        return name


def _kept(receivers: Sequence[tuple[str, bool]], gone: set[str]) -> Iterator[tuple[str, bool]]:
    """The receivers but for those that would be left without a connection, and have some."""
    return (receiver for receiver in receivers if receiver[0] not in gone)


def _session_name(found: Found, names: dict[str, str]) -> str | None:
    """What a session calls a signal; ``None`` if it can't name that one."""
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
