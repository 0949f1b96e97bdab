"""Write a graph of signals as a Mermaid flowchart or in Graphviz's DOT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import punctuation

from signalcli.text import escape, sender_label
from signalcli.values.graph import Graph, SignalGraph
from signalcli.values.inspection import Connection, ReceiverView

ENTITIES = str.maketrans({c: f"#{ord(c)};" for c in set(punctuation) - set("-_./,=")})
"""Mermaid's escapes of the characters that its syntax uses."""

LONGEST = 2_000
"""characters in one DOT string: Graphviz refuses strings of 16 kB, but joins several with ``+``."""
_MERMAID_THEMES = {
    "light": ['%%{init: {"theme": "default"}}%%'],
    "dark": ['%%{init: {"theme": "dark"}}%%'],
}
_DOT_THEMES = {
    theme: [
        f'    graph [bgcolor="{back}", color="{line}", fontcolor="{line}"];',
        f'    node [color="{line}", fontcolor="{line}"];',
        f'    edge [color="{line}", fontcolor="{line}"];',
    ]
    for theme, back, line in (("light", "white", "black"), ("dark", "#15191e", "#dfe3e8"))
}
"""The lines that set the colours. The background and the lines are those of the pages."""


def write_mermaid(graph: Graph, theme: str | None = None) -> str:
    """Return a flowchart with a solid line for a strong connection and a dotted one for a weak.

    A receiver that is the ``send`` of another signal of the graph is a line to that signal.

    :param theme: ``"light"`` or ``"dark"``; ``None`` leaves it to the program that draws it.
    """
    lines, nodes = [*_MERMAID_THEMES.get(theme or "", []), "flowchart LR"], _nodes(graph)
    for number, signal in enumerate(graph.signals):
        name = f"signal{number}"
        lines.append(f'    {name}{{{{"{_mermaid(_signal_label(signal))}"}}}}')
        lines += _mermaid_edges(name, signal, nodes)
    return "\n".join(lines)


def _nodes(graph: Graph) -> dict[str, str]:
    """Return the node of each signal by its name."""
    return {signal.signal: f"signal{number}" for number, signal in enumerate(graph.signals)}


def _mermaid_edges(name: str, signal: SignalGraph, nodes: Mapping[str, str]) -> Iterator[str]:
    for index, sender in enumerate(signal.senders):
        yield f'    {name}_sender{index}(["{_mermaid(_label(sender.connection))}"]) --> {name}'
    for index, receiver in enumerate(signal.receivers):
        node = nodes.get(receiver.sends or "")
        node = node or f'{name}_receiver{index}["{_mermaid(_receiver_label(receiver))}"]'
        arrow = "-.->" if receiver.weak else "-->"
        label = _mermaid(_labels(receiver))
        yield f'    {name} {arrow}|"{label}"| {node}' if receiver.connections else f"    {node}"


def _mermaid(text: str) -> str:
    return escape(text).translate(ENTITIES)


def write_dot(graph: Graph, theme: str | None = None) -> str:
    """Return a directed graph with a cluster for each signal; weak connections are dashed.

    A receiver that is the ``send`` of another signal of the graph is an edge to that signal.

    :param theme: see :func:`write_mermaid`.
    """
    lines = ["digraph signals {", "    rankdir=LR;", "    node [shape=box];"]
    lines += _DOT_THEMES.get(theme or "", [])
    nodes = _nodes(graph)
    for number, signal in enumerate(graph.signals):
        lines += _cluster(f"signal{number}", signal, nodes)
    for number, signal in enumerate(
        graph.signals
    ):  # within a cluster, an edge would move the other signal into it
        for receiver in signal.receivers:
            if receiver.sends in nodes and receiver.connections:
                edge = _edge(f"signal{number}", nodes[str(receiver.sends)], receiver)
                lines.append(f"    {edge}")
    return "\n".join([*lines, "}"])


def _cluster(name: str, signal: SignalGraph, nodes: Mapping[str, str]) -> Iterator[str]:
    yield f"    subgraph cluster_{name} {{"
    yield f"        {name} [label={_quoted(_signal_label(signal))}, shape=hexagon];"
    for index, sender in enumerate(signal.senders):
        label = _quoted(_label(sender.connection))
        yield f"        {name}_sender{index} [label={label}, shape=oval];"
        yield f"        {name}_sender{index} -> {name};"
    for index, receiver in enumerate(signal.receivers):
        if receiver.sends in nodes:
            continue
        yield f"        {name}_receiver{index} [label={_quoted(_receiver_label(receiver))}];"
        if receiver.connections:
            yield f"        {_edge(name, f'{name}_receiver{index}', receiver)}"
    yield "    }"


def _edge(start: str, end: str, receiver: ReceiverView) -> str:
    style = ", style=dashed" if receiver.weak else ""
    return f"{start} -> {end} [label={_quoted(_labels(receiver))}{style}];"


def _quoted(text: str) -> str:
    """Return a DOT string that shows exactly ``text``: DOT reads backslashes and HTML entities."""
    text = escape(text)
    parts = [text[start : start + LONGEST] for start in range(0, len(text), LONGEST)] or [""]
    for replaced, by in (("\\", "\\\\"), ('"', '\\"'), ("&", "&amp;")):
        parts = [part.replace(replaced, by) for part in parts]
    return " + ".join(f'"{part}"' for part in parts)


def _signal_label(signal: SignalGraph) -> str:
    return f"{signal.signal} (muted)" if signal.muted else signal.signal


def _receiver_label(receiver: ReceiverView) -> str:
    return f"{receiver.receiver}{'' if receiver.connections else ' (listens to no sender)'}"


def _labels(receiver: ReceiverView) -> str:
    return ", ".join(map(_label, receiver.connections))


def _label(connection: Connection) -> str:
    return "ANY" if connection.any else sender_label(connection.sender)
