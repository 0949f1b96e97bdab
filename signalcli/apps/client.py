"""An application in a process of its own, with the methods of one in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from signalcli.apps.hosting.app_interface import AppInterface
from signalcli.apps.process import AppProcess, EventHandler, ProcessFault
from signalcli.errors import INTERRUPTED, UnansweredRequest
from signalcli.tracing.look_alikes import with_look_alikes
from signalcli.tracing.updates import TraceUpdates
from signalcli.values.trace import RequestTimeline

if TYPE_CHECKING:
    from signalcli.sending.bulk import BulkSend
    from signalcli.values.bulk import Run
    from signalcli.values.inspection import SignalViews
    from signalcli.values.signal_name import SignalName
    from signalcli.values.trace import Request

P = ParamSpec("P")
T = TypeVar("T")


def _forwarded(
    method: Callable[Concatenate[Any, P], T],
) -> Callable[Concatenate[WorkerApplication, P], T]:
    """Return a method that calls that of its name in the process."""
    name = method.__name__

    def forwarded(self: WorkerApplication, /, *arguments: P.args, **named: P.kwargs) -> T:
        assert not named, "calls have no names for their arguments"
        result: T = self.process.call(name, arguments, {})
        return result

    return forwarded


class WorkerApplication:
    """The signals of an application in a process of its own."""

    def __init__(self, process: AppProcess) -> None:
        self.process = process

    list_signals = _forwarded(AppInterface.list_signals)
    inspect = _forwarded(AppInterface.inspect)
    explain = _forwarded(AppInterface.explain)
    receivers_refusing = _forwarded(AppInterface.receivers_refusing)
    connected_receivers = _forwarded(AppInterface.connected_receivers)
    connect_report = _forwarded(AppInterface.connect_report)
    details = _forwarded(AppInterface.details)
    session_copy = _forwarded(AppInterface.session_copy)
    question = _forwarded(AppInterface.question)
    question_of_many = _forwarded(AppInterface.question_of_many)
    send = _forwarded(AppInterface.send)

    def inspect_all(self, senders: Sequence[object] = (), heard_metas: bool = False) -> SignalViews:
        """Return the receivers and connections of every signal. See :class:`SignalSource`."""
        views: SignalViews = self.process.call("inspect_all", (senders, heard_metas), {})
        return views

    def send_many(self, name: SignalName, bulk: BulkSend) -> Run:
        """Send a signal many times. The process asks for each batch of messages."""

        def take(count: int) -> None:
            messages, lines, bad = bulk.source.take(count)
            self.process.write("batch", (tuple(messages), lines, bad))

        progress, bad_line, delivery = bulk.callbacks
        events: dict[str, EventHandler] = {"take": take, "progress": progress, "bad_line": bad_line}
        if delivery is not None:
            events["delivery"] = delivery
        options = bulk.options, tuple(bulk.pace), delivery is not None
        run: Run = self.process.call(
            "send_many", (name, bulk.origin, *options), events, keeps_result=True
        )
        return run

    def make_requests(
        self,
        requests: Sequence[Request],
        each: Callable[[RequestTimeline], object],
        cut_off: Callable[[RequestTimeline], object],
    ) -> None:
        """Make requests, and pass on the sends of each when it ends."""
        waiting = list(requests)
        updates, started = TraceUpdates(), perf_counter()

        def end(value: tuple[RequestTimeline, dict[int, str], tuple[str, ...]]) -> None:
            nonlocal updates, started
            del waiting[0]
            timeline, updates.names, listened = value
            whole = updates.filled_in(timeline)
            whole = whole._replace(events=with_look_alikes(whole.events, whole.changes, listened))
            updates, started = TraceUpdates(), perf_counter()
            each(whole)

        def show_sends(why: str) -> None:
            if waiting:
                seconds = self.process.answered - started
                cut_off(updates.filled_in(RequestTimeline.cut_off(waiting, seconds, why)))

        events: dict[str, EventHandler] = {"updates": lambda new: updates.add(new), "timeline": end}
        try:
            self.process.call("make_requests", (tuple(requests),), events, finishes_events=True)
        except KeyboardInterrupt:
            show_sends(INTERRUPTED)
            raise
        except UnansweredRequest as error:
            show_sends(str(error))
            raise
        except ProcessFault as error:
            show_sends(str(error))
            raise UnansweredRequest(str(error)) from error
