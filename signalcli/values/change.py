"""The frozen value of a changing command: what it did.

Annotations are not postponed, for the reason that :mod:`signalcli.values.delivery` gives.
"""

from typing import Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.values.delivery import Delivery, any_raised


class Change(NamedTuple):
    """What a changing command did."""

    changed: bool
    notes: tuple[str, ...]
    """What there is to say about it, a sentence each."""
    deliveries: tuple[Delivery, ...] = ()
    """The sends of meta signals that it caused."""

    @property
    def sentences(self) -> tuple[str, ...]:
        around = (note for delivery in self.deliveries for note in delivery.sentences)
        return (*around, *self.notes)

    @property
    def is_drawn(self) -> bool:
        return bool(self.deliveries)

    @property
    def status(self) -> ExitStatus:
        return ExitStatus.FOUND if any_raised(self.deliveries) else ExitStatus.DONE

    def to_json(self) -> dict[str, Any]:
        return {
            "changed": self.changed,
            "notes": list(self.notes),
            "deliveries": [delivery.to_json() for delivery in self.deliveries],
        }
