"""Record the calls of ``connect`` and ``disconnect`` of an application or a program.

The recorder holds no receiver, sender or signal, because it reports receivers and senders that die. A
receiver counts as lost if its signal still had it when it died; after a disconnect, its death is no loss.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Hashable, Iterator
from functools import partial, wraps
from time import perf_counter
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any
from weakref import ref

from blinker import Signal

from signalcli.apps.connecting.connect_calls import (
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
    place_text,
    receiver_and_sender,
    receivers_of_send,
    weak_reference,
)
from signalcli.apps.connecting.equivalent_receivers import why_disconnect_missed
from signalcli.apps.connecting.living_connections import LivingConnections
from signalcli.apps.describing import callables
from signalcli.apps.describing.object_names import ObjectNames
from signalcli.signals import tracebacks
from signalcli.signals.classes import Method
from signalcli.signals.internals import is_own_id, is_weak, make_id, receivers_of
from signalcli.signals.patching import MethodPatches
from signalcli.signals.receivers import Receiver
from signalcli.signals.reflection import builtin_value, class_name, is_a, is_exactly
from signalcli.signals.tracebacks import drops_result, is_blinker, is_signalcli
from signalcli.tracing.change_source import Changes, ChangeSource, NameOf
from signalcli.values.inspection import ObjectDescription

if TYPE_CHECKING:
    from signalcli.apps.connecting.connect_report import ConnectReport
    from signalcli.values.change import ConnectionChange

tracebacks.PATCH_FILES.add(__file__)


class ConnectRecorder(ChangeSource):
    """Record calls within the block, and deaths of receivers also afterwards.

    :param is_late: whether code of the application may have run before.
    :param objects: describes senders; without it, only text and integers are known.
    """

    def __init__(self, is_late: bool = False, objects: ObjectNames | None = None) -> None:
        self._is_late = is_late
        self._objects = objects
        self._patches = MethodPatches(
            {
                "connect": partial(self._wrap, "connect", has_connection, self._remember),
                "connect_via": self._wrap_connect_via,
                "disconnect": partial(self._wrap, "disconnect", is_connected, self._forget),
                "receivers_for": self._wrap_receivers_for,
            }
        )
        self._seen = 0
        self._codes: set[CodeType] = set()
        """The code of the patched methods, those of subclasses included."""
        self._living = LivingConnections(self._receiver_died, self._sender_died)
        self._dead: list[ConnectCall] = []
        self._heard: set[Hashable] = set()
        """The ids of signals and receivers that a send reached while the application was imported."""
        self._zeros: list[tuple[ConnectCall, str, str]] = []
        self._literals: list[ConnectCall] = []
        self._changes: list[RecordedChange] = []
        self._imported: list[RecordedChange] | None = None
        """The changes while the application was imported, once it is."""
        self.watch: Callable[[RecordedChange], object] | None = None
        """Is called with each change when it is recorded."""

    def __enter__(self) -> None:
        self._patches.__enter__()

    def __exit__(self, *error: object) -> None:
        self._patches.__exit__(*error)

    def report(self, name_of: Callable[[object], str | None]) -> ConnectReport:
        """Collect garbage, and return what was recorded of the signals that ``name_of`` has a name for."""
        import gc

        from signalcli.apps.connecting.connect_report import (
            ConnectReport,
            LiteralSender,
            LostReceiver,
            ZeroSender,
        )

        gc.collect()
        lost = [
            LostReceiver(name, one.receiver, one.where, one.known_sender, one.is_any, one.package)
            for name, one in named(self._dead, name_of)
            if one.is_imported and not self._living.replaces(one) and not one.has_lost_sender
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
        self._patches.stop_wrapping("receivers_for")  # it would slow down each send that is traced
        self._imported, self._changes = self._changes, []

    def take(self, name_of: NameOf) -> Changes:
        taken = self._changes[:]
        del self._changes[: len(taken)]  # another thread may append meanwhile
        return list(self._named_changes(taken, name_of))

    def earlier_deaths(self, name_of: NameOf) -> Changes:
        unheard = {id(call) for call in self._dead}
        lost = [
            change
            for change in self._imported or ()
            if id(change.call) in unheard and not self._living.replaces(change.call)
        ]
        return list(self._named_changes(lost, name_of))

    def forget_changes(self) -> None:
        self._changes.clear()

    def _named_changes(
        self, changes: list[RecordedChange], name_of: Callable[[Any], str | None]
    ) -> Iterator[tuple[Signal, ConnectionChange]]:
        """Yield changes of signals that live and have a name, without deaths that end nothing."""
        from signalcli.values.change import ConnectionChange

        for recorded in changes:
            action, call, started, kept, reason, equivalents, again, _, elsewhere = recorded
            signal = call.signal()
            name = None if signal is None else name_of(signal)
            if signal is None or name is None or recorded.is_lost:
                continue
            if action == SENDER_DIED and self._living.has_other_sender(call):
                reason = "replaced"
            if action == MISSED and call.has_lost_receiver:
                reason = "a deleted instance"
            other = None if elsewhere is None else elsewhere()
            if other is not None:
                kept = name_of(other)
                reason = None if kept is None else reason
            known: tuple[Any, ...] = call.receiver, call.where, call.defined
            known += (*self._described(call), started, kept, call.at_once, reason, equivalents)
            known += (call.package, place_text(call.called), place_text(call.factory), again)
            yield signal, ConnectionChange(action, name, *known)

    def place_of(self, signal: Any, receiver_id: Hashable) -> str | None:
        """Return the file and line that last connected a receiver; ``None`` if that wasn't recorded."""
        connect = self._living.of(signal, receiver_id)
        return None if connect is None else connect.where

    def forget(self) -> None:
        """Forget all weak references: at the end of Python, they would call this one by one."""
        for references in (self._living, self._changes, self._imported or []):
            references.clear()

    def _wrap(
        self,
        name: str,
        is_there: Callable[[Any, Any, object], bool],
        record: Callable[[Any, Any, object, bool], object],
        method: Method,
    ) -> Method:
        """Return what wraps ``connect`` or ``disconnect`` to record its calls.

        :param is_there: returns whether a signal has a connection of a receiver to a sender.
        :param record: records a call, with whether the connection was there before.
        """

        @wraps(method)
        def recorded(signal: Any, /, *arguments: Any, **given: Any) -> Any:
            if not is_root_method(signal, name, recorded):
                return method(signal, *arguments, **given)
            receiver, sender = receiver_and_sender(signal, arguments, given)
            self._look_for_zero(name, signal, receiver, sender)
            was_connected = is_there(signal, receiver, sender)
            result = method(signal, *arguments, **given)
            record(signal, receiver, sender, was_connected)
            return result

        self._codes.add(method.__code__)
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

    def _wrap_receivers_for(self, receivers_for: Method) -> Method:
        """Return what wraps ``receivers_for``, which sends ask for the receivers that they call."""

        @wraps(receivers_for)
        def recorded(signal: Any, /, *arguments: Any, **given: Any) -> Any:
            if self._imported is None and arguments:
                ids = receivers_of_send(signal, arguments[0])
                self._heard |= {(id(signal), one) for one in ids}
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
        connect = self._connect_of(signal, receiver, sender)._replace(weak=is_weak(held))
        if connect.literal is not None:
            self._literals.append(connect)
        equivalents = self._living.count_equivalents(signal, receiver, connect)
        again = self._living.of(signal, receiver_id) is not None
        reason = misuse(receiver, connect.place)
        is_new = not was_connected
        self._add(
            CONNECTED, connect, reason=reason, equivalents=equivalents, again=again, is_new=is_new
        )
        self._living.add(signal, receiver, sender, connect)

    def _forget(self, signal: Any, receiver: Any, sender: object, was_connected: bool) -> None:
        """Record a disconnect, and drop a receiver without connections, which no send calls."""
        receiver_id = make_id(receiver)
        call = self._connect_of(signal, receiver, sender)
        if was_connected:
            self._add(DISCONNECTED, call)
        else:
            self._add_missed(signal, receiver, call)
        self._living.end(signal, receiver_id, sender, is_any=call.is_any)

    def _add_missed(self, signal: Any, receiver: Any, call: ConnectCall) -> None:
        """Record a disconnect that ended nothing; without a reason if it did before, as in a cleanup."""
        is_again = self._living.has_ended(signal, receiver, call)
        missed = None if is_again else why_disconnect_missed(signal, receiver)
        reason, kept = missed or (None, None)
        if reason == "another instance":
            call = call._replace(reference=weak_reference(receiver))
        elsewhere = None if missed or is_again else self._living.elsewhere(signal, receiver)
        reason = "another signal" if elsewhere else reason
        self._add(MISSED, call, kept=kept, reason=reason, elsewhere=elsewhere)

    def _add(self, action: str, call: ConnectCall, **known: Any) -> None:
        change = RecordedChange(action, call, perf_counter(), **known)
        self._changes.append(change)
        if self.watch is not None:
            self.watch(change)

    def _receiver_died(self, key: Hashable, connect: ConnectCall) -> None:
        dead = connect._replace(at_once=is_running(connect.code), reference=None)
        if key not in self._heard:  # its purpose may have been that send
            self._dead.append(dead)
        self._heard.discard(key)
        self._add(RECEIVER_DIED, dead)

    def _sender_died(self, connect: ConnectCall) -> None:
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
