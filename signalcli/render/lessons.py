"""The lessons of the tour: their list, and what was run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from rich.cells import cell_len, get_character_cell_size
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.text import Text

from signalcli.render.parts import new_table
from signalcli.text import escape
from signalcli.tour.run import (
    MARGIN,
    LessonTitle,
    Ran,
    RanPython,
    Syllabus,
    TaughtLesson,
    TaughtStep,
)

WORDS = {
    "en": {
        "lesson": "lesson",
        "title": "teaches",
        "step": "Step {} of {}",
        "status": "status {}",
        "python": "The same in Python:",
        "prints": "It prints:",
        "nothing": "It prints nothing.",
    },
    "zh": {
        "lesson": "课",
        "title": "内容",
        "step": "第 {} 步，共 {} 步",
        "status": "退出状态 {}",
        "python": "用 Python 写：",
        "prints": "打印：",
        "nothing": "什么也没打印。",
    },
}
"""What the tour itself writes, in each language."""

UNLIMITED = 10**7
WIDEST = 100
"""columns: prose that is wider is hard to read."""
OPENING = "（“「『《"
CLOSING = "，。、：；！？）”」』》…"


@singledispatch
def rendered(value: object) -> RenderableType:
    """The list of lessons, or what ran of them."""
    raise TypeError(f"nothing here draws a {type(value).__name__}")


@rendered.register
def _(syllabus: Syllabus) -> RenderableType:
    words = WORDS[syllabus.language]
    table = new_table(words["lesson"], words["title"])
    for lesson in syllabus.lessons:
        table.add_row(Text(lesson.lesson, "lesson.id"), Text(lesson.title))
    return table


@rendered.register
def _(title: LessonTitle) -> RenderableType:
    heading = Text(f"{title.lesson}  {title.title}", "lesson.title")
    return Group(Text(), heading) if title.is_below else heading


@rendered.register
def _(step: TaughtStep) -> RenderableType:
    words = WORDS[step.language]
    teaches = Text(step.teaches)
    teaches.highlight_regex(r"`[^`]+`", "lesson.code")
    return Group(
        Text(),
        Text(words["step"].format(step.number, step.of), "heading"),
        SetIn(teaches, "", WIDEST),
        *(part for ran in step.commands for part in _command(ran, words)),
        *_python(step.python, words),
    )


@rendered.register
def _(lesson: TaughtLesson) -> RenderableType:
    return Group(rendered(lesson.heading), *map(rendered, lesson.steps))


def _command(ran: Ran, words: dict[str, str]) -> Iterator[RenderableType]:
    """A command line, and what it wrote below it."""
    line = Text(f"$ {ran.command}")
    line.highlight_regex(r"^\$", "detail")
    line.highlight_regex(r"signalcli \S+", "lesson.command")
    line.highlight_regex(r" --[\w-]+", "lesson.option")
    yield Text()
    yield SetIn(line, " " * MARGIN)
    output = Text("\n").join(Text.from_ansi(text) for text in ran.output.splitlines())
    if output:
        yield SetIn(output, " " * MARGIN)
    if ran.status:
        yield SetIn(Text(words["status"].format(ran.status), "warning"), " " * MARGIN)


def _python(python: RanPython, words: dict[str, str]) -> Iterator[RenderableType]:
    """The Python, and what it printed below it."""
    yield Text()
    yield SetIn(Text(words["python"], "heading"), " " * MARGIN)
    yield SetIn(_highlighted(python.source), "  │ ")
    if not python.output:
        yield SetIn(Text(words["nothing"], "detail"), " " * MARGIN)
        return
    printed = Text(escape(python.output.rstrip("\n"), keep="\n"))
    if python.status:
        printed.stylize("outcome.raised")
    yield SetIn(Text(words["prints"], "heading"), " " * MARGIN)
    yield SetIn(printed, "  │ ")


def _highlighted(source: str) -> Text:
    """Python in the colours that any terminal has."""
    from rich.syntax import Syntax  # the list needs none

    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    code = syntax.highlight(source)
    code.rstrip()
    return code


class SetIn:
    """Lines that all begin with the same margin, folded by the columns they take.

    :param margin: what stands before each.
    :param widest: the columns that they may take, where there are more.
    """

    def __init__(self, text: Text, margin: str, widest: int = UNLIMITED) -> None:
        self._lines = text.split("\n", allow_blank=True)
        self._margin = margin
        self._widest = widest

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        needed = max(line.cell_len for line in self._lines) + cell_len(self._margin)
        return Measurement(1, max(min(needed, self._widest, options.max_width), 1))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        width = max(min(options.max_width, self._widest) - cell_len(self._margin), 1)
        for line in self._lines:
            for part in line.divide(breaks(line.plain, width)):
                part.rstrip()
                whole = Text(no_wrap=True, overflow="ignore")
                whole.append(self._margin, "detail").append_text(part)
                whole.rstrip()
                yield whole


def breaks(text: str, width: int) -> list[int]:
    """Where to break a line: at a space, or beside a wide character.

    :param width: in columns.
    """
    found = []
    start = possible = used = 0
    for index, character in enumerate(text):
        used += get_character_cell_size(character)
        if index > start and _may_break(text[index - 1], character):
            possible = index
        if used > width and character != " ":
            start = possible if possible > start else index
            found.append(start)
            used = cell_len(text[start : index + 1])
    return found


def _may_break(before: str, after: str) -> bool:
    """Whether a line may end between two characters. Chinese punctuation doesn't begin one."""
    if before == " ":
        return after != " "
    if before in OPENING or after in CLOSING or after == " ":
        return False
    return get_character_cell_size(before) == 2 or get_character_cell_size(after) == 2
