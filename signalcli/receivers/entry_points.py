"""Receivers that installed packages offer, as entry points of the group ``signalcli.receivers``.

Searching reads the metadata of every installed package. A receiver is loaded only when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signalcli.receivers.demos import DEMOS
from signalcli.signals.receivers import START_PATH
from signalcli.values.receiver_specs import OfferedReceiver
from signalcli.values.signal_name import is_import

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "signalcli.receivers"


def offers() -> dict[str, OfferedReceiver]:
    """Return the receivers that installed packages offer, by name.

    Names of demos and names that look like imports are left out: they mean something else.
    """
    return {
        name: OfferedReceiver(offer.dist.name if offer.dist is not None else offer.module)
        for name, offer in sorted(entry_points().items())
        if name not in DEMOS and not is_import(name)
    }


def entry_points() -> dict[str, EntryPoint]:
    """Return the entry points by name; of two with the same name, the first that Python finds.

    This searches ``sys.path`` as it was at the start: later entries belong to user code.
    """
    from importlib import metadata

    found: dict[str, EntryPoint] = {}
    for package in metadata.distributions(path=list(START_PATH)):
        for offer in package.entry_points:
            if offer.group == GROUP:
                found.setdefault(offer.name, offer)
    return found
