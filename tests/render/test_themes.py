"""``--theme``: colours for a light or a dark background."""

from __future__ import annotations

import re

import pytest

from tests.support.cli import SessionWith, SignalCli

WHITE, DARK = "#ffffff", "#292929"


@pytest.fixture(scope="module")
def muted_king(shared_session: SessionWith) -> SignalCli:
    return shared_session("connect king animal --sender 大象; connect king echo; mute king")


@pytest.mark.parametrize(
    ("options", "background"), [([], DARK), (["dark"], DARK), (["light"], WHITE)], ids=str
)
def test_a_picture_has_the_background_of_its_theme(
    muted_king: SignalCli, options: list[str], background: str
) -> None:
    theme = ["--theme", *options] if options else []

    muted_king.ok("graph", "--save", "graph.svg", *theme)

    drawing = (muted_king.directory / "graph.svg").read_text("utf-8")
    frame = re.search(r'<rect fill="(#\w+)"', drawing)
    assert frame is not None
    assert frame.group(1) == background


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_begins_in_its_theme(muted_king: SignalCli, theme: str) -> None:
    muted_king.ok("list", "--save", "list.html", "--theme", theme)

    page = (muted_king.directory / "list.html").read_text("utf-8")
    assert f'<html lang="en" style="color-scheme: {theme}">' in page


def test_a_page_without_a_theme_follows_the_system(muted_king: SignalCli) -> None:
    muted_king.ok("list", "--save", "list.html")

    assert '<html lang="en">' in (muted_king.directory / "list.html").read_text("utf-8")


def test_a_light_terminal_gets_no_cyan_and_no_yellow(muted_king: SignalCli) -> None:
    color = {"FORCE_COLOR": "1"}

    dark = muted_king("graph", environment=color).stdout
    light = muted_king("graph", "--theme", "light", environment=color).stdout

    code = r"\x1b\[(?:\d+;)*(\d+)m"
    assert {"33", "36"} <= set(re.findall(code, dark))
    assert {"33", "36"}.isdisjoint(re.findall(code, light))
    assert re.sub(code, "", dark) == re.sub(code, "", light)


@pytest.mark.parametrize(
    ("kind", "theme", "line"),
    [
        ("mermaid", "light", '%%{init: {"theme": "default"}}%%'),
        ("mermaid", "dark", '%%{init: {"theme": "dark"}}%%'),
        ("dot", "light", '    graph [bgcolor="white", color="black", fontcolor="black"];'),
        ("dot", "dark", '    graph [bgcolor="#15191e", color="#dfe3e8", fontcolor="#dfe3e8"];'),
    ],
)
def test_an_exported_graph_has_a_theme(
    muted_king: SignalCli, kind: str, theme: str, line: str
) -> None:
    plain = muted_king.ok("export", kind).stdout.splitlines()
    themed = muted_king.ok("export", kind, "--theme", theme).stdout.splitlines()

    assert line in themed
    assert [one for one in themed if one in plain] == plain


def test_other_exports_have_no_theme(muted_king: SignalCli) -> None:
    sentence = muted_king.refused("export python --theme light")

    assert sentence.startswith("--theme is only for mermaid and dot; got python.")
