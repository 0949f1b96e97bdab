"""The values of many sends: the source of the messages, and the counts."""

from collections.abc import Mapping
from types import MappingProxyType, NoneType
from typing import Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.language.phrases import Phrase, counted, phrase, sentences
from signalcli.text import field
from signalcli.values.delivery import Delivery, SendOptions, any_raised
from signalcli.values.result import NO_RECEIVERS, Result, fields_from_json, fields_to_json


class ReceiverCount(NamedTuple):
    """How often many sends called a receiver, and how those calls ended."""

    receiver: str
    called: int
    raised: int
    skipped: int
    not_reached: int


class RunOrigin(NamedTuple):
    """The source of the messages of many sends."""

    kind: str
    """``"count"``, ``"lines"`` or ``"jsonl"``."""
    file: str | None
    """The file; ``-`` is standard input."""
    sender: object = None
    """The sender of every message, for ``"count"``."""
    payload: Mapping[str, object] = MappingProxyType({})
    """The payload of every message, except for ``"jsonl"``."""
    times: int | None = None
    """The number of sends, for ``"count"``."""


class Run(NamedTuple):
    """What many sends of one signal did: a count for each receiver."""

    signal: str
    origin: RunOrigin
    sent: int
    bad_lines: int
    seconds: float
    receivers: tuple[ReceiverCount, ...]
    options: SendOptions
    stopped: str | None = None
    """Why the run ended early, as a sentence."""
    stopped_by_bad_line: bool = False
    interrupted: bool = False
    notes: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    """The sends of meta signals around it."""
    no_receivers: str = NO_RECEIVERS
    """The clause for a signal without receivers."""
    remote_only: bool = False
    """Whether the receivers here were left out, and only other processes may have heard it."""

    def result(self) -> Result:
        notes, status = self._all_notes(), self._status()
        return Result(
            self, notes=notes, status=status, items=(), called_receiver=self.called_receiver
        )

    def _all_notes(self) -> tuple[str, ...]:
        if self.interrupted:
            return (*self.notes, phrase("Interrupted after {times}.", times=self.times))
        if self.stopped is None:
            return self.notes
        why, option = sentences(self.stopped), "--on-error continue"
        if why.endswith("."):
            ended = phrase("Stopped after {times}: {why}", times=self.times, why=why)
        else:
            ended = phrase("Stopped after {times}: {why}.", times=self.times, why=why)
        return (
            *self.notes,
            sentences(ended, phrase("To go on after that, add: {option}", option=option)),
        )

    @property
    def times(self) -> Phrase:
        """The number of sends, as text."""
        return counted("{n} send", "{n:,} sends", self.sent)

    def _status(self) -> ExitStatus:
        if self.interrupted:
            return ExitStatus.INTERRUPTED
        if self.stopped_by_bad_line:
            return ExitStatus.USAGE
        raised = any(count.raised for count in self.receivers) or any_raised(self.deliveries)
        return ExitStatus.FOUND if raised or self.bad_lines else ExitStatus.DONE

    @property
    def called_receiver(self) -> bool:
        return any(count.called for count in self.receivers)

    def to_json(self) -> dict[str, Any]:
        origin = {"from": self.origin.kind, "file": self.origin.file, "count": self.origin.times}
        names = "sent", "bad_lines", "seconds", "receivers", "stopped", "interrupted"
        return {**origin, **fields_to_json(self, *names)}

    @classmethod
    def from_json(cls, document: Any, same: Delivery) -> "Run":
        """Read what ``to_json`` returns.

        :param same: the signal, the sender, the payload and the options of every send.
        """
        kind = field(document, "from", str)
        if kind not in ("count", "lines", "jsonl"):
            raise ValueError("from")
        file = field(document, "file", str, NoneType)
        times = field(document, "count", int, NoneType, default=None)
        counts = field(document, "receivers", list)
        return cls(
            signal=same.signal,
            origin=RunOrigin(kind, file, same.sender, same.payload, times),
            sent=field(document, "sent", int),
            bad_lines=field(document, "bad_lines", int),
            seconds=field(document, "seconds", float),
            receivers=tuple(fields_from_json(ReceiverCount, count) for count in counts),
            options=same.options,
            stopped=field(document, "stopped", str, NoneType),
            interrupted=field(document, "interrupted", bool),
        )
