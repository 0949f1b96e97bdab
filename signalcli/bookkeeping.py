"""Reading what blinker keeps of a signal.

blinker's bookkeeping is in attributes with a leading underscore, and is written only in
:mod:`signalcli.snapshot`. ``Signal.receivers`` maps an id to the receiver or to a weak reference to
it, ``_by_sender`` the id of a sender to the bucket of its receivers' ids, ``_by_receiver`` the
reverse. Text and integers are their own ids; ``ANY`` has the id 0.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from weakref import ref

from blinker import Signal

from signalcli.functions import Receiver

ANY_ID = 0
"""blinker's own id of ``ANY``."""


def live_receivers(signal: Signal) -> Iterator[tuple[Hashable, Receiver, bool]]:
    """The id, the function and the weakness of every entry of ``signal.receivers``."""
    for receiver_id, held in signal.receivers.items():
        weak = isinstance(held, ref)
        receiver = held() if isinstance(held, ref) else held
        if receiver is not None:
            yield receiver_id, receiver, weak


def doc_of(signal: Signal) -> str | None:
    """The signal's own doc, if it was given one."""
    doc = vars(signal).get("__doc__")
    return doc if isinstance(doc, str) else None
