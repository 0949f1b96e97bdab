"""Where names, dates and addresses go on when they are wider than their column."""

from __future__ import annotations

import pytest
from rich.console import Console
from rich.text import Text

from signalcli.render.parts import folding
from tests.support.cli import SessionWith

URL = "https://example.com/a/very/long/path/that/is/an/url?with=query&page=2"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("when=2026-11-28T05:02:14", 20, ["when=2026-11-28T", "05:02:14"]),
        ("when=2026-11-28T05:02:14", 11, ["when=", "2026-11-28T", "05:02:14"]),
        ("to " + URL, 36, ["to https://example.com/a/very/long/", "path/that/is/an/url?with=query&page=", "2"]),
        ("elephants=1,000,lions,version=1.25.3", 16, ["elephants=1,000,", "lions,version=", "1.25.3"]),
        ("deep/handlers.py:on_the_king_returns", 18, ["deep/handlers.py", ":on_the_king_", "returns"]),
        ("king:receiver_connected", 12, ["king", ":receiver_", "connected"]),
        ("my-shop-2026-11-28", 12, ["my-shop-", "2026-11-28"]),
    ],
)  # fmt: skip
def test_a_word_goes_on_where_it_is_best_broken(text: str, width: int, lines: list[str]) -> None:
    wrapped = folding(Text(text)).wrap(Console(), width)

    assert [line.plain.rstrip() for line in wrapped] == lines


def test_names_in_graphs_go_on_as_those_in_tables(session_with: SessionWith) -> None:
    module = "deep path/handlers_of_kings.py"
    function = "on_the_king_returning_to_the_cave_with_all_his_friends"
    signalcli = session_with("")
    signalcli.write(module, f"def {function}(sender): ...")
    signalcli.ok("connect", "king", f"{module}:{function}", "--quiet")

    shown = signalcli("graph", environment={"COLUMNS": "60"}).stdout

    assert [line.rstrip() for line in shown.splitlines()[2:]] == [
        "    └── deep path/handlers_of_kings.py:on_the_king_",
        "        returning_to_the_cave_with_all_his_friends  held",
        "        weakly",
    ]
