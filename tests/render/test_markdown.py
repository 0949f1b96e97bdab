"""``--save FILE.md``: what a command shows, as Markdown that other programs understand."""

from __future__ import annotations

import re
import shlex
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.text import Text

from signalcli.render.saved.printed import text_and_tables
from signalcli.text import escape
from signalcli.tour.lessons.index import LESSONS
from tests.render.test_pictures import HOSTILE
from tests.support.cli import SessionWith, SignalCli
from tests.test_hostile_text import UNSAFE, typed

pytestmark = pytest.mark.slow
PARSER = MarkdownIt("commonmark").enable("table")


def saved(signalcli: SignalCli, *words: str) -> str:
    """Run a command, and return the Markdown that it saves."""
    result = signalcli.ok(*words, "--save", "d.md")
    assert "d.md" in result.stderr
    return (signalcli.directory / "d.md").read_text(encoding="utf-8")


def of_type(text: str, kind: str) -> list[Token]:
    return [token for token in PARSER.parse(text) if token.type == kind]


class _Words(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(text: str) -> str:
    """What a reader of the Markdown sees."""
    return _Words(PARSER.render(text)).text


def test_a_lesson_has_headings_code_and_tables(signalcli: SignalCli) -> None:
    text = saved(signalcli, "tour", "2.4", "--lang", "zh")

    lesson = LESSONS["2.4"]
    code: dict[str, list[str]] = {language: [] for language in ("console", "python", "text")}
    for token in of_type(text, "fence"):
        code[token.info].append(token.content)
    levels = [token.tag for token in of_type(text, "heading_open")]
    commands = [line for step in lesson.steps for line in step.commands]
    assert levels == ["h1", "h2", *["h3", "h4", "h4"] * 3, "h3"]
    assert code["python"] == [step.python for step in lesson.steps]
    assert code["console"] == [
        f"$ {line}\n" for line in [*commands, "signalcli tour 2.4 --exercise"]
    ]
    assert len(of_type(text, "table_open")) == 3
    assert '用 `sender="大象"` 连接之后，小钻风只听大象的' in text
    assert not re.search("[│╭╰]", text)


def test_lessons_have_links(signalcli: SignalCli) -> None:
    text = saved(signalcli, "tour", "2.2", "2.1")

    links = re.findall(r"\(#([^)]+)\)", text)
    assert links == ["2.2", "2.1", *("contents", "2.1"), *("2.2", "contents")]
    assert re.findall('<a id="([^"]+)"></a>', text) == ["contents", "2.2", "2.1"]


@pytest.mark.parametrize("line", ["inspect", "list", "graph", "send king elephant", "history"])
def test_other_commands(session_with: SessionWith, line: str) -> None:
    signalcli = session_with("connect king animal --sender 大象; send king 大象")

    text = saved(signalcli, *shlex.split(line))

    assert text.startswith(f"# `signalcli {line}`\n\n")
    assert "king" in shown(text).partition("\n")[2]
    assert of_type(text, "table_open" if line != "graph" else "bullet_list_open") != []


def test_hostile_text_is_text(shared_session: SessionWith) -> None:
    signalcli = shared_session()
    for text in HOSTILE:
        signalcli.ok("connect", typed(f"s{text}"), "echo", "--sender", typed(text))

    content = saved(signalcli, "inspect")

    whole = "".join(shown(content).split())
    assert [text for text in HOSTILE if "".join(escape(text).split()) not in whole] == []
    assert UNSAFE.findall(content) == []
    assert "<script" not in PARSER.render(content)


TABLE = """\
before
╭──────┬───────╮
│ name │ value │
├──────┼───────┤
│ a    │ {} │
│      │ more  │
╰──────┴───────╯
after"""


def test_a_printed_table_is_a_table() -> None:
    before, table, after = text_and_tables(Text(TABLE.format("some ")))

    assert (str(before), str(after)) == ("before", "after")
    assert not isinstance(table, Text)
    cells = [[str(line) for line in cell] for cell in table.filled_columns()["value"]]
    assert list(table.filled_columns()) == ["name", "value"]
    assert cells == [["some", "more"]]


@pytest.mark.parametrize("printed", [TABLE.format("a │ b"), "╭──╮\n│ a │\n", "│ a │", "", "\n"])
def test_what_is_no_whole_table_is_text(printed: str) -> None:
    assert [str(part) for part in text_and_tables(Text(printed))] == [printed]
