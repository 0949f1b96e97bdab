"""Who listens to whom, as a tree: a signal, its senders, their receivers."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from signalcli.render.parts import literal
from signalcli.text import sender_label
from signalcli.values.graph import Graph, SignalGraph


def rendered(graph: Graph) -> RenderableType:
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
            branch.add(literal(receiver.receiver, "receiver") + held)
    if signal.unconnected:
        branch = tree.add(Text("nobody", "warning"))
        for name in signal.unconnected:
            branch.add(literal(name, "receiver"))
    if not signal.receivers:
        tree.add(Text("no receivers", "detail"))
    return tree
