"""The answer of ``why``: the steps between a receiver and its call. Scripts rely on the keys of ``to_json``."""

import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.language.phrases import Phrase, localized, phrase
from signalcli.language.wrapping import columns
from signalcli.values.result import Result, fields_to_json

OK, BROKEN, UNKNOWN = "ok", "broken", "unknown"
_MARKS = {OK: "✓", BROKEN: "✗", UNKNOWN: "?"}
_STEPS = {
    "defined": phrase("defined"),
    "imported": phrase("imported"),
    "connected": phrase("connected"),
    "alive": phrase("alive"),
    "signal sent": phrase("signal sent"),
    "filter matches": phrase("filter matches"),
    "not muted": phrase("not muted"),
    "reached": phrase("reached"),
    "takes the payload": phrase("takes the payload"),
    "called": phrase("called"),
}
"""The names of the steps, as they are shown."""
_WIDTH = 18
"""columns of the names of the steps."""


_ALSO_CALLED = phrase("Also for {signal}: it {verdict}. See {option}")
_ALSO_BROKEN = phrase("Also for {signal}: it {verdict} ({step}: {found}). See {option}")


def _shown(found: str) -> str:
    """Return what a step found in the user's language; code and names stay."""
    return localized(found) if isinstance(found, Phrase) else found


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
    notes: tuple[str, ...] = ()

    def result(self) -> Result:
        status = ExitStatus.FOUND if self.called is False else ExitStatus.DONE
        return Result(
            self, opening=self.notes, status=status, lines=tuple(self._lines()), wraps=True
        )

    def _lines(self) -> Iterator[str]:
        verdict = self._verdict(self.called)
        yield phrase("{receiver} {verdict}", receiver=self.receiver, verdict=verdict)
        for step in self.steps:
            name = localized(_STEPS[step.step])
            padding = " " * (_WIDTH - columns(name))
            yield f"{_MARKS[step.state]} {name}{padding} {_shown(step.found)}"
            for line in step.evidence:
                yield f"  {'':<{_WIDTH}} {_shown(line)}"
        for other in self.others:
            yield phrase(
                _ALSO_CALLED if other.called else _ALSO_BROKEN,
                signal=other.signal,
                verdict=self._verdict(other.called),
                step=_STEPS[other.step],
                found=other.found,
                option=f"--signal {shlex.quote(other.signal)}",
            )
        if self.remedy is not None:
            yield phrase("Remedy: {remedy}", remedy=self.remedy)
        if self.next is not None:
            yield phrase("Next: {command}", command=self.next)

    def _verdict(self, called: bool | None) -> str:
        if called is None:
            return phrase("may be called: no send shows whether it is")
        if self.is_asked:
            return phrase("would be called") if called else phrase("would not be called")
        return phrase("was called") if called else phrase("was not called")

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "receiver", "called", "steps", "remedy", "next", "others")
