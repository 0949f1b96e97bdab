"""The connections that a test makes, and those of them that it leaves behind."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import contextmanager

from blinker import Signal

from signalcli.apps.connecting.connect_calls import (
    CONNECTED,
    RecordedChange,
    SenderIdentity,
    frames_from,
)
from signalcli.apps.connecting.connect_recorder import ConnectRecorder
from signalcli.signals.internals import (
    ANY_ID,
    is_weak,
    listened_to,
    make_id,
    receivers_of,
    referent,
)
from signalcli.text import display_text

_IMPORTING = "<frozen importlib._bootstrap>"
"""The file of the frames around the code of a module that is imported."""


class TestConnections:
    """The connections that are made while a test runs."""

    __test__ = False

    def __init__(self, connects: ConnectRecorder) -> None:
        self._made: list[RecordedChange] = []
        self._outlasting: set[tuple[int, Hashable]] = set()
        """The ids of the signals and receivers of modules and of fixtures of a wider scope."""
        self._is_in_wider_scope = False
        connects.watch = self._note

    @contextmanager
    def wider_scope(self) -> Generator[None, None, None]:
        """Take the connections of the block for those of a fixture with a wider scope."""
        before, self._is_in_wider_scope = self._is_in_wider_scope, True
        try:
            yield
        finally:
            self._is_in_wider_scope = before

    def outlasts_test(self, signal: Signal, receiver_id: Hashable) -> bool:
        """Return whether a module that was imported, or a fixture of a wider scope, connected a receiver."""
        return (id(signal), receiver_id) in self._outlasting

    def release(self, held: dict[str, object]) -> None:
        """Collect garbage, if a connection of the test still exists, since it may end by that.

        :param held: what the test holds until its end, such as its fixtures; it is emptied before.
        """
        if any(True for _ in self._living()):
            held.clear()
            gc.collect()

    def left_connected(self, name_of: Callable[[Signal], str]) -> list[str]:
        """Return a line for each connection that the test made and that still exists."""
        return [_line(one, name_of(signal)) for one, signal in self._living()]

    def _note(self, change: RecordedChange) -> None:
        if change.action != CONNECTED:
            return
        if self._is_in_wider_scope or _is_importing():
            self._outlasting.add((id(change.call.signal()), change.call.receiver_id))
        elif change.is_new:
            self._made.append(change)

    def _living(self) -> Iterator[tuple[RecordedChange, Signal]]:
        """Yield the last connect of each connection that still exists, with its signal."""
        made = {(id(one.call.signal()), *_connection(one)): one for one in self._made}
        for change in made.values():
            signal = change.call.signal()
            if signal is not None and _exists(signal, *_connection(change)):
                yield change, signal


def _connection(change: RecordedChange) -> tuple[Hashable, Hashable]:
    """Return blinker's ids of the receiver and the sender of a connect."""
    call = change.call
    if call.is_any:
        return call.receiver_id, ANY_ID
    if isinstance(call.sender, SenderIdentity):
        return call.receiver_id, call.sender.id
    return call.receiver_id, make_id(call.sender)


def _exists(signal: Signal, receiver_id: Hashable, sender_id: Hashable) -> bool:
    held = receivers_of(signal).get(receiver_id)
    if held is None or (is_weak(held) and referent(held) is None):
        return False
    return sender_id in listened_to(signal, receiver_id)


def _is_importing() -> bool:
    """Return whether a module is being imported."""
    return any(frame.f_code.co_filename == _IMPORTING for frame in frames_from(sys._getframe(1)))


def _line(change: RecordedChange, signal: str) -> str:
    call = change.call
    sender = "" if call.is_any else f" from {display_text(call.sender)}"
    if isinstance(call.sender, SenderIdentity) and not call.is_any:
        sender = f" from <{call.sender.kind} object>"
    where = "" if call.where is None else f", connected at {call.where}"
    return f"{call.receiver} to {signal}{sender}{where}"
