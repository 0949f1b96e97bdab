"""The frozen values of an examination, each with its JSON: the contract with scripts.

Annotations are not postponed, for the reason that :mod:`signalcli.values.delivery` gives.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.text import PROGRAM

if TYPE_CHECKING:
    from signalcli.doctor.evidence import Evidence


class Finding(NamedTuple):
    """One thing that is wrong."""

    rule: str
    signal: str
    receiver: str | None
    """``None`` where it isn't one receiver's."""
    where: str | None
    """The file and line to look at, where that is known."""
    message: str
    """What is wrong, a sentence."""
    remedy: str
    """What to do about it, a sentence."""

    @property
    def line(self) -> str:
        """All of it in one line, as linters have it."""
        return f"{self.where or self.signal}: {self.rule}: {self.message} {self.remedy}"

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class NotChecked(NamedTuple):
    """A rule that there was nothing to read for."""

    rule: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class Checkup(NamedTuple):
    """What an examination found."""

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    """The names of the rules that were checked."""
    not_checked: tuple[NotChecked, ...]
    notes: tuple[str, ...] = ()
    """What there is to say about what was read, a sentence each."""
    program: str = PROGRAM
    """What is typed before the name of a command."""

    @property
    def status(self) -> ExitStatus:
        return ExitStatus.FOUND if self.findings else ExitStatus.DONE

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(finding.line for finding in self.findings)

    @property
    def sentences(self) -> tuple[str, ...]:
        return (*self.notes, self._summary, *self._omissions())

    @property
    def _summary(self) -> str:
        found = _count(len(self.findings), "finding") if self.findings else "No findings"
        tell = f"{self.program} doctor --explain"
        why = f" What a rule means: {tell} {self.findings[0].rule}" if self.findings else ""
        return f"{found} in {_count(len(self.checked), 'rule')} that {_were(self.checked)} checked.{why}"

    def _omissions(self) -> Iterator[str]:
        """The rules that weren't checked, together where the reason is the same."""
        for reason in dict.fromkeys(omitted.reason for omitted in self.not_checked):
            rules = [omitted.rule for omitted in self.not_checked if omitted.reason == reason]
            yield f"Not checked: {', '.join(rules)}. {reason}"

    def to_json(self) -> dict[str, Any]:
        return {
            "findings": [finding.to_json() for finding in self.findings],
            "checked": list(self.checked),
            "not_checked": [omitted.to_json() for omitted in self.not_checked],
            "notes": list(self.notes),
        }


class Rule(NamedTuple):
    """One thing that can be wrong, and how it is found."""

    name: str
    what: str
    """What is wrong, a sentence."""
    why: str
    """Why blinker does that, a sentence or two."""
    bad: str
    """A short example, in Python."""
    good: str
    """The same, mended."""
    missing: "Callable[[Evidence], str | None]"
    """Says what isn't there to read; ``None`` if everything is."""
    check: "Callable[[Evidence], Iterator[Finding]]"


class ExplainedRule(NamedTuple):
    """A rule, as it is told."""

    rule: str
    what: str
    why: str
    bad: str
    good: str

    @property
    def lines(self) -> tuple[str, ...]:
        code = [f"    {line}" for line in self.bad.splitlines()]
        mended = [f"    {line}" for line in self.good.splitlines()]
        head = f"{self.rule}: {self.what}"
        return (head, "", self.why, "", "Bad:", "", *code, "", "Good:", "", *mended)

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _were(things: tuple[str, ...]) -> str:
    return "was" if len(things) == 1 else "were"
