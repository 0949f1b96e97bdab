"""Rules, and the frozen values of an examination with their JSON."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.language.phrases import counted, joined, phrase, sentences
from signalcli.text import PROGRAM
from signalcli.values.result import Result, fields_to_json

if TYPE_CHECKING:
    from signalcli.doctor.evidence import Evidence
    from signalcli.values.inspection import ReceiverView, SignalView

ERROR, WARNING = "error", "warning"
"""The levels of findings."""
_LEVELS = {ERROR: phrase("error"), WARNING: phrase("warning")}


class Finding(NamedTuple):
    """A problem of one signal or receiver, with the rule that found it."""

    rule: str
    level: str
    """``"error"``: it can't work as written; ``"warning"``: what was seen suggests a fault."""
    signal: str
    receiver: str | None
    """``None`` if the problem is the signal's."""
    where: str | None
    """The file and line to look at, if known."""
    message: str
    remedy: str
    package: str | None = None
    """The installed package with the fault, and ``""`` for the user's code; ``None`` for that of the receiver."""

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, *self._fields[:-1])

    @property
    def text(self) -> str:
        """The message and the remedy."""
        return sentences(self.message, self.remedy)

    @property
    def line(self) -> str:
        """The finding as one line, in the format of linters."""
        return phrase(
            "{place}: {level}: {rule}: {text}",
            place=self.where or self.signal,
            level=_LEVELS[self.level],
            rule=self.rule,
            text=self.text,
        )


def file_and_line(where: str | None) -> tuple[str | None, int]:
    """Return the file and the line of a place; ``None`` and 0 if it names no line."""
    file, _, line = (where or "").rpartition(":")
    return (file, int(line)) if file and line.isdecimal() else (None, 0)


class UncheckedRule(NamedTuple):
    """A rule without data to check."""

    rule: str
    reason: str


class Checkup(NamedTuple):
    """The result of an examination."""

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    not_checked: tuple[UncheckedRule, ...]
    notes: tuple[str, ...] = ()
    unsent: tuple[str, ...] = ()
    """What to look into before the findings, if no signal with receivers was sent."""
    program: str = PROGRAM
    """The command line up to the name of a command."""
    seen: str = ""
    """How much was seen of what was sent, such as ``"1 request"``."""
    is_strict: bool = False
    """Whether warnings count for the exit status too."""
    lines: tuple[str, ...] | None = None
    """The findings in another format; ``None`` for a line each."""

    def result(self) -> Result:
        return Result(
            self,
            opening=self.unsent,
            notes=(*self.notes, self._summary, *self._omissions()),
            status=ExitStatus.FOUND if any(map(self._counts, self.findings)) else ExitStatus.DONE,
            lines=tuple(f.line for f in self.findings) if self.lines is None else self.lines,
            wraps=self.lines is None,
        )

    def _counts(self, finding: Finding) -> bool:
        """Return whether a finding counts for the exit status."""
        return self.is_strict or finding.level == ERROR

    @property
    def _summary(self) -> str:
        rules = counted("{n} checked rule", "{n} checked rules", len(self.checked))
        if self.seen:
            rules = phrase("{rules}, in {seen}", rules=rules, seen=self.seen)
        if not self.findings:
            return phrase("No findings in {rules}.", rules=rules)
        return phrase(
            "{found} in {rules}. Explain a rule: {command}",
            found=self._counts_of_levels(),
            rules=rules,
            command=f"{self.program} doctor --explain {self.findings[0].rule}",
        )

    def _counts_of_levels(self) -> str:
        counts = Counter(finding.level for finding in self.findings)
        errors = counted("{n} error", "{n} errors", counts[ERROR])
        warnings = counted("{n} warning", "{n} warnings", counts[WARNING])
        if counts[ERROR] and counts[WARNING]:
            return phrase("{errors} and {warnings}", errors=errors, warnings=warnings)
        return errors if counts[ERROR] else warnings

    def _omissions(self) -> Iterator[str]:
        for reason in dict.fromkeys(omitted.reason for omitted in self.not_checked):
            rules = [omitted.rule for omitted in self.not_checked if omitted.reason == reason]
            yield sentences(phrase("Not checked: {rules}.", rules=joined(rules)), reason)

    def to_json(self) -> dict[str, Any]:
        document = fields_to_json(self, "findings", "checked", "not_checked")
        return {**document, "notes": [*self.unsent, *self.notes]}


