"""``--save FILE.html``: what a command shows, as headings, tables, lists and text."""

from __future__ import annotations

import re
import shlex
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from signalcli.text import escape
from signalcli.tour.lessons.index import LESSONS
from tests.render.test_pictures import DRAWING, FAMILY, HOSTILE, KINGDOM, SPOKEN
from tests.support.browser import Browser
from tests.support.cli import SessionWith, SignalCli
from tests.test_hostile_text import UNSAFE, typed

pytestmark = pytest.mark.slow

VOID = {"meta", "br"}
NO_WORD = re.compile(r"[\s│╭╮╰╯─├┤┼┬┴└]+")
"""What is between words, the lines of tables and trees included."""


class Page(HTMLParser):
    """A page that is well formed: each element that is opened is closed, in its turn."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.opened: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.title = ""
        self.text = ""
        self.cells: list[str] = []
        """Of tables."""
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.opened == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag in ("td", "th"):
            self.cells.append("")
        if tag != "span":
            self.text += " "
        if tag not in VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        if "title" in self.opened:
            self.title += data
        if "main" in self.opened:
            self.text += data
        if "td" in self.opened or "th" in self.opened:
            self.cells[-1] += data

    @property
    def words(self) -> set[str]:
        return {*NO_WORD.split(self.text)}

    def values(self, attribute: str) -> list[str]:
        return [value for name, value in self.attributes if name == attribute]


@pytest.fixture(scope="module")
def made(shared_session: SessionWith) -> SignalCli:
    """A session with something in it for every command."""
    return shared_session(*KINGDOM)


def saved(signalcli: SignalCli, *words: str | bytes) -> Page:
    """The page of a command that ends well, or in which a receiver raises."""
    result = signalcli(*words, "--save", "d.html")
    assert result.status in (0, 1), result
    assert result.stderr.endswith(("Saved d.html.\n", "已保存 d.html。\n"))
    return Page(signalcli.directory / "d.html")


@pytest.mark.parametrize(
    "line",
    [line for line in DRAWING if not line.startswith(("drop", "connect", "disconnect", "flask r"))],
    ids=lambda line: line[:25],
)
def test_a_page_has_every_word_of_the_drawing(made: SignalCli, line: str) -> None:
    words = shlex.split(line)

    shown = made(*words, "--save", "d.html")

    page = Page(made.directory / "d.html")
    drawn = [row for row in shown.stdout.splitlines() if not row.startswith(SPOKEN)]
    assert drawn != []
    assert {*NO_WORD.split("\n".join(drawn))} - page.words - {""} == set()
    assert page.title == shlex.join(["signalcli", *words])


def test_signals_are_headings_with_links_to_them(made: SignalCli) -> None:
    page = saved(made, "inspect")

    targets = [unquote(link).removeprefix("#") for link in page.values("href")]
    assert page.tags.count("h2") == page.tags.count("a") == len(targets) > 3
    assert [target for target in targets if page.values("id").count(target) != 1] == []
    assert page.values("lang") == ["en"]


def test_receivers_are_rows_of_a_table(made: SignalCli) -> None:
    page = saved(made, "inspect", "king")

    assert page.cells[:3] == ["receiver", "listens to", "held"]
    assert [text for text in ("animal", "大象", "weakly", "qq") if text not in page.cells] == []
    assert page.values("scope") == ["col"] * page.tags.count("th")
    assert "pre" not in page.tags


def test_a_tree_is_a_list_of_lists(made: SignalCli) -> None:
    content = re.sub(r"<span[^>]*>|</span>|\n", "", saved_text(made, "graph", "king"))

    assert "<li>大象<ul><li>animal" in content


def saved_text(signalcli: SignalCli, *words: str) -> str:
    saved(signalcli, *words)
    return (signalcli.directory / "d.html").read_text(encoding="utf-8")


def test_a_lesson_has_headings_text_and_code_in_its_language(signalcli: SignalCli) -> None:
    content = saved_text(signalcli, "tour", "2.4", "--lang", "zh")

    page = Page(signalcli.directory / "d.html")
    assert page.values("lang") == ["zh"]
    assert page.tags.count("h2") == 1
    assert page.tags.count("h3") == 4
    assert page.tags.count("table") == 3
    assert "│" not in page.text
    assert "<code>sender=&quot;大象&quot;</code>" in content
    assert "`" not in page.text
    assert 'king.connect(animal, sender="大象")' in page.text


def test_lessons_of_a_page_link_to_each_other(signalcli: SignalCli, browser: Browser) -> None:
    saved(signalcli, "tour", "2.3", "order")
    browser.open(signalcli.directory / "d.html")

    assert browser.texts("header nav a") == [
        "2.3 Multicast: one send, many receivers",
        "order The order of receivers",
    ]
    assert browser.texts("main nav") == [
        "↑ Contents · → order The order of receivers",
        "← 2.3 Multicast: one send, many receivers · ↑ Contents",
    ]
    browser.one("main p a").click()
    assert browser.one(":target").text == "order The order of receivers"
    browser.all("main nav a")[-1].click()
    assert browser.one(":target").tag_name == "nav"


def test_all_lessons_link_to_those_before_and_after(signalcli: SignalCli) -> None:
    content = saved_text(signalcli, "tour", "2.1", "2.2", "2.7", "--lang", "zh")

    below = re.findall('<nav class="next">(.*?)</nav>', content)
    assert [re.findall('href="#([^"]+)"', links) for links in below] == [
        ["contents", "2.2"],
        ["2.1", "contents", "2.7"],
        ["2.2", "contents"],
    ]
    assert [links.count("目录") for links in below] == [1, 1, 1]
    assert content.index('id="2.2"') > content.index(below[0]) > content.index('id="2.1"')


def test_code_of_a_lesson_can_be_copied(signalcli: SignalCli, browser: Browser) -> None:
    saved(signalcli, "tour", "2.2", "--lang", "zh")
    browser.open(signalcli.directory / "d.html")

    copied = [element.get_property("textContent") for element in browser.all("pre")]

    for step in LESSONS["2.2"].steps:
        assert step.python.strip() in copied
        assert [line for line in step.commands if f"$ {line}" not in copied] == []


def test_hostile_text_is_text(shared_session: SessionWith) -> None:
    signalcli = shared_session()
    for text in HOSTILE:
        signalcli.ok("connect", typed(f"s{text}"), "echo", "--sender", typed(text))

    page = saved(signalcli, "inspect")

    whole = "".join(page.text.split())
    content = (signalcli.directory / "d.html").read_text(encoding="utf-8")
    assert [text for text in HOSTILE if "".join(escape(text).split()) not in whole] == []
    assert UNSAFE.findall(content) == []
    assert page.tags.count("script") == 1


def test_hostile_text_in_a_title_is_text(signalcli: SignalCli) -> None:
    for text in HOSTILE:
        signalcli.ok("define", typed(f"s{text}"))

        page = saved(signalcli, "explain", typed(f"s{text}"))

        assert page.title == escape(f"signalcli explain {shlex.quote(f's{text}')}")


def test_joined_emoji_stay_joined(session_with: SessionWith) -> None:
    signalcli = session_with(f"define '{FAMILY * 3} ok'")

    assert FAMILY * 3 in saved(signalcli, "list").text


@pytest.mark.parametrize("line", ["list", "graph", "inspect", "history"])
def test_a_page_of_nothing_says_so(signalcli: SignalCli, line: str) -> None:
    shown = signalcli.ok(line, "--save", "d.html")

    text = " ".join(Page(signalcli.directory / "d.html").text.split())
    assert (shown.stdout, shown.stderr) == ("", f"{text}\nSaved d.html.\n")


@pytest.mark.parametrize("line", ["inspect", "tour 2.1", "send king 大象"])
def test_a_browser_opens_it_without_a_network_and_without_a_complaint(
    made: SignalCli, browser: Browser, line: str
) -> None:
    saved(made, *shlex.split(line))
    path = made.directory / "d.html"

    browser.open(path, prefers_color_scheme="dark")
    browser.one("#theme").click()

    assert browser.requests() == [path.as_uri()]
    assert browser.complaints() == []
    assert browser.one("#theme").text == "Dark"


def test_a_link_leads_to_a_signal(made: SignalCli, browser: Browser) -> None:
    saved(made, "inspect")
    browser.resize(800, 300)
    browser.open(made.directory / "d.html")

    browser.all("nav a")[2].click()

    assert browser.one(":target").text.startswith(browser.texts("nav a")[2])
