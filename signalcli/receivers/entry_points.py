"""Receivers that installed packages offer, as entry points of the group ``signalcli.receivers.registry``.

They are loaded only when they are named: looking for them reads the metadata of every package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signalcli.receivers.demos import CATALOGUE
from signalcli.signals.functions import START_PATH
from signalcli.values.receiver_specs import OfferedReceiver
from signalcli.values.signal_name import is_import

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "signalcli.receivers.registry"


def offers() -> dict[str, OfferedReceiver]:
    """The receivers that the installed packages offer, by name.

    A name that can't be connected, because it is a demo's or that of an import, is left out.
    """
    return {
        name: OfferedReceiver(offer.dist.name if offer.dist is not None else offer.module)
        for name, offer in sorted(entry_points().items())
        if name not in CATALOGUE and not is_import(name)
    }


def entry_points() -> dict[str, EntryPoint]:
    """The entry points by name: of two with one name, the first that Python finds.

    Only what was on the path when the program started counts as installed: not what lies beside a
    file that a receiver was imported from.
    """
    from importlib import metadata

    found: dict[str, EntryPoint] = {}
    for package in metadata.distributions(path=list(START_PATH)):
        for offer in package.entry_points:
            if offer.group == GROUP:
                found.setdefault(offer.name, offer)
    return found
