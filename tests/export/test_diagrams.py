"""Graphs as text for Mermaid and Graphviz, read back by their own parsers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from signalcli.export.diagrams import write_dot, write_mermaid
from signalcli.text import escape, sender_label
from signalcli.values.graph import Graph, graph_of
from signalcli.values.inspection import (
    ApplicationReceiverDetails,
    Connection,
    ReceiverView,
    SenderReceivers,
    SignalView,
)
from tests.support.diagram_parsers import Drawn, Edge, drawn, read_by_graphviz, read_by_mermaid

ANY = Connection(True)
PARSERS = [
    pytest.param(write_mermaid, read_by_mermaid, id="mermaid", marks=pytest.mark.slow),
    pytest.param(write_dot, read_by_graphviz, id="graphviz"),
]
both = pytest.mark.parametrize(("written", "read"), PARSERS)
Written = Callable[[Graph], str]
Read = Callable[[Sequence[str]], list[Drawn]]

HOSTILE = [
    *('a "quoted" b', "'", "[x]", "{{x}}", "(x)", "a|b", "a --> b", "---", "end", "subgraph"),
    *("click signal0 href", "node", "digraph { a -> b }", "%% comment"),
    *("%%{init: {'theme': 'dark'}}%%", "`code`", "`**bold**`", "**bold** _it_ ~~gone~~"),
    *("# heading", "1. first", "- item", "[link](http://localhost)", "![image](x)"),
    *("<b>bold</b>", "<br/>", "<script>alert(1)</script>", "&lt;", "&amp;", "&#65;", "#quot;"),
    *("#35;", "#9829;", "a & b", "\\", "ends with \\", '\\"', "\\N \\G \\l \\r \\n", "a\nb"),
    *("a\tb\rc", "a\x00\x1b[31m\x7f\x9b", "a\u202eb\u2028c\u2066d", "\ud800", ";", "a; b"),
    *("a:b", 'style a:"x"', "style:<b>", 'classDef a:"x"', "linkStyle 0 stroke:#ff3"),
    *("fa:fa-car", "fab:fa-github x", "$$x^2$$", "$5 to $6", "@{shape: x}", "x:::y", "大象"),
    *("👨\u200d👩\u200d👧 🐘", "e\u0301", "  spaced   out  ", "\u00a0", "Straße"),
    *("javascript:alert(1)", "x" * 2_000, "大" * 10_000),
]


def view(
    signal: str,
    *receivers: tuple[str, bool, Sequence[Connection]],
    muted: bool = False,
    kind: str = "named",
) -> SignalView:
    """Return a signal with receivers: the name of each, whether it is held weakly, and its senders."""
    connections = {c for _, _, connections in receivers for c in connections}
    asked = sorted(connections, key=lambda c: (not c.any, str(c.sender)))
    return SignalView(
        signal,
        kind,
        None,
        muted,
        True,
        tuple(ReceiverView(name, weak, False, tuple(c), None, None) for name, weak, c in receivers),
        tuple(SenderReceivers(c.any, c.sender, True, (), None) for c in asked),
    )


def meant(*views: SignalView) -> Drawn:
    """Return the drawing that a parser should read."""
    nodes: list[tuple[str, str]] = []
    edges: list[Edge] = []
    for signal in views:
        name = escape(f"{signal.signal}{' (muted)' if signal.muted else ''}")
        nodes.append((name, "signal"))
        for sender in {label(c) for r in signal.receivers for c in r.connections}:
            nodes.append((sender, "sender"))
            edges.append(Edge(sender, name, "", False))
        for receiver in signal.receivers:
            heard = ", ".join(map(label, receiver.connections))
            shown = escape(receiver.receiver) + ("" if heard else " (listens to no sender)")
            nodes.append((shown, "receiver"))
            if heard:
                edges.append(Edge(name, shown, heard, receiver.weak))
    return drawn(nodes, edges)


def label(connection: Connection) -> str:
    return escape("ANY" if connection.any else sender_label(connection.sender))


def hostile_view(text: str) -> SignalView:
    """Return a signal that uses a text as every kind of name."""
    other = Connection(False, text)
    return view(
        text, (text, True, [ANY, other]), ("plain", False, [other]), (f"{text}2", False, [])
    )


# The text itself.

KINGDOM = [
    view(
        "king",
        ("animal", True, [ANY, Connection(False, "大象")]),
        ("echo", False, [Connection(False, "大象"), Connection(False, 1)]),
        ("gone", True, []),
        muted=True,
    ),
    view("zoo/empty"),
]


FLOWCHART = """\
flowchart LR
    signal0{{"king #40;muted#41;"}}
    signal0_sender0(["ANY"]) --> signal0
    signal0_sender1(["1"]) --> signal0
    signal0_sender2(["大象"]) --> signal0
    signal0 -.->|"ANY, 大象"| signal0_receiver0["animal"]
    signal0 -->|"大象, 1"| signal0_receiver1["echo"]
    signal0_receiver2["gone #40;listens to no sender#41;"]
    signal1{{"zoo/empty"}}"""
DIGRAPH = """\
digraph signals {
    rankdir=LR;
    node [shape=box];
    subgraph cluster_signal0 {
        signal0 [label="king (muted)", shape=hexagon];
        signal0_sender0 [label="ANY", shape=oval];
        signal0_sender0 -> signal0;
        signal0_sender1 [label="1", shape=oval];
        signal0_sender1 -> signal0;
        signal0_sender2 [label="大象", shape=oval];
        signal0_sender2 -> signal0;
        signal0_receiver0 [label="animal"];
        signal0 -> signal0_receiver0 [label="ANY, 大象", style=dashed];
        signal0_receiver1 [label="echo"];
        signal0 -> signal0_receiver1 [label="大象, 1"];
        signal0_receiver2 [label="gone (listens to no sender)"];
    }
    subgraph cluster_signal1 {
        signal1 [label="zoo/empty", shape=hexagon];
    }
}"""


@pytest.mark.parametrize(("written", "text"), [(write_mermaid, FLOWCHART), (write_dot, DIGRAPH)])
def test_the_text_of_a_graph(written: Written, text: str) -> None:
    assert written(graph_of(KINGDOM)) == text


@both
def test_the_text_holds_nothing_unsafe(written: Written, read: Read) -> None:
    text = written(graph_of(map(hostile_view, HOSTILE)))

    assert escape(text, keep="\n") == text


# The drawings that parsers read.


@both
def test_a_parser_reads_what_was_meant(written: Written, read: Read) -> None:
    """No signals, some signals, and two signals of one name."""
    graphs = [[], KINGDOM, [view("a"), view("a")]]

    seen = read([written(graph_of(views)) for views in graphs])

    assert seen == [meant(*views) for views in graphs]


@both
@pytest.mark.parametrize("weak", [True, False])
def test_a_send_of_another_signal_is_an_edge(written: Written, read: Read, weak: bool) -> None:
    """If the other signal is not in the graph, it is a receiver like any other."""
    details = ApplicationReceiverDetails("method", "plain", sends="paid")
    receiver = ReceiverView("paid.send", weak, False, (ANY,), None, None, details)
    ordered, paid = view("ordered")._replace(receivers=(receiver,)), view("paid")
    nodes, sent = [("ANY", "sender"), ("ordered", "signal")], Edge("ANY", "ordered", "", False)

    together, without = read([written(graph_of(views)) for views in ([ordered, paid], [ordered])])

    assert together == drawn(
        [*nodes, ("paid", "signal")], [sent, Edge("ordered", "paid", "ANY", weak)]
    )
    assert without == drawn(
        [*nodes, ("paid.send", "receiver")], [sent, Edge("ordered", "paid.send", "ANY", weak)]
    )


@both
def test_hostile_text_is_a_label_like_any_other(written: Written, read: Read) -> None:
    views = [hostile_view(text) for text in HOSTILE]

    seen = read([written(graph_of([one])) for one in views])

    differing = {
        text[:40]: (found, meant(one))
        for text, one, found in zip(HOSTILE, views, seen, strict=True)
        if found != meant(one)
    }
    assert differing == {}


@both
def test_all_signals_stand_in_one_graph(written: Written, read: Read) -> None:
    views = [hostile_view(text) for text in HOSTILE[:24:2]]

    assert read([written(graph_of(views))]) == [meant(*views)]


TOKENS = [
    *('"', "'", "\\", "`", "<", ">", "&", "#", ";", "%", "%%", "[", "]", "{", "}", "(", ")"),
    *("|", "/", "@", ":", "_", "**", "~~~", "$$", "-->", "--", "==", "end", "style"),
    *("classDef", "\\n", "&amp;", "#59;", "fa:fa-x", "大", "🐘", "subgraph", "click"),
]
PARTS = st.sampled_from([*TOKENS, " ", "\n"]) | st.text(max_size=3)
TEXTS = st.lists(PARTS, min_size=1, max_size=8).map("".join).filter(str.strip)
SENDERS = st.one_of(TEXTS, st.integers(), st.just(None))


@both
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(names=st.lists(st.tuples(TEXTS, TEXTS, SENDERS), min_size=20, max_size=40))
def test_any_text_is_a_label_like_any_other(
    written: Written, read: Read, names: list[tuple[str, str, object]]
) -> None:
    """Many at a time, since starting Node is slow."""
    views = [
        view(signal, (receiver, weak, [Connection(False, sender)]))
        for weak, (signal, receiver, sender) in zip([True, False] * 20, names, strict=False)
    ]

    seen = read([written(graph_of([one])) for one in views])

    pairs = zip(views, seen, strict=True)
    assert [(one, found) for one, found in pairs if found != meant(one)] == []
