"""What a change caused: the sends of meta signals."""

from __future__ import annotations

from rich.console import Group, RenderableType

from signalcli.render import delivery
from signalcli.values.change import Change


def rendered(change: Change) -> RenderableType:
    return Group(*map(delivery.rendered, change.deliveries))
