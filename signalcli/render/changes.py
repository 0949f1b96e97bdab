"""What a change caused: the sends of meta signals."""

from __future__ import annotations

from rich.console import Group, RenderableType

from signalcli.changes import Change
from signalcli.render import delivery


def rendered(change: Change) -> RenderableType:
    return Group(*map(delivery.rendered, change.deliveries))
