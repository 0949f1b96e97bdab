"""Read diagrams back by Graphviz's and Mermaid's own parsers."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest

from tests.support.cli import finished

DRIVER = Path(__file__).parent / "parsers" / "parse_mermaid.mjs"
MODULES = "PARSER_MODULES"
"""The variable with the ``node_modules`` that holds mermaid, jsdom and speedscope."""
REQUIRED = "CI_HAS_PARSERS"
"""If this variable is 1, a missing parser fails tests instead of skipping them."""
SVG = "{http://www.w3.org/2000/svg}"


class Edge(NamedTuple):
    """A line from one node to another, by their labels."""

    start: str
    end: str
    label: str
    broken: bool
    """Whether it is dotted or dashed."""


class Drawn(NamedTuple):
    """The nodes and edges of a diagram, sorted."""

    nodes: list[tuple[str, str]]
    """The label of each, and what kind of node it is by its shape."""
    edges: list[Edge]


def drawn(nodes: Sequence[tuple[str, str]], edges: Sequence[Edge]) -> Drawn:
    """Return a drawing with labels as a page shows them: white space is collapsed."""
    labelled = [
        Edge(shown(start), shown(end), shown(label), broken) for start, end, label, broken in edges
    ]
    return Drawn(sorted((shown(label), kind) for label, kind in nodes), sorted(labelled))


def shown(label: str) -> str:
    return " ".join(label.split())


def missing(what: str) -> None:
    """Skip a test that needs a parser, or fail where there must be one."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{what}, and {REQUIRED} says that there is one")
    pytest.skip(what)


def read_by_mermaid(texts: Sequence[str]) -> list[Drawn]:
    """Return the drawings that Mermaid's own parser and renderer read."""
    modules, node = os.environ.get(MODULES), shutil.which("node")
    if node is None or modules is None or not Path(modules, "mermaid").is_dir():
        missing(f"needs node, and {MODULES} with mermaid and jsdom")
        return []
    read = finished([node, DRIVER], input=json.dumps(list(texts)), timeout=120)
    assert read.status == 0, read.stderr
    return [_flowchart(each) for each in read.json]


KINDS = {"hexagon": "signal", "stadium": "sender", "square": "receiver"}


def _flowchart(read: Any) -> Drawn:
    assert "error" not in read, read["error"]
    labels = {name: node["label"] for name, node in read["nodes"].items()}
    return drawn(
        [(node["label"], KINDS[node["shape"]]) for node in read["nodes"].values()],
        [
            Edge(labels[e["start"]], labels[e["end"]], e["label"], e["stroke"] == "dotted")
            for e in read["edges"]
        ],
    )


def read_by_graphviz(texts: Sequence[str]) -> list[Drawn]:
    """Return the drawings that Graphviz reads."""
    program = shutil.which("dot")
    if program is None:
        missing("needs Graphviz")
        return []
    read = finished([program, "-Tsvg"], input="\n".join(texts), timeout=120)
    assert (read.status, read.stderr) == (0, "")
    documents = read.stdout.split("<?xml")[1:]
    return [_directed(ElementTree.fromstring(f"<?xml{document}")) for document in documents]


def _directed(svg: ElementTree.Element) -> Drawn:
    groups = [(group, _title(group)) for group in svg.iter(f"{SVG}g")]
    labels = {title: _text(group) for group, title in groups if group.get("class") == "node"}
    kinds = {title: _kind(group) for group, title in groups if group.get("class") == "node"}
    edges = []
    for group, title in groups:
        if group.get("class") == "edge":
            start, _, end = title.partition("->")
            path = group.find(f"{SVG}path")
            assert path is not None
            broken = path.get("stroke-dasharray") is not None
            edges.append(Edge(labels[start], labels[end], _text(group), broken))
    return drawn([(labels[title], kind) for title, kind in kinds.items()], edges)


def _kind(node: ElementTree.Element) -> str:
    """A polygon names its first point twice."""
    if node.find(f"{SVG}ellipse") is not None:
        return "sender"
    polygon = node.find(f"{SVG}polygon")
    assert polygon is not None
    return {7: "signal", 5: "receiver"}[len(str(polygon.get("points")).split())]


def _title(group: ElementTree.Element) -> str:
    title = group.find(f"{SVG}title")
    return "" if title is None else str(title.text)


def _text(group: ElementTree.Element) -> str:
    return "\n".join(str(text.text or "") for text in group.findall(f"{SVG}text"))
