"""A graph as text that other programs draw: Mermaid's and Graphviz's."""

from __future__ import annotations

from collections.abc import Iterator
from string import punctuation

from signalcli.text import escape, sender_label
from signalcli.values.graph import Graph, SignalGraph
from signalcli.values.inspection import Connection, ReceiverView

ENTITIES = str.maketrans({c: f"#{ord(c)};" for c in set(punctuation) - set("-_./,=")})
"""How Mermaid takes characters that mean something to it."""

LONGEST = 2_000
"""characters: Graphviz refuses a string of 16 kB, but puts strings together."""


def mermaid(graph: Graph) -> str:
    """A flowchart: each sender, a solid line for a strong connection and a dotted one for a weak."""
    lines = ["flowchart LR"]
    for number, signal in enumerate(graph.signals):
        shown = f"{signal.signal} (muted)" if signal.muted else signal.signal
        lines.append(f'    signal{number}{{{{"{_mermaid(shown)}"}}}}')
        lines += _mermaid_edges(f"signal{number}", signal)
    return "\n".join(lines)


def _mermaid_edges(name: str, signal: SignalGraph) -> Iterator[str]:
    for index, sender in enumerate(signal.senders):
        yield f'    {name}_sender{index}(["{_mermaid(_label(sender.connection))}"]) --> {name}'
    for index, receiver in enumerate(signal.receivers):
        node = f'{name}_receiver{index}["{_mermaid(_shown(receiver))}"]'
        arrow = "-.->" if receiver.weak else "-->"
        label = _mermaid(_labels(receiver))
        yield f'    {name} {arrow}|"{label}"| {node}' if receiver.connections else f"    {node}"


def _mermaid(text: str) -> str:
    return escape(text).translate(ENTITIES)


def dot(graph: Graph) -> str:
    """A directed graph, with a cluster for each signal; a weak connection is dashed."""
    lines = ["digraph signals {", "    rankdir=LR;", "    node [shape=box];"]
    for number, signal in enumerate(graph.signals):
        lines += _cluster(f"signal{number}", signal)
    return "\n".join([*lines, "}"])


def _cluster(name: str, signal: SignalGraph) -> Iterator[str]:
    shown = f"{signal.signal} (muted)" if signal.muted else signal.signal
    yield f"    subgraph cluster_{name} {{"
    yield f"        {name} [label={_quoted(shown)}, shape=hexagon];"
    for index, sender in enumerate(signal.senders):
        label = _quoted(_label(sender.connection))
        yield f"        {name}_sender{index} [label={label}, shape=oval];"
        yield f"        {name}_sender{index} -> {name};"
    for index, receiver in enumerate(signal.receivers):
        yield f"        {name}_receiver{index} [label={_quoted(_shown(receiver))}];"
        style = ", style=dashed" if receiver.weak else ""
        if receiver.connections:
            label = _quoted(_labels(receiver))
            yield f"        {name} -> {name}_receiver{index} [label={label}{style}];"
    yield "    }"


def _quoted(text: str) -> str:
    """A string of DOT, which knows backslashes and HTML's entities, in which all stands for itself."""
    text = escape(text)
    parts = [text[start : start + LONGEST] for start in range(0, len(text), LONGEST)] or [""]
    for replaced, by in (("\\", "\\\\"), ('"', '\\"'), ("&", "&amp;")):
        parts = [part.replace(replaced, by) for part in parts]
    return " + ".join(f'"{part}"' for part in parts)


def _shown(receiver: ReceiverView) -> str:
    return f"{receiver.receiver}{'' if receiver.connections else ' (listens to nobody)'}"


def _labels(receiver: ReceiverView) -> str:
    return ", ".join(map(_label, receiver.connections))


def _label(connection: Connection) -> str:
    return "ANY" if connection.any else sender_label(connection.sender)
