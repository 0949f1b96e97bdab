"""Draw the connections of signals as trees: senders, and below each its receivers."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from signalcli.language.phrases import phrase, sentences
from signalcli.render.parts import SIGNAL_KINDS, folding, literal, own
from signalcli.text import sender_label
from signalcli.values.graph import Graph, SignalGraph
from signalcli.values.result import NO_RECEIVERS


def draw_graph(graph: Graph) -> RenderableType:
    return Group(*map(_tree, graph.signals))


def _tree(signal: SignalGraph) -> Tree:
    title = literal(signal.signal, "signal") + own(SIGNAL_KINDS[signal.kind, True], "detail")
    if signal.muted:
        title += own(phrase("  muted"), "warning")
    tree = Tree(folding(title), style="", guide_style="detail")
    for connection, receivers in signal.senders:
        name = "ANY" if connection.any else sender_label(connection.sender)
        branch = tree.add(folding(literal(name)))
        for receiver in receivers:
            strength = phrase("  held weakly") if receiver.weak else phrase("  held strongly")
            held = own(strength, "detail")
            if receiver.sends is not None:
                held += Text("  → ") + literal(receiver.sends, "signal")
            branch.add(folding(literal(receiver.receiver, "receiver") + held))
    if signal.unconnected:
        branch = tree.add(own(phrase("no sender"), "warning"))
        for name in signal.unconnected:
            branch.add(folding(literal(name, "receiver")))
    if not signal.receivers:
        more = signal.no_receivers.removeprefix(f"{NO_RECEIVERS}, and ")
        if more == signal.no_receivers:
            tree.add(own(phrase("no receivers"), "detail"))
        else:
            nothing = phrase("no receivers, and {what}", what=sentences(more))
            tree.add(own(nothing, "detail"))
    return tree
