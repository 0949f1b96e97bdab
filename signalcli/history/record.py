"""The record of one send, or of one run of many sends, in the journal."""

from __future__ import annotations

import os
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.text import field
from signalcli.values.delivery import Delivery, notes_of
from signalcli.values.result import Result, fields_to_json

if TYPE_CHECKING:
    from signalcli.values.bulk import Run
    from signalcli.values.relay.messages import Origin

ID_BYTES = 5
"""bytes of an id. Two of 100,000 sends are unlikely to share one."""


class Record(NamedTuple):
    """One past send, or one run of many sends."""

    id: str
    time: str
    """The time of its start, ISO 8601 with offset."""
    delivery: Delivery
    """The send; for a run, only what was the same in all its sends."""
    run: Run | None = None
    replay_of: str | None = None
    origin: Origin | None = None
    """The message that it came in, if another process sent it."""

    def result(self) -> Result:
        if self.run is not None:
            return Result(self, notes=self.run.result().notes)
        return Result(self, notes=tuple(notes_of([self.delivery])))

    def to_json(self) -> dict[str, Any]:
        came = {} if self.origin is None else fields_to_json(self, "origin")
        sent = fields_to_json(self, "id", "time", "run", "replay_of")
        return {**self.delivery.to_json(), **sent, **came}

    @classmethod
    def from_json(cls, document: Any) -> Record:
        """Read what ``to_json`` returns. See :func:`signalcli.text.field` for the errors."""
        from datetime import datetime

        moment = field(document, "time", str)
        datetime.fromisoformat(moment).timestamp()  # ValueError or OverflowError if it is no time
        delivery, run = Delivery.from_json(document), document.get("run")
        if run is not None:
            from signalcli.values.bulk import Run

            run = Run.from_json(run, delivery)
        replay_of = field(document, "replay_of", str, NoneType, default=None)
        origin = document.get("origin")
        if origin is not None:
            from signalcli.values.relay.messages import Origin

            origin = Origin.from_json(origin)
        return cls(field(document, "id", str), moment, delivery, run, replay_of, origin)

    def to_journal(self) -> dict[str, Any]:
        """Return the JSON for the journal, with sender and payload exactly as they were sent."""
        sent = {"sender": self.delivery.sender, "payload": dict(self.delivery.payload)}
        return {**self.to_json(), **sent}


class PassedSend(NamedTuple):
    """A send that passed the relay. What its receivers do isn't known here."""

    record: Record

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return self.record.to_json()


def record_of(
    sent: Delivery | Run, began: str, replay_of: str | None = None, message: str | None = None
) -> Record:
    """Return a new record of a send or a run.

    :param began: the time of its start, as :func:`signalcli.session.journal.now` returns it.
    :param message: the id of the message that carried it to other processes, which is also its id here.
    """
    new_id = message or os.urandom(ID_BYTES).hex()
    if isinstance(sent, Delivery):
        return Record(new_id, began, sent, replay_of=replay_of)
    origin, options = sent.origin, sent.options
    same = Delivery(sent.signal, origin.sender, origin.payload, options.muted, (), options)
    return Record(new_id, began, same, sent)
