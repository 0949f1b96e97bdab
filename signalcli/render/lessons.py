"""Draw the lessons of the tour."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.text import Text

from signalcli.language.phrases import localized
from signalcli.language.wrapping import breaks
from signalcli.render.parts import WIDEST, FittingTable, Heading
from signalcli.text import escape
from signalcli.tour.exercises.outcome import BegunExercise, CheckedExercise, Hint
from signalcli.tour.run import (
    MARGIN,
    CommandRun,
    LessonExercise,
    LessonList,
    LessonTitle,
    PythonRun,
    TaughtLesson,
    TaughtStep,
)

WORDS = {
    "en": {
        "lesson": "lesson",
        "title": "teaches",
        "finished": "finished",
        "exercise": "exercise",
        "exercise of": "Exercise {}",
        "solved": "Solved.",
        "step": "Step {} of {}",
        "status": "status {}",
        "python": "The same in Python:",
        "prints": "It prints:",
        "nothing": "It prints nothing.",
    },
    "zh": {
        "lesson": "课",
        "title": "内容",
        "finished": "学完",
        "exercise": "练习",
        "exercise of": "练习 {}",
        "solved": "做对了。",
        "step": "第 {} 步，共 {} 步",
        "status": "退出状态 {}",
        "python": "用 Python 写：",
        "prints": "打印：",
        "nothing": "什么也没打印。",
    },
}
"""The text of the tour itself, in each language."""

UNLIMITED = 10**7


def draw_lesson_list(listed: LessonList) -> RenderableType:
    words = WORDS[listed.language]
    headings = words["lesson"], words["title"], words["finished"], words["exercise"]
    table = FittingTable(*headings, widest=WIDEST)
    for lesson in listed.lessons:
        marks = (Text("✓" if is_done else "", "outcome.returned") for is_done in lesson[-2:])
        table.add_row(Text(lesson.lesson, "lesson.id"), Text(lesson.title), *marks)
    return table


def draw_title(title: LessonTitle) -> RenderableType:
    text = Text(f"{title.lesson}  {title.title}", "lesson.title")
    heading = Heading(text, anchor=title.lesson)
    return Group(Text(), heading) if title.is_below else heading


def draw_step(step: TaughtStep) -> RenderableType:
    words = WORDS[step.language]
    return Group(
        Text(),
        Heading(Text(words["step"].format(step.number, step.of), "heading"), level=3),
        _prose(step.teaches),
        *(part for ran in step.commands for part in _command(ran, words)),
        *_python(step.python, words),
    )


def draw_lesson(lesson: TaughtLesson) -> RenderableType:
    exercise = () if lesson.exercise is None else (draw_exercise(lesson.exercise),)
    return Group(draw_title(lesson.heading), *map(draw_step, lesson.steps), *exercise)


def draw_exercise(exercise: LessonExercise) -> RenderableType:
    words = WORDS[exercise.language]
    begin = Text(f"$ signalcli tour {exercise.lesson} --exercise")
    return Group(
        Text(),
        Heading(Text(words["exercise"].capitalize(), "heading"), level=3),
        _prose(exercise.goal),
        Text(),
        _command_line(begin),
    )


def draw_begun(begun: BegunExercise) -> RenderableType:
    title = WORDS[begun.language]["exercise of"].format(begun.exercise.lesson)
    return Group(Heading(Text(title, "lesson.title")), _prose(begun.exercise.goal(begun.language)))


def draw_checked(checked: CheckedExercise) -> RenderableType:
    if checked.solved:
        return Text(WORDS[checked.language]["solved"], "outcome.returned")
    return Group(*(_prose(localized(difference)) for difference in checked.differences))


def draw_hint(hint: Hint) -> RenderableType:
    return _prose(hint.hint)


def _prose(text: str) -> IndentedText:
    prose = Text(escape(text))
    prose.highlight_regex(r"`[^`]+`", "lesson.code")
    return IndentedText(prose, "", WIDEST, is_code=False)


def _command(ran: CommandRun, words: dict[str, str]) -> Iterator[RenderableType]:
    yield Text()
    yield _command_line(Text(f"$ {ran.command}"))
    output = Text("\n").join(Text.from_ansi(text) for text in ran.output.splitlines())
    if output:
        yield IndentedText(output, " " * MARGIN)
    if ran.status:
        yield _note(words["status"].format(ran.status), "warning")


def _command_line(line: Text) -> IndentedText:
    line.highlight_regex(r"^\$", "detail")
    line.highlight_regex(r"signalcli \S+", "lesson.command")
    line.highlight_regex(r" --[\w-]+", "lesson.option")
    return IndentedText(line, " " * MARGIN, language="console")


def _python(python: PythonRun, words: dict[str, str]) -> Iterator[RenderableType]:
    yield Text()
    yield _label(words["python"])
    yield IndentedText(highlighted(python.source, "python"), "  │ ", language="python")
    if not python.output:
        yield _note(words["nothing"], "detail")
        return
    printed = Text(escape(python.output.rstrip("\n"), keep="\n"))
    if python.status:
        printed.stylize("outcome.raised")
    yield _label(words["prints"])
    yield IndentedText(printed, "  │ ")


def _label(text: str) -> Heading:
    note = _note(text, "heading")
    return Heading(note.text, level=4, drawing=note)


def _note(text: str, style: str) -> IndentedText:
    return IndentedText(Text(text, style), " " * MARGIN, is_code=False)


def highlighted(source: str, language: str) -> Text:
    """Return code in the colours that every terminal has."""
    from rich.syntax import Syntax  # the list needs none

    syntax = Syntax("", language, theme="ansi_dark", background_color="default")
    code = syntax.highlight(source)
    code.rstrip()
    return code


class IndentedText:
    """Text behind a margin, wrapped by the columns that its characters take, ``widest`` at most.

    :param is_code: whether it is code or output, and no prose.
    :param language: the language of code, such as ``"python"``; empty for output.
    """

    def __init__(
        self,
        text: Text,
        margin: str,
        widest: int = UNLIMITED,
        *,
        is_code: bool = True,
        language: str = "",
    ) -> None:
        self.language = language
        self.text = text
        self.is_code = is_code
        self._margin = margin
        self._lines = text.split("\n", allow_blank=True)
        self._widest = widest

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        needed = max(line.cell_len for line in self._lines) + cell_len(self._margin)
        return Measurement(1, max(min(needed, self._widest, options.max_width), 1))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        width = max(min(options.max_width, self._widest) - cell_len(self._margin), 1)
        for line in self._lines:
            for part in line.divide(breaks(line.plain, width, cell_len)):
                part.rstrip()
                whole = Text(no_wrap=True, overflow="ignore")
                whole.append(self._margin, "detail").append_text(part)
                whole.rstrip()
                yield whole
