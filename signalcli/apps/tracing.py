"""A recorder for an application: in place before it is imported, and told its names afterwards."""

from __future__ import annotations

from collections.abc import Callable

from signalcli.apps.discovery.discover import discover
from signalcli.apps.discovery.found import Discovery
from signalcli.apps.hosting.guard import FAILED
from signalcli.apps.program import Ending, Program, run
from signalcli.apps.receiver_info import ApplicationRoster
from signalcli.tracing.recorder import Recorder
from signalcli.values.trace import ProgramTrace


def new_recorder() -> Recorder:
    """What is to tell every send. It knows no names until it is introduced."""
    return Recorder(ApplicationRoster(Discovery(())))


def introduce(recorder: Recorder) -> None:
    """Let a recorder know the signals and the receivers of the application, now that it is there."""
    roster = ApplicationRoster(discover())
    recorder.introduce(roster, roster.name_of_signal)


def trace_program(program: Program, show: Callable[[ProgramTrace], object]) -> ProgramTrace:
    """Run a program, and tell what was sent until its end, in any of its threads.

    :param show: what to do with the trace if a thread of the program ends the process.
    :raises UsageError: if there is no such program.
    """
    recorder = new_recorder()
    recording = recorder.recording(everywhere=True)

    def trace(ending: Ending) -> ProgramTrace:
        seconds = recording.seconds
        introduce(recorder)
        return ProgramTrace(
            program.words, ending.status, recording.events, seconds, ending.error, program.main
        )

    with recorder, recording:
        return trace(run(program, lambda error: show(trace(Ending(FAILED)))))
