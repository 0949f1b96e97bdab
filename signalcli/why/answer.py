"""The answer of ``why``: the steps between a receiver and its call. Scripts rely on the keys of ``to_json``."""

import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.values.result import Result, fields_to_json

OK, BROKEN, UNKNOWN = "ok", "broken", "unknown"
_MARKS = {OK: "✓", BROKEN: "✗", UNKNOWN: "?"}
_WIDTH = 18
"""columns of the names of the steps."""


class Step(NamedTuple):
    """One condition for the call of a receiver."""

    step: str
    state: str
    """``"ok"``, ``"broken"``, or ``"unknown"`` if nothing was sent that would tell."""
    found: str
    evidence: tuple[str, ...] = ()
    """More of what was found, such as places and senders."""


class OtherSignal(NamedTuple):
    """Another signal that a receiver is connected to, with the step at which its chain ended."""

    signal: str
    called: bool | None
    """As that of an answer."""
    step: str
    found: str


class Answer(NamedTuple):
    """Why a receiver was called, or was not."""

    receiver: str
    called: bool | None
    """Whether it was called, or would be; ``None`` if that isn't known."""
    steps: tuple[Step, ...]
    """All conditions, or those up to the first that is broken or unknown."""
    remedy: str | None = None
    next: str | None = None
    """The command to run next."""
    is_asked: bool = False
    """Whether the send was only asked about."""
    others: tuple[OtherSignal, ...] = ()
    """The other signals that it is connected to."""

    def result(self) -> Result:
        status = ExitStatus.FOUND if self.called is False else ExitStatus.DONE
        return Result(self, status=status, lines=tuple(self._lines()), wraps=True)

    def _lines(self) -> Iterator[str]:
        yield f"{self.receiver} {self._verdict(self.called)}"
        for step in self.steps:
            yield f"{_MARKS[step.state]} {step.step:<{_WIDTH}} {step.found}"
            for line in step.evidence:
                yield f"  {'':<{_WIDTH}} {line}"
        for other in self.others:
            end = "" if other.called else f" ({other.step}: {other.found})"
            yield f"Also for {other.signal}: it {self._verdict(other.called)}{end}. See --signal {shlex.quote(other.signal)}"
        if self.remedy is not None:
            yield f"Remedy: {self.remedy}"
        if self.next is not None:
            yield f"Next: {self.next}"

    def _verdict(self, called: bool | None) -> str:
        if called is None:
            return "may be called: nothing was sent that tells"
        was, would_be = ("was", "would be") if called else ("was not", "would not be")
        return f"{would_be if self.is_asked else was} called"

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "receiver", "called", "steps", "remedy", "next", "others")
