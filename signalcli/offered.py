"""Receivers that installed packages offer, as entry points of the group ``signalcli.receivers``.

They are loaded only when they are named: looking for them reads the metadata of every package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signalcli.declared import OfferedReceiver

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "signalcli.receivers"


def offers() -> dict[str, OfferedReceiver]:
    """The receivers that the installed packages offer, by name."""
    return {
        name: OfferedReceiver(offer.dist.name if offer.dist is not None else offer.module)
        for name, offer in sorted(entry_points().items())
    }


def entry_points() -> dict[str, EntryPoint]:
    """The entry points by name: of two with one name, the first that Python finds."""
    from importlib import metadata

    found: dict[str, EntryPoint] = {}
    for offer in metadata.entry_points(group=GROUP):
        found.setdefault(offer.name, offer)
    return found
