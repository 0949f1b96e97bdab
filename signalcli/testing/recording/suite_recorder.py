"""Record the sends and the connections of tests, one test after the other."""

from __future__ import annotations

from typing import final

from blinker import Signal

from signalcli.apps.application import Application
from signalcli.apps.connecting.connect_recorder import ConnectRecorder
from signalcli.apps.describing.object_names import ObjectNames
from signalcli.apps.hosting.app_options import AppOptions
from signalcli.apps.importing.load import LoadedApp
from signalcli.apps.receiver_info import ApplicationReceivers
from signalcli.apps.running.trace import new_recorder
from signalcli.signals.tracebacks import PATCH_FILES
from signalcli.testing.recording.connections import TestConnections
from signalcli.testing.recording.kept_send import KeptSend
from signalcli.testing.recording.known_signals import PLACE, KnownSignals
from signalcli.testing.sent_signal import SentSignal
from signalcli.tracing.calls_by_hand import CallsByHand
from signalcli.tracing.look_alikes import with_look_alikes
from signalcli.tracing.recorder import Recorder, Recording, name_of
from signalcli.tracing.traced_send import TracedSend
from signalcli.values.trace import ProgramTrace

PATCH_FILES.add(__file__)


@final
class SuiteRecorder:
    """Patch the signal classes while the block lasts, and record the tests that begin meanwhile."""

    def __init__(self, known: KnownSignals) -> None:
        self.known = known
        self._objects = ObjectNames()
        self._connects = ConnectRecorder(objects=self._objects)
        self._connects.end_import()  # all connects are recorded with the sends
        self._recorder = new_recorder(self._objects, self._connects)
        self._recorder.named = known.name_of

    def __enter__(self) -> SuiteRecorder:
        self._connects.__enter__()
        self._recorder.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._recorder.__exit__(*error)
        self._connects.__exit__(*error)
        self._connects.forget()

    def begin(self) -> TestRecording:
        """Begin to record a test."""
        recording = self._recorder.recording(everywhere=True)
        # Not entered: a context that is copied in one test may be used in another.
        self._recorder.everywhere = recording
        connections = TestConnections(self._connects)
        return TestRecording(self.known, self._recorder, recording, connections)

    def application(self) -> Application:
        """Return the signals of this process as those of an application."""
        loaded = LoadedApp(PLACE)
        return Application(loaded, AppOptions(), objects=self._objects, connects=self._connects)

    def end(self) -> None:
        """Record nothing until the next test begins."""
        self._recorder.everywhere = None
        self._connects.watch = None
        self._recorder.new_send = TracedSend


class TestRecording:
    """The sends of one test, in all of its threads and tasks."""

    __test__ = False  # pytest doesn't collect it

    def __init__(
        self,
        known: KnownSignals,
        recorder: Recorder,
        recording: Recording,
        connections: TestConnections,
    ) -> None:
        self.known = known
        self.connections = connections
        self._recorder = recorder
        self._recording = recording
        self._sends: list[KeptSend] = []

    def keep(self) -> None:
        """Keep the senders and payloads from now on, until the test ends."""
        if self._recorder.new_send is not KeptSend:
            self._recorder.new_send = KeptSend
            pass_on = self._recording.begin

            def keep(send: TracedSend | CallsByHand) -> None:
                if isinstance(send, KeptSend):
                    self._sends.append(send)
                pass_on(send)

            # An attribute of the instance, since all other recordings call ``list.append`` there.
            self._recording.begin = keep

    @property
    def started(self) -> float:
        """When it began, by ``perf_counter``."""
        return self._recording.started

    @property
    def count(self) -> int:
        """The number of the sends until now."""
        return len(self._sends)

    def sent(self, signal: Signal | None = None, since: int = 0) -> tuple[SentSignal, ...]:
        """Return the sends until now, of one signal or of all.

        :param since: the number of the first sends that are left out.
        """
        sends = [one for one in self._sends[since:] if signal is None or one.signal is signal]
        return tuple(filter(None, (SentSignal.of(one, self.name_of(one.signal)) for one in sends)))

    def name_of(self, signal: Signal) -> str:
        """Return the name of a signal, as messages show it."""
        return name_of(signal, self.known.name_of)

    def names_of_sent(self, since: int = 0) -> dict[str, int]:
        """Return the names of all signals that were sent, each with the number of its sends."""
        counts: dict[str, int] = {}
        for send in self._sends[since:]:
            name = self.name_of(send.signal)
            counts[name] = counts.get(name, 0) + 1
        return counts

    def trace(self, name: str, *, failed: bool) -> ProgramTrace:
        """Return the sends and the connections of the test until now.

        :param name: the name of the test.
        :param failed: whether the test failed. Then sends without receivers name similar signals.
        """
        updates = self._recording.updates
        events = updates.events
        if failed:
            listened = ApplicationReceivers(self.known.discover()).listened()
            events = with_look_alikes(events, updates.changes, listened)
        return ProgramTrace(
            (name,),
            int(failed),
            events,
            self._recording.seconds,
            changes=updates.changes,
            senders=updates.senders,
        )
