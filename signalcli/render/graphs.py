"""Draw who listens to whom, as trees."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from signalcli.render.parts import literal
from signalcli.text import sender_label
from signalcli.values.graph import Graph, SignalGraph


def draw_graph(graph: Graph) -> RenderableType:
    return Group(*map(_tree, graph.signals))


def _tree(signal: SignalGraph) -> Tree:
    title = literal(signal.signal, "signal") + Text(f"  {signal.kind} signal", "detail")
    if signal.muted:
        title += Text("  muted", "warning")
    tree = Tree(title, style="", guide_style="detail")
    for connection, receivers in signal.senders:
        name = "ANY" if connection.any else sender_label(connection.sender)
        branch = tree.add(literal(name))
        for receiver in receivers:
            held = Text(f"  held {'weakly' if receiver.weak else 'strongly'}", "detail")
            if receiver.sends is not None:
                held += Text("  → ") + literal(receiver.sends, "signal")
            branch.add(literal(receiver.receiver, "receiver") + held)
    if signal.unconnected:
        branch = tree.add(Text("nobody", "warning"))
        for name in signal.unconnected:
            branch.add(literal(name, "receiver"))
    if not signal.receivers:
        tree.add(literal(signal.no_receivers.removeprefix("it has "), "detail"))
    return tree
