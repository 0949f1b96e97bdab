"""Trace requests to an application, and programs, to examine what they sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from signalcli.errors import UnansweredRequest
from signalcli.language.phrases import phrase
from signalcli.tracing.trace_file import SavedTrace, joined_traces

if TYPE_CHECKING:
    from signalcli.apps.hosting.app_interface import AppInterface
    from signalcli.apps.running.traced_program import TracedProgram
    from signalcli.values.trace import Request, RequestTimeline

_FIRST_ERROR = 400
"""The lowest HTTP status of an error."""


def traced_requests(
    application: AppInterface, requests: Sequence[Request], note: Callable[[str], None]
) -> list[SavedTrace]:
    """Make requests with one client, and return what they sent.

    :param note: takes a sentence about a request that was not answered, or with an error.
    """
    made: list[SavedTrace] = []

    def add(timeline: RequestTimeline) -> None:
        made.append(SavedTrace.of(timeline))
        if timeline.http_status >= _FIRST_ERROR:
            request, status = f"{timeline.method} {timeline.path}", timeline.http_status
            note(phrase("{request} was answered {status}.", request=request, status=status))

    try:
        application.make_requests(requests, add, add)
    except UnansweredRequest as error:
        note(str(error))
    return [joined_traces(made)] if made else []


def traced_program(program: TracedProgram, note: Callable[[str], None]) -> SavedTrace:
    """Run a program, and return what it and its child processes sent.

    :param note: takes a sentence about a program that ended with an error.
    """
    trace = program.run()
    if trace.exit_status:
        note(
            phrase(
                "{program} ended with status {status}.",
                program=" ".join(trace.program),
                status=trace.exit_status,
            )
        )
    if trace.cut is not None:
        note(trace.cut)
    return SavedTrace.of(trace)
