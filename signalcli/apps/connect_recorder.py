"""Record the calls of ``connect`` and ``disconnect`` of an application or a program.

The recorder holds no receiver, sender or signal, because it reports receivers and senders that die. A
receiver counts as lost if its signal still had it when it died; after a disconnect, its death is no loss.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Hashable, Iterator
from functools import wraps
from time import perf_counter
from types import CodeType, FrameType
from typing import Any
from weakref import ref

from blinker import Signal

from signalcli.apps.connect_report import ConnectReport, LiteralSender, LostReceiver, ZeroSender
from signalcli.apps.describing import callables
from signalcli.apps.describing.connect_calls import (
    CONNECTED,
    DISCONNECTED,
    MISSED,
    NOT_CONNECTED,
    RECEIVER_DIED,
    SENDER_DIED,
    ConnectCall,
    RecordedChange,
    SenderIdentity,
    any_of,
    calling_places,
    frames_from,
    has_connection,
    is_bare_decorator,
    is_connected,
    is_copy_of_blinker,
    is_literal,
    is_root_method,
    is_running,
    misuse,
    named,
    package_of,
    receiver_and_sender,
    receivers_of_send,
    weak_reference,
    written,
)
from signalcli.apps.describing.object_names import ObjectNames
from signalcli.apps.describing.objects import ObjectDescription
from signalcli.apps.describing.receiver_twins import missed_twin, twin_key
from signalcli.signals import tracebacks
from signalcli.signals.classes import Method
from signalcli.signals.functions import Receiver
from signalcli.signals.internals import (
    is_own_id,
    is_weak,
    listened_to,
    make_id,
    receivers_of,
    referent,
)
from signalcli.signals.patching import MethodPatches
from signalcli.signals.reflection import (
    builtin_value,
    class_name,
    is_a,
    is_exactly,
)
from signalcli.signals.tracebacks import drops_result, is_blinker, is_signalcli
from signalcli.values.change import ConnectionChange

tracebacks.PATCH_FILES.add(__file__)
_MOST_TWINS = 20
"""receivers of one code: of more, disconnected ones count too."""


class ConnectRecorder:
    """Record calls within the block, and deaths of receivers also afterwards.

    :param is_late: whether code of the application may have run before.
    :param objects: describes senders; without it, only text and integers are known.
    """

    def __init__(self, is_late: bool = False, objects: ObjectNames | None = None) -> None:
        self._is_late = is_late
        self._objects = objects
        self._patches = MethodPatches(
            {
                "connect": self._wrap_connect,
                "connect_via": self._wrap_connect_via,
                "disconnect": self._wrap_disconnect,
            }
        )
        self._patches_of_import = MethodPatches({"receivers_for": self._wrap_receivers_for})
        """These would slow down each send that is traced later."""
        self._seen = 0
        self._codes: set[CodeType] = set()
        """The code of the patched methods, those of subclasses included."""
        self._living: dict[Hashable, ConnectCall] = {}
        """The last connect of each receiver that is still connected, by the ids of its signal and of itself."""
        self._dead: list[ConnectCall] = []
        self._heard: set[Hashable] = set()
        """The ids of signals and receivers that a send reached while the application was imported."""
        self._zeros: list[tuple[ConnectCall, str, str]] = []
        self._literals: list[ConnectCall] = []
        self._filters: dict[tuple[int, Hashable, int], object] = {}
        """Weak references to the senders of filters, by the ids of signal, receiver and sender."""
        self._changes: list[RecordedChange] = []
        self._imported: list[RecordedChange] | None = None
        """The changes while the application was imported, once it is."""
        self._ever: dict[Hashable, set[Hashable]] = {}
        """The ids of all senders that each receiver listened to, by the ids of signal and receiver."""
        self.watch: Callable[[RecordedChange], object] | None = None
        """Is called with each change when it is recorded."""
        self._twins: dict[Hashable, set[Hashable]] = {}
        """The ids of living receivers by what they have in common: signal, sender, code and what they hold."""

    def __enter__(self) -> None:
        self._patches.__enter__()
        if self._imported is None:
            self._patches_of_import.__enter__()

    def __exit__(self, *error: object) -> None:
        self._patches_of_import.__exit__(*error)
        self._patches.__exit__(*error)

    def report(self, name_of: Callable[[object], str | None]) -> ConnectReport:
        """Collect garbage, and return what was recorded of the signals that ``name_of`` has a name for."""
        import gc

        gc.collect()
        lost = [
            LostReceiver(name, one.receiver, one.where, one.known_sender, one.is_any, one.package)
            for name, one in named(self._dead, name_of)
            if one.is_imported and not self._is_replaced(one) and not one.has_lost_sender
        ]
        zeros = [
            ZeroSender(name, one.receiver, one.where, method, sender)
            for one, method, sender in self._zeros
            for name, one in named([one], name_of)
        ]
        literals = [
            LiteralSender(name, one.receiver, one.where, str(one.literal))
            for name, one in named(self._literals, name_of)
        ]
        # name_of may look at all objects, and Python can't fill a tuple that others refer to
        made_before = self._changes if self._imported is None else self._imported
        changes = [change for _, change in self._named_changes(made_before, name_of)]
        made = tuple(lost), tuple(zeros), tuple(literals)
        return ConnectReport(self._seen, *made, self._is_late, tuple(changes))

    def end_import(self) -> None:
        """Report the changes until now as those of the import, and keep those from now on for :meth:`take`.

        No other patches may have been made since this recorder was entered.
        """
        self._patches_of_import.__exit__()
        self._imported, self._changes = self._changes, []

    def take(
        self, name_of: Callable[[Signal], str | None]
    ) -> list[tuple[Signal, ConnectionChange]]:
        """Return the changes since the last call, with their signals; their times are of ``perf_counter``."""
        taken = self._changes[:]
        del self._changes[: len(taken)]  # another thread may append meanwhile
        return list(self._named_changes(taken, name_of))

    def _named_changes(
        self, changes: list[RecordedChange], name_of: Callable[[Any], str | None]
    ) -> Iterator[tuple[Signal, ConnectionChange]]:
        """Yield changes of signals that live and have a name, without deaths that end nothing."""
        for recorded in changes:
            action, call, started, kept, reason, twins, again, _ = recorded
            signal = call.signal()
            name = None if signal is None else name_of(signal)
            if signal is None or name is None or recorded.is_lost:
                continue
            if action == SENDER_DIED and self._has_living_twin(call):
                reason = "replaced"
            if action == MISSED and call.has_lost_receiver:
                reason = "a deleted instance"
            known: tuple[Any, ...] = call.receiver, call.where, call.defined
            known += (*self._described(call), started, kept, call.at_once, reason, twins)
            known += (call.package, written(call.called), written(call.factory), again)
            yield signal, ConnectionChange(action, name, *known)

    def place_of(self, signal: Any, receiver_id: Hashable) -> str | None:
        """Return the file and line that last connected a receiver; ``None`` if that wasn't recorded."""
        connect = self._living.get((id(signal), receiver_id))
        return None if connect is None or connect.signal() is not signal else connect.where

    def forget(self) -> None:
        """Forget all weak references: at the end of Python, they would call this one by one."""
        for references in (self._living, self._filters, self._changes, self._imported or []):
            references.clear()

    def _is_replaced(self, dead: ConnectCall) -> bool:
        """Return whether the same line connected a receiver that still exists, in place of the dead one.

        A loop that connects a new function in every turn is no replacement.
        """
        return not dead.at_once and any(
            one.place == dead.place and one.sender == dead.sender and one.signal() is dead.signal()
            for one in list(self._living.values())
        )

    def _has_living_twin(self, dead: ConnectCall) -> bool:
        """Return whether the same line connected a receiver to another sender, which lives."""
        return any(
            one.place == dead.place and one.signal() is dead.signal() and not one.has_lost_sender
            for one in list(self._living.values())
        )

    def _wrap_connect(self, connect: Method) -> Method:
        """Return what wraps ``connect`` to record its calls."""

        @wraps(connect)
        def recorded(signal: Any, /, *arguments: Any, **given: Any) -> Any:
            if not is_root_method(signal, "connect", recorded):
                return connect(signal, *arguments, **given)
            receiver, sender = receiver_and_sender(signal, arguments, given)
            self._look_for_zero("connect", signal, receiver, sender)
            was_connected = has_connection(signal, receiver, sender)
            result = connect(signal, *arguments, **given)
            self._remember(signal, receiver, sender, was_connected)
            return result

        self._codes.add(connect.__code__)
        return recorded

    def _wrap_connect_via(self, connect_via: Method) -> Method:
        """Return what wraps ``connect_via`` to record its use as a decorator that isn't called."""

        @wraps(connect_via)
        def recorded(signal: Any, /, *arguments: Any, **given: Any) -> Any:
            made = connect_via(signal, *arguments, **given)
            if arguments and is_root_method(signal, "connect_via", recorded):
                call = self._connect_of(signal, arguments[0], any_of(signal))
                is_dropped = drops_result(self._caller())
                if is_dropped or is_bare_decorator(arguments[0], call.place):
                    self._seen += 1
                    self._add(NOT_CONNECTED, call, reason="dropped" if is_dropped else None)
            return made

        self._codes.add(connect_via.__code__)
        return recorded

    def _wrap_disconnect(self, disconnect: Method) -> Method:
        """Return what wraps ``disconnect`` to record its calls."""

        @wraps(disconnect)
        def recorded(signal: Any, /, *arguments: Any, **given: Any) -> Any:
            if not is_root_method(signal, "disconnect", recorded):
                return disconnect(signal, *arguments, **given)
            receiver, sender = receiver_and_sender(signal, arguments, given)
            self._look_for_zero("disconnect", signal, receiver, sender)
            was_connected = is_connected(signal, receiver, sender)
            result = disconnect(signal, *arguments, **given)
            self._forget(signal, receiver, sender, was_connected)
            return result

        self._codes.add(disconnect.__code__)
        return recorded

    def _wrap_receivers_for(self, receivers_for: Method) -> Method:
        """Return what wraps ``receivers_for``, which sends ask for the receivers that they call."""

        @wraps(receivers_for)
        def recorded(signal: Any, /, *arguments: Any, **given: Any) -> Any:
            if self._imported is None and arguments:
                self._heard |= {
                    (id(signal), one) for one in receivers_of_send(signal, arguments[0])
                }
            return receivers_for(signal, *arguments, **given)

        return recorded

    def _look_for_zero(self, method: str, signal: Any, receiver: Any, sender: object) -> None:
        self._seen += 1
        is_zero = is_a(sender, int) and builtin_value(sender) == 0 and is_own_id(sender)
        if is_zero and receiver is not None:
            written = repr(sender if is_exactly(sender, bool) else 0)
            self._zeros.append((self._connect_of(signal, receiver, sender), method, written))

    def _remember(self, signal: Any, receiver: Any, sender: object, was_connected: bool) -> None:
        """Store a connection that was made, with a weak reference to a receiver that is held weakly."""
        receiver_id = make_id(receiver)
        held = receivers_of(signal).get(receiver_id)
        if held is None:
            return
        key = id(signal), receiver_id
        connect = self._connect_of(signal, receiver, sender)._replace(weak=is_weak(held))
        if connect.literal is not None:
            self._literals.append(connect)
        self._ever.setdefault(key, set()).update((connect.sender_id, None))
        twins = self._add_twin(signal, receiver, receiver_id, connect)
        before = self._living.get(key)
        again = before is not None and before.signal() is signal
        reason = misuse(receiver, connect.place)
        is_new = not was_connected
        self._add(CONNECTED, connect, reason=reason, twins=twins, again=again, is_new=is_new)
        if is_weak(held):
            reference = weak_reference(receiver, lambda dead: self._receiver_died(key, receiver_id))
            connect = connect._replace(reference=reference)
        self._living[key] = connect
        if connect.sender_reference is not None:
            filtered = id(signal), receiver_id, id(sender)
            self._filters[filtered] = weak_reference(
                sender, lambda dead: self._sender_died(filtered, connect)
            )

    def _add_twin(
        self, signal: Any, receiver: Any, receiver_id: Hashable, call: ConnectCall
    ) -> int:
        """Return how many receivers do the same as one that was connected, itself included; 0 if unknown."""
        common = twin_key(receiver)
        if common is None:
            return 0
        ids = self._twins.setdefault((id(signal), call.sender_id, common), set())
        if len(ids) < _MOST_TWINS:
            living = receivers_of(signal)
            ids -= {one for one in ids if not listened_to(signal, one) or one not in living}
        ids.add(receiver_id)
        return len(ids)

    def _forget(self, signal: Any, receiver: Any, sender: object, was_connected: bool) -> None:
        """Record a disconnect, and drop a receiver without connections, which no send calls."""
        receiver_id = make_id(receiver)
        call = self._connect_of(signal, receiver, sender)
        if was_connected:
            self._add(DISCONNECTED, call)
        else:
            self._add_missed(signal, receiver, call)
        for key in [key for key in self._filters if key[:2] == (id(signal), receiver_id)]:
            if call.is_any or key[2] == id(sender):
                self._filters.pop(key, None)
        if not listened_to(signal, receiver_id):
            self._living.pop((id(signal), receiver_id), None)

    def _add_missed(self, signal: Any, receiver: Any, call: ConnectCall) -> None:
        """Record a disconnect that ended nothing; without a reason if it did before, as in a cleanup."""
        listened = self._ever.get((id(signal), make_id(receiver)), ())
        is_again = (None if call.is_any else call.sender_id) in listened
        twin = None if is_again else missed_twin(signal, receiver)
        reason, kept = twin or (None, None)
        if reason == "another instance":
            call = call._replace(reference=weak_reference(receiver))
        self._add(MISSED, call, kept=kept, reason=reason)

    def _add(self, action: str, call: ConnectCall, **known: Any) -> None:
        change = RecordedChange(action, call, perf_counter(), **known)
        self._changes.append(change)
        if self.watch is not None:
            self.watch(change)

    def _receiver_died(self, key: Hashable, receiver_id: Hashable) -> None:
        """Record that a receiver died. blinker's own callback runs later, so the signal still has it."""
        connect = self._living.pop(key, None)
        self._ever.pop(key, None)
        signal = None if connect is None else connect.signal()
        if connect is not None and signal is not None and receiver_id in receivers_of(signal):
            dead = connect._replace(at_once=is_running(connect.code), reference=None)
            if key not in self._heard:  # its purpose may have been that send
                self._dead.append(dead)
            self._heard.discard(key)
            self._add(RECEIVER_DIED, dead)

    def _sender_died(self, key: tuple[int, Hashable, int], connect: ConnectCall) -> None:
        """Record that the sender of a filter died while the receiver lives."""
        signal = connect.signal()
        if self._filters.pop(key, None) is not None and signal is not None:
            held = receivers_of(signal).get(key[1])
            if held is not None and not (is_weak(held) and referent(held) is None):
                self._add(SENDER_DIED, connect._replace(at_once=is_running(connect.code)))

    def _described(self, call: ConnectCall) -> tuple[bool, object, bool]:
        """Return whether the sender of a call is ``ANY``, its description, and whether it is weak."""
        if call.is_any or not isinstance(call.sender, SenderIdentity):
            return call.is_any, None if call.is_any else call.sender, call.weak
        sender = None if call.sender_reference is None else call.sender_reference()
        if sender is None or self._objects is None:
            return False, ObjectDescription(f"<{call.sender.kind} object>"), call.weak
        return False, self._objects.sender(sender), call.weak

    def _connect_of(self, signal: Any, receiver: Receiver, sender: object) -> ConnectCall:
        frame = self._caller()
        called, factory = calling_places(frame)
        is_own, is_any = is_a(sender, (str, int)), sender is any_of(signal)
        kind = class_name(type(sender))
        return ConnectCall(
            signal=ref(signal),
            receiver=callables.receiver_name(receiver, lambda thing: None),
            definition=callables.code_of(receiver),
            place=None if frame is None else (frame.f_code.co_filename, frame.f_lineno),
            code=None if frame is None else frame.f_code,
            sender=builtin_value(sender) if is_own else SenderIdentity(id(sender), kind),
            is_any=is_any,
            literal=repr(sender) if is_literal(sender) else None,
            sender_reference=None if is_own or is_any else weak_reference(sender),
            is_imported=self._imported is None,
            package=package_of(frame),
            called=called,
            factory=factory,
            receiver_id=make_id(receiver),
        )

    def _caller(self) -> FrameType | None:
        """Return the innermost frame outside signalcli, blinker and signal classes."""
        for frame in frames_from(sys._getframe(1)):
            file = frame.f_code.co_filename
            is_skipped = is_signalcli(file) or is_blinker(file) or frame.f_code in self._codes
            is_skipped = is_skipped or file == contextlib.__file__  # with connected_to(…)
            if not is_skipped and not is_copy_of_blinker(frame):
                return frame
        return None
