"""How traces are shown: each send, or a summary."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.language.phrases import phrase
from signalcli.values.result import Result
from signalcli.values.trace import streamed
from signalcli.values.traces.choice import ALL, Choice

if TYPE_CHECKING:
    from signalcli.values.result import Value
    from signalcli.values.trace import Trace


class TraceView(NamedTuple):
    """The options by which traces are shown."""

    patterns: tuple[str, ...] = ()
    unheard: bool = False
    slow: float = 0.0
    summary: bool = False
    """Whether to show a summary instead of each send."""

    @property
    def choice(self) -> Choice:
        """The sends that are shown."""
        return Choice(self.patterns, self.unheard, self.slow)

    def of(self, *traces: Trace, is_read: bool = False) -> Value:
        """Return what is shown of one trace, or of several as a summary.

        :param is_read: whether they were read from files.
        """
        if not self.summary:
            (trace,) = traces
            return ShownTrace(trace, self.choice, is_read)
        from signalcli.values.traces.summary import TraceSummary

        return TraceSummary.of(traces, self.choice, is_read=is_read)


EACH_SEND = TraceView()


class ShownTrace(NamedTuple):
    """A trace, of which some sends are shown."""

    trace: Trace
    choice: Choice = ALL
    is_read: bool = False
    """Whether it was read from a file. Then the exit status isn't that of the trace."""

    def result(self) -> Result:
        result, part = self.trace.result(), self.choice.part_of(self.trace)
        status = ExitStatus.DONE if self.is_read else result.status
        notes = result.notes
        if part.left_out:
            n = len(part.events)
            sends = n + part.left_out
            notes += (phrase("Shown: {n:,} of {sends:,} sends.", n=n, sends=sends),)
        document = partial(streamed, part)
        return Result(
            part, notes=notes, status=status, wraps=True, saved=(self.trace,), document=document
        )

    def to_json(self) -> dict[str, Any]:
        return self.choice.part_of(self.trace).to_json()