class Problem(NamedTuple):
    """What a rule yields: a finding without the name of the rule."""

    signal: str
    message: str
    receiver: str | None = None
    where: str | None = None
    remedy: str | None = None
    """``None`` for the remedy of the rule."""
    level: str | None = None
    """``None`` for the level of the rule."""
    package: str | None = None
    """The installed package with the fault, and ``""`` for the user's code; ``None`` for that of the receiver."""


def problem_of(
    signal: "SignalView",
    receiver: "ReceiverView",
    template: str,
    *,
    where: str | None = None,
    remedy: str | None = None,
    level: str | None = None,
    **known: Any,
) -> Problem:
    """Return a problem of a receiver, whose message names both.

    :param template: a phrase with ``receiver``, ``signal`` and what is ``known`` besides.
    :param where: the place to look at; ``None`` for that of the receiver.
    """
    message = phrase(template, receiver=receiver.receiver, signal=signal.signal, **known)
    place = where or receiver.where
    return Problem(signal.signal, message, receiver.receiver, place, remedy, level)


Find = Callable[["Evidence"], Iterator[Problem]]
Missing = Callable[["Evidence"], str | None]


class ExplainedRule(NamedTuple):
    """The explanation of a rule."""

    rule: str
    what: str
    why: str
    """Why blinker behaves so, in a few sentences."""
    bad: str
    good: str
    """The same example, corrected."""
    remedy: str
    level: str = ERROR
    """The level of most of its findings."""

    def result(self) -> Result:
        code = [f"    {line}" for line in self.bad.splitlines()]
        fixed = [f"    {line}" for line in self.good.splitlines()]
        head = phrase(
            "{rule} ({level}): {what}", rule=self.rule, level=_LEVELS[self.level], what=self.what
        )
        bad, good = phrase("Bad:"), phrase("Good:")
        lines = head, "", self.why, "", self.remedy, "", bad, "", *code, "", good, "", *fixed
        return Result(self, lines=lines)

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class Rule(NamedTuple):
    """A rule with its explanation and its check."""

    explained: ExplainedRule
    missing: Missing
    """Returns why the rule can't be checked, or ``None`` if it can."""
    unless: "tuple[Rule, ...]"
    """Rules that explain more: what one of them finds of a receiver, this one doesn't report."""
    find: Find

    @property
    def name(self) -> str:
        return self.explained.rule

    def check(self, evidence: "Evidence") -> tuple[Finding, ...]:
        """Return what the rule finds. Other rules may ask for it too, so it is found once."""
        if self.name not in evidence.found:
            evidence.found[self.name] = tuple(self._findings(evidence))
        return evidence.found[self.name]

    def _findings(self, evidence: "Evidence") -> Iterator[Finding]:
        better = (finding for rule in self.unless for finding in rule.check(evidence))
        explained = {(finding.signal, finding.receiver) for finding in better}
        for signal, message, receiver, where, remedy, level, package in self.find(evidence):
            if (signal, receiver) not in explained:
                level, remedy = level or self.explained.level, remedy or self.explained.remedy
                yield Finding(self.name, level, signal, receiver, where, message, remedy, package)


def rule(
    name: str, *, missing: Missing, unless: tuple[Rule, ...] = (), **explanation: str
) -> Callable[[Find], Rule]:
    """Make a rule of the function that finds its problems. See :class:`ExplainedRule`.

    The rule is checked once it is also listed in :data:`signalcli.doctor.examine.RULES`.
    """
    return lambda find: Rule(ExplainedRule(name, **explanation), missing, unless, find)
