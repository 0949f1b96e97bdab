"""A wider screen never shows less: which columns tables have at all widths."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table
from rich.text import Text

from signalcli.render.parts import FittingTable, folding
from signalcli.render.signals import draw_signal_list
from signalcli.values.inspection import SignalList, SignalSummary
from tests.support.cli import SessionWith

WIDTHS = range(60, 201, 3)
WORDS = (
    *("巡山", "king", "shop.handlers.on_king", "the king has returned"),
    "zoo/a-very-long-signal-name-with-dashes-and-so-on",
)
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
HEADINGS = ["receiver", "signal", "kind", "defined at", "does"]


def never_shrinks(renderables: dict[int, Any]) -> None:
    """Check that each column of a table is there on wider screens, too."""
    shown: set[str] = set()
    for width, renderable in renderables.items():
        console = Console(width=width)
        drawn = renderable
        while not isinstance(drawn, Table):
            (drawn,) = drawn.__rich_console__(console, console.options)
        before, shown = shown, {str(column.header) for column in drawn.columns} - {"defined at"}
        assert before <= shown, f"at {width} columns"


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(*[TEXTS] * len(HEADINGS)), min_size=1, max_size=3),
    st.sampled_from([None, "defined at"]),
    st.permutations(["signal", "kind", "does"]),
    st.booleans(),
)
def test_tables_keep_their_columns(
    rows: list[tuple[str, ...]], below: str | None, optional: list[str], keeps_optional: bool
) -> None:
    table = FittingTable(
        *HEADINGS, below=below, optional=optional[:2], keeps_optional=keeps_optional
    )
    for row in rows:
        place = folding(Text(row[3]), "path")
        table.add_row(*map(Text, row[:3]), place, Text(row[4]))

    never_shrinks(dict.fromkeys(WIDTHS, table))


SUMMARIES = st.builds(
    SignalSummary,
    signal=st.sampled_from(WORDS),
    kind=st.just("named"),
    doc=st.none() | TEXTS,
    muted=st.booleans(),
    receiver_names=st.lists(st.sampled_from(WORDS)).map(tuple),
    connections=st.integers(0, 9),
    library=st.none(),
    package=st.none(),
    connected_at=st.just(()),
)


@settings(deadline=None, max_examples=50)
@given(st.lists(SUMMARIES, min_size=1, max_size=3), st.sampled_from([None, "blinker"]))
def test_lists_keep_their_columns(summaries: list[SignalSummary], library: str | None) -> None:
    signals = tuple(summary._replace(library=library) for summary in summaries)

    never_shrinks(dict.fromkeys(WIDTHS, draw_signal_list(SignalList(signals))))


def test_the_history_has_its_payload_at_all_widths(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect zoo/a-very-long-signal-name-with-dashes-and-so-on animal; connect king animal",
        "send zoo/a-very-long-signal-name-with-dashes-and-so-on 巡山的小钻风听说大王回来了就去巡山 when=2026-11-28T05:02:14",
        "send king 大象 a=b",
    )
    for width in range(60, 201, 10):
        shown = signalcli("history", environment={"COLUMNS": str(width)}).stdout

        assert "a=b" in shown
