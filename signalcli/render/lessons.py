"""Draw the lessons of the tour."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.text import Text

from signalcli.language.phrases import Phrase, current_language, localized, phrase
from signalcli.language.wrapping import breaks
from signalcli.render.parts import WIDEST, FittingTable, Heading
from signalcli.text import escape
from signalcli.tour.exercises.outcome import CheckedExercise, ExerciseGoal, Hint
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

UNLIMITED = 10**7


def draw_lesson_list(listed: LessonList) -> RenderableType:
    headings = phrase("lesson"), phrase("teaches"), phrase("finished"), phrase("exercise")
    table = FittingTable(*(_shown(each, listed.language) for each in headings), widest=WIDEST)
    for lesson in listed.lessons:
        marks = (Text("✓" if is_done else "", "outcome.returned") for is_done in lesson[-2:])
        table.add_row(Text(lesson.lesson, "lesson.id"), Text(lesson.title), *marks)
    return table


def draw_title(title: LessonTitle) -> RenderableType:
    text = Text(f"{title.lesson}  {title.title}", "lesson.title")
    heading = Heading(text, anchor=title.lesson)
    return Group(Text(), heading) if title.is_below else heading


def draw_step(step: TaughtStep) -> RenderableType:
    title = phrase("Step {number} of {all}", number=step.number, all=step.of)
    return Group(
        Text(),
        Heading(Text(_shown(title, step.language), "heading"), level=3),
        _prose(step.teaches),
        *(part for ran in step.commands for part in _command(ran, step.language)),
        *_python(step.python, step.language),
    )


def draw_lesson(lesson: TaughtLesson) -> RenderableType:
    exercise = () if lesson.exercise is None else (draw_exercise(lesson.exercise),)
    return Group(draw_title(lesson.heading), *map(draw_step, lesson.steps), *exercise)


def draw_exercise(exercise: LessonExercise) -> RenderableType:
    title = _shown(phrase("Exercise"), exercise.language)
    begin = Text(f"$ signalcli tour {exercise.lesson} --exercise")
    return Group(
        Text(),
        Heading(Text(title, "heading"), level=3),
        _prose(exercise.goal),
        Text(),
        _command_line(begin),
    )


def draw_exercise_goal(goal: ExerciseGoal) -> RenderableType:
    title = phrase("Exercise {lesson}", lesson=goal.exercise.lesson)
    heading = Heading(Text(_shown(title, goal.language), "lesson.title"))
    return Group(heading, _prose(goal.exercise.goal(goal.language)))


def draw_checked(checked: CheckedExercise) -> RenderableType:
    if checked.solved:
        return Text(_shown(phrase("Solved."), checked.language), "outcome.returned")
    return Group(*(_prose(localized(difference)) for difference in checked.differences))


def draw_hint(hint: Hint) -> RenderableType:
    return _prose(hint.hint)


def _shown(text: Phrase, language: str) -> str:
    """Return a text in the language of a lesson, which may be English where that of the rest isn't."""
    return localized(text) if language == current_language() else str.__str__(text)


def _prose(text: str) -> IndentedText:
    prose = Text(escape(text))
    prose.highlight_regex(r"`[^`]+`", "lesson.code")
    return IndentedText(prose, "", WIDEST, is_code=False)


def _command(ran: CommandRun, language: str) -> Iterator[RenderableType]:
    yield Text()
    yield _command_line(Text(f"$ {ran.command}"))
    output = Text("\n").join(Text.from_ansi(text) for text in ran.output.splitlines())
    if output:
        yield IndentedText(output, " " * MARGIN)
    if ran.status:
        status = phrase("status {number}", number=ran.status)
        yield _note(_shown(status, language), "warning")


def _command_line(line: Text) -> IndentedText:
    line.highlight_regex(r"^\$", "detail")
    line.highlight_regex(r"signalcli \S+", "lesson.command")
    line.highlight_regex(r" --[\w-]+", "lesson.option")
    return IndentedText(line, " " * MARGIN, language="console")


def _python(python: PythonRun, language: str) -> Iterator[RenderableType]:
    yield Text()
    yield _label(_shown(phrase("The same in Python:"), language))
    yield IndentedText(highlighted(python.source, "python"), "  │ ", language="python")
    if not python.output:
        yield _note(_shown(phrase("It prints nothing."), language), "detail")
        return
    printed = Text(escape(python.output.rstrip("\n"), keep="\n"))
    if python.status:
        printed.stylize("outcome.raised")
    yield _label(_shown(phrase("It prints:"), language))
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
