"""What the journal holds of one send, or of one run of many."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.values.delivery import Delivery

if TYPE_CHECKING:
    from signalcli.values.bulk import Run

ID_BYTES = 5
"""bytes: what an id is made of. Among a hundred thousand sends, two hardly share one."""


class Record(NamedTuple):
    """One past send, or one run of many."""

    id: str
    time: str
    """When it began, ISO 8601 with offset."""
    delivery: Delivery
    """What it did; of a run, only what was the same in all of its sends."""
    run: Run | None = None
    replay_of: str | None = None
    """The id of the send that it repeated."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What there was to say about it."""
        return self.delivery.sentences if self.run is None else self.run.sentences

    def to_json(self) -> dict[str, Any]:
        return {
            **self.delivery.to_json(),
            "id": self.id,
            "time": self.time,
            "run": self.run.to_json() if self.run else None,
            "replay_of": self.replay_of,
        }

    def to_journal(self) -> dict[str, Any]:
        """The same, with sender and payload exactly as they were sent."""
        sent = {"sender": self.delivery.sender, "payload": dict(self.delivery.payload)}
        return {**self.to_json(), **sent}


def now() -> str:
    """The present time, ISO 8601 with offset, to the millisecond."""
    seconds = time.time()
    zone = time.strftime("%z", time.localtime(seconds))
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(seconds))
    return f"{moment}.{int(seconds * 1000) % 1000:03d}{zone[:3]}:{zone[3:5]}"


def record_of(sent: Delivery | Run, began: str, replay_of: str | None = None) -> Record:
    """A new record of a send, or one of many sends for all of them.

    :param began: the time, as :func:`now` gave it.
    """
    new_id = os.urandom(ID_BYTES).hex()
    if isinstance(sent, Delivery):
        return Record(new_id, began, sent, replay_of=replay_of)
    origin, options = sent.origin, sent.options
    same = Delivery(sent.signal, origin.sender, origin.payload, options.muted, (), options)
    return Record(new_id, began, same, sent)
