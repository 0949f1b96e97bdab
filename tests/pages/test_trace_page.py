"""The page of a trace, in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from signalcli.pages.trace_page import trace_page
from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import Call, RaisedError
from signalcli.values.trace import Event, ProgramTrace, RequestTimeline
from tests.support.browser import Browser

pytestmark = pytest.mark.slow

HOSTILE = "</script><script>document.title='run'</script><!--<img src=x onerror=alert(1)>&amp;"
UNSAFE = "a\n\u202eb\u2028c\udcffd\x1b[2J"
UNSAFE_SHOWN = r"a\n\u202eb\u2028c\udcffd\x1b[2J"
NOTED = Call("shop.audit", "returned", "listens to ANY", "noted", seconds=0.002)
LOST = Call("shop.Mailer.send", "skipped", "listens only to 大象")
FAILED = Call(
    "shop.pay", "raised", "listens to ANY", error=RaisedError("ValueError", "no\nway", "shop.py:9")
)
EVENTS = (
    Event("order", 0, "大象", ("item", "count"), False, (NOTED, LOST), 0.005, started=0.001),
    Event("paid", 1, "mail", (), False, (FAILED,), 0.001, started=0.002),
    Event("paid", 1, "mail", ("late",), False, (NOTED,), 0.001, started=0.004),
    Event("lost", 0, 7, (), False, (), 0.000004, started=0.02)._replace(died=("orders.py:31",)),
    Event(HOSTILE, 0, UNSAFE, (HOSTILE,), False, (), 0.0, started=0.03),
)
CHANGE = ConnectionChange(
    "connected", "paid", "shop.pay", "shop.py:3", "shop.py:8", True, started=0.0015
)
TRACE = ProgramTrace(("shop.py", "--all"), 3, EVENTS, 0.05, changes=(CHANGE,))
NAMES = ["shop.py --all", "order", "paid", "paid", "lost", HOSTILE]
ROWS = "#rows [role=treeitem]"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("page") / "trace.html"
    made.write_text(trace_page([TRACE], "signalcli trace run shop.py"), encoding="utf-8")
    return made


@pytest.fixture
def page(browser: Browser, path: Path) -> Browser:
    browser.resize(1280, 800)
    browser.open(path)
    return browser


def names(page: Browser) -> list[str]:
    """The signals of the rows, without the marks of folding."""
    return [text.lstrip("▾▸") for text in page.texts(f"{ROWS} .name")]


def active(page: Browser) -> str:
    """The name of the row that a screen reader is at."""
    row = page.one("#tree").get_attribute("aria-activedescendant")
    assert page.texts("[aria-selected=true] .name") == page.texts(f"#{row} .name")
    return page.one(f"#{row} .name").text.lstrip("▾▸")


def test_the_page_opens_without_a_network_and_without_a_complaint(
    page: Browser, path: Path
) -> None:
    assert names(page) == NAMES
    assert page.requests() == [path.as_uri()]
    assert page.complaints() == []
    assert page.one("html").get_attribute("lang") == "en"
    assert page.driver.title == "shop.py --all"
    assert page.texts(".facts li") == ["status 3", "50.0 ms", "5 sends", "1 raised", "2 unheard"]


def test_hostile_names_are_shown_as_text(page: Browser) -> None:
    row = page.all(ROWS)[-1]
    row.click()

    assert page.driver.title == "shop.py --all"
    assert page.all("img") == []
    assert UNSAFE_SHOWN in page.one("#details").text
    assert page.one("#details h2").text == HOSTILE


def test_the_rows_are_a_tree_for_screen_readers(page: Browser) -> None:
    attributes = ("aria-level", "aria-expanded", "aria-posinset", "aria-setsize")

    assert [[row.get_attribute(name) for name in attributes] for row in page.all(ROWS)] == [
        ["1", "true", "1", "1"],
        ["2", "true", "1", "3"],
        ["3", None, "1", "2"],
        ["3", None, "2", "2"],
        ["2", None, "2", "3"],
        ["2", None, "3", "3"],
    ]
    assert page.one("#tree").aria_role == "tree"


def test_the_arrow_keys_move_and_fold(page: Browser) -> None:
    page.press(Keys.ARROW_DOWN)
    assert active(page) == "order"
    page.press(Keys.ARROW_LEFT)
    assert names(page) == ["shop.py --all", "order", "lost", HOSTILE]
    page.press(Keys.ARROW_LEFT)
    assert active(page) == "shop.py --all"
    page.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert (active(page), names(page)) == ("paid", NAMES)
    page.press(Keys.END)
    assert active(page) == HOSTILE
    page.press(Keys.HOME)
    assert active(page) == "shop.py --all"


@pytest.mark.parametrize("key", [Keys.ENTER, Keys.SPACE])
def test_a_key_folds_and_unfolds(page: Browser, key: str) -> None:
    page.press(key)
    assert names(page) == NAMES[:1]
    page.press(key)
    assert names(page) == NAMES


def test_the_mouse_folds_and_chooses(page: Browser) -> None:
    page.all(f"{ROWS} .fold")[1].click()
    assert names(page) == ["shop.py --all", "order", "lost", HOSTILE]
    page.one("[name=unfold]").click()
    page.all(ROWS)[4].click()
    assert active(page) == "lost"


def test_the_search_finds_text_of_calls_and_ends_with_escape(page: Browser) -> None:
    page.press("/")
    page.press("valueerror")
    assert names(page) == ["shop.py --all", "order", "paid"]
    assert page.one("output").text == "1 of 5 sends"
    page.press(Keys.ESCAPE)
    assert names(page) == NAMES
    assert page.driver.switch_to.active_element.get_attribute("id") == "tree"


@pytest.mark.parametrize(
    ("field", "choice", "expected"),
    [
        ("signal", "paid (2)", ["order", "paid", "paid"]),
        ("receiver", "shop.Mailer.send (1)", ["order"]),
        ("receiver", "shop.audit (2)", ["order", "paid"]),
    ],
)
def test_a_choice_filters(page: Browser, field: str, choice: str, expected: list[str]) -> None:
    page.one(f"[name={field}]").send_keys(choice)

    assert names(page) == ["shop.py --all", *expected]
    page.one("[type=reset]").click()
    page.wait_for("document.querySelector('output').value === '5 sends'")
    assert names(page) == NAMES


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("unheard", ["lost", HOSTILE]),
        ("raised", ["order", "paid"]),
        ("changes", ["order", "paid", "paid", "paid", "lost", HOSTILE]),
    ],
)
def test_a_box_filters(page: Browser, field: str, expected: list[str]) -> None:
    page.one(f"[name={field}]").click()

    assert names(page) == ["shop.py --all", *expected]


def test_slow_sends_are_found(page: Browser) -> None:
    page.one("[name=slow]").send_keys("4.5")

    assert names(page) == ["shop.py --all", "order"]


def test_a_filter_without_a_match_has_a_note(page: Browser) -> None:
    page.one("[name=text]").send_keys("there is none")

    assert names(page) == []
    assert page.one("#details").text == "No send matches."
    assert page.one("output").text == "0 of 5 sends"


def test_details_show_every_receiver(page: Browser) -> None:
    page.press(Keys.ARROW_DOWN)
    assert page.texts("#details h3") == ["shop.audit ● returned", "shop.Mailer.send ○ skipped"]
    shown = page.one("#details").text
    assert [text for text in ("大象", "item, count", "2.000 ms") if text not in shown] == []
    assert "listens only to 大象" in shown

    page.press(Keys.ARROW_DOWN)
    shown = page.one("#details").text
    assert "ValueError: no\nway" in shown
    assert "shop.py:9" in shown

    page.press(Keys.END, Keys.ARROW_UP)
    assert "1 receiver died: orders.py:31" in page.one("#details").text


def test_the_page_follows_the_system_and_its_switch(browser: Browser, path: Path) -> None:
    def background() -> str:
        return str(browser.run("return getComputedStyle(document.body).backgroundColor"))

    browser.open(path, prefers_color_scheme="light")
    light = background()
    browser.open(path, prefers_color_scheme="dark")
    dark = background()
    browser.one("#theme").click()

    assert light != dark
    assert background() == light


def test_requests_are_the_outermost_rows(browser: Browser, tmp_path: Path) -> None:
    login = RequestTimeline("POST", "/login", 302, EVENTS[:1], 0.01, body="go\n", then="GET /")
    root = RequestTimeline("GET", "/", 0, EVENTS[3:4], 0.01, error=RaisedError("Exit", "", None))
    path = tmp_path / "requests.html"
    path.write_text(trace_page([login, root], "signalcli trace"), encoding="utf-8")

    browser.open(path)

    assert names(browser) == ["POST /login", "order", "GET /", "lost"]
    assert browser.texts(f"{ROWS}.trace .heard") == ["302 Found", "no answer"]
    assert browser.one("h1").text == "signalcli trace"
    assert browser.texts(".facts li")[1] == "2 requests"


def test_the_rows_of_one_process_can_be_chosen(browser: Browser, tmp_path: Path) -> None:
    events = [event._replace(process=10 + index % 2) for index, event in enumerate(EVENTS[:4])]
    path = tmp_path / "processes.html"
    path.write_text(trace_page([TRACE._replace(events=tuple(events))], ""), encoding="utf-8")

    browser.open(path)
    browser.one("[name=process]").send_keys("11 (2)")

    assert browser.texts(f"{ROWS} .process") == ["", "11", "11"]


def write_many(path: Path, count: int) -> Path:
    """Write the page of many sends."""
    events = tuple(
        Event(f"signal{n % 50}", 0, f"s{n}", ("n",), False, (NOTED,), 0.001, started=n / 1000)
        for n in range(count)
    )
    path.write_text(
        trace_page([ProgramTrace(("many.py",), 0, events, 100.0)], ""), encoding="utf-8"
    )
    return path


def test_a_hundred_thousand_sends_scroll_and_filter(browser: Browser, tmp_path: Path) -> None:
    browser.open(write_many(tmp_path / "many.html", 100_000))
    browser.press(Keys.END)

    assert active(browser) == "signal49"
    assert len(browser.all(ROWS)) < 200
    browser.press("/")
    browser.press("s99998")
    assert browser.texts(f"{ROWS} .sender") == ["", "s99998"]
    assert browser.complaints() == []


def test_paper_has_rows_that_are_out_of_view(browser: Browser, tmp_path: Path) -> None:
    browser.open(write_many(tmp_path / "many.html", 500))
    in_view = len(browser.all(ROWS))

    browser.run("dispatchEvent(new Event('beforeprint'))")
    printed = len(browser.all(ROWS))
    browser.run("dispatchEvent(new Event('afterprint'))")

    assert (in_view < 200, printed, len(browser.all(ROWS))) == (True, 501, in_view)


@pytest.mark.parametrize(
    "sends, shown", [(1_999, ""), (2_000, "1 more row isn't printed."), (4_100, "2,101 more rows")]
)
def test_paper_says_how_many_rows_it_lacks(
    browser: Browser, tmp_path: Path, sends: int, shown: str
) -> None:
    browser.open(write_many(tmp_path / "many.html", sends))
    browser.run("dispatchEvent(new Event('beforeprint'))")

    text = browser.run("return document.getElementById('unprinted').textContent")
    assert (bool(text), text.startswith(shown)) == (bool(shown), True)


@pytest.mark.parametrize("width", [2560, 1280, 1200, 1100, 1000, 700, 500])
def test_no_column_is_cut_by_the_width_of_the_page(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    events = [event._replace(process=40_000 + index) for index, event in enumerate(EVENTS * 20)]
    path = tmp_path / "trace.html"
    path.write_text(trace_page([TRACE._replace(events=tuple(events))], "run"), encoding="utf-8")
    browser.resize(width, 800)
    browser.open(path)

    assert browser.run(
        "const view = document.getElementById('tree');"
        "const right = view.getBoundingClientRect().left + view.clientWidth;"
        "return [...view.querySelectorAll('.row .time')]"
        ".every((cell) => cell.getBoundingClientRect().right <= right)"
    )
