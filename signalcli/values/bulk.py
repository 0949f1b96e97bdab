"""The frozen values of many sends: where the messages came from, and what was counted.

Annotations are not postponed, for the reason that :mod:`signalcli.values.delivery` gives.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.values.delivery import Delivery, SendOptions, any_raised


class ReceiverCount(NamedTuple):
    """How often a receiver came to what in many sends."""

    receiver: str
    called: int
    raised: int
    """Those of the calls that ended in an exception."""
    skipped: int
    not_reached: int

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class RunOrigin(NamedTuple):
    """Where the messages of many sends came from."""

    kind: str
    """``"count"``, ``"lines"`` or ``"jsonl"``."""
    file: str | None
    """What was read; ``-`` is standard input."""
    sender: object = None
    """That of every message, with ``"count"``."""
    payload: Mapping[str, object] = MappingProxyType({})
    """That of every message, but with ``"jsonl"``."""
    times: int | None = None
    """How many were asked for, with ``"count"``."""


class Run(NamedTuple):
    """What many sends of one signal did, counted receiver by receiver."""

    signal: str
    origin: RunOrigin
    sent: int
    bad_lines: int
    seconds: float
    receivers: tuple[ReceiverCount, ...]
    options: SendOptions
    stopped: str | None = None
    """The sentence that says what ended it before its end."""
    stopped_by_bad_line: bool = False
    interrupted: bool = False
    """Whether Ctrl-C ended it."""
    notes: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    """The sends of meta signals around it."""

    @property
    def items(self) -> tuple[Delivery, ...]:
        """None: each send was told when it was made."""
        return ()

    @property
    def sentences(self) -> tuple[str, ...]:
        if self.interrupted:
            return (*self.notes, f"Interrupted after {self.times}.")
        if self.stopped is None:
            return self.notes
        why = self.stopped.removesuffix(".")
        go_on = "To go on after that, add: --on-error continue"
        return (*self.notes, f"Stopped after {self.times}: {why}. {go_on}")

    @property
    def times(self) -> str:
        """How often it was sent, for a sentence."""
        return "1 send" if self.sent == 1 else f"{self.sent:,} sends"

    @property
    def is_drawn(self) -> bool:
        return True

    @property
    def status(self) -> ExitStatus:
        if self.interrupted:
            return ExitStatus.INTERRUPTED
        if self.stopped_by_bad_line:
            return ExitStatus.USAGE
        raised = any(count.raised for count in self.receivers) or any_raised(self.deliveries)
        return ExitStatus.FOUND if raised or self.bad_lines else ExitStatus.DONE

    @property
    def heard(self) -> bool:
        return any(count.called for count in self.receivers)

    def to_json(self) -> dict[str, Any]:
        return {
            "from": self.origin.kind,
            "file": self.origin.file,
            "count": self.origin.times,
            "sent": self.sent,
            "bad_lines": self.bad_lines,
            "seconds": self.seconds,
            "receivers": [count.to_json() for count in self.receivers],
            "stopped": self.stopped,
            "interrupted": self.interrupted,
        }
