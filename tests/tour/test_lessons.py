"""The commands and the Python of each lesson do the same."""

from __future__ import annotations

import re

import pytest

from signalcli.render.draw import cell_width
from signalcli.tour.lessons.index import LESSONS, Lesson
from signalcli.tour.run import scratch_home
from tests.support import transcripts

pytestmark = pytest.mark.slow

every_lesson = pytest.mark.parametrize("lesson", LESSONS.values(), ids=list(LESSONS))

ROOM = 76
"""columns: what a screen of 80 leaves for code."""
HAN = "[\u4e00-\u9fff]"


@every_lesson
def test_the_python_of_a_lesson_prints_what_its_commands_did(lesson: Lesson) -> None:
    """Same receivers, same order, same results."""
    assert transcripts.of_python(lesson) == transcripts.of_commands(lesson)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("king.connect(animal_one)\n", "king.connect(animal_two)\n"),
        ("king.connect(animal_one)\nking.connect(animal_two)\n", "king.connect(animal_one)\n"),
        ('return "小钻风记住了"', 'return "小钻风忘记了"'),
        ("我也记住了！", "我也记住啦！"),
        ("king.send()", 'king.send("大象")'),
    ],
    ids=["receiver", "missing", "result", "printing", "sender"],
)
def test_python_that_does_something_else_is_noticed(written: str, instead: str) -> None:
    lesson = LESSONS["2.3"]
    step = lesson.steps[0]
    changed = step._replace(python=step.python.replace(written, instead))
    assert changed != step

    printed = transcripts.of_python(lesson._replace(steps=(changed,)))

    assert printed != transcripts.of_commands(lesson._replace(steps=(step,)))


def test_python_with_another_order_is_noticed() -> None:
    lesson = LESSONS["order"]
    first, step, _ = lesson.steps
    written = "king.connect(animal_two)\nking.connect(animal_one)\n"
    changed = step._replace(
        python=step.python.replace(written, "king.connect(animal_one)\nking.connect(animal_two)\n")
    )
    assert changed != step

    printed = transcripts.of_python(lesson._replace(steps=(first, changed)))

    assert printed[1] != transcripts.of_commands(lesson._replace(steps=(first, step)))[1]


LESSONS_OF_TRUTHS = {
    "1 2": ("2.1", "2.3", "payload"),
    "3": ("payload",),
    "4": ("exception",),
    "5": ("weak",),
    "6": ("2.6", "weak"),
    "7 8": ("any-and-sender",),
    "9": ("stale",),
    "10 11": ("2.8",),
    "12": ("2.8", "muted"),
    "13": ("muted",),
    "14": ("connected-to",),
    "15": ("identity",),
    "16": ("sender-0",),
    "17": ("async",),
    "18": ("never-awaited",),
    "19": ("order",),
    "20": ("during",),
    "21": ("meta-signals", "sender-key"),
    "22": ("sender-key",),
    "23": ("2.1",),
    "24": ("2.2", "same-name", "many-names"),
    "25 26 28": ("looking",),
    "27 29 30": ("many-names",),
    "31": ("bound-send",),
}
"""The lessons, with their exercises, on what blinker really does, by the numbers of the behaviours."""


def test_there_is_a_lesson_for_each_section_and_each_truth() -> None:
    sections = [*(f"2.{n}" for n in range(1, 9)), *(f"3.{n}" for n in range(1, 4)), "4"]
    truths = {lesson for lessons in LESSONS_OF_TRUTHS.values() for lesson in lessons}

    assert list(LESSONS)[: len(sections)] == sections
    assert set(LESSONS) == {*sections, *truths, "features"}
    numbers = {int(number) for numbers in LESSONS_OF_TRUTHS for number in numbers.split()}
    assert numbers == set(range(1, 32))


@every_lesson
def test_a_lesson_is_short_and_has_its_title_in_both_languages(lesson: Lesson) -> None:
    assert 2 <= len(lesson.steps) <= 4
    assert not re.search(HAN, lesson.en)
    assert re.search(HAN, lesson.zh)


@every_lesson
def test_every_step_says_the_same_in_both_languages(lesson: Lesson) -> None:
    """This checks what a program can: sentences in both languages, about the same code."""
    for step in lesson.steps:
        english = re.sub("大象|狮子|大鹏|白骨精|巡山", "", step.en)
        assert not re.search(HAN, english), step.en
        assert re.search(HAN, step.zh), step.zh
        assert (step.en[-1], step.zh[-1]) == (".", "。")
        assert ("`" in step.en) <= ("`" in step.zh), step.zh


@every_lesson
def test_chinese_is_set_apart_from_code_and_has_its_own_punctuation(lesson: Lesson) -> None:
    slips = rf"{HAN}[`A-Za-z0-9]|[`A-Za-z0-9]{HAN}|{HAN}[,.;:!?\"]"

    for step in lesson.steps:
        assert re.findall(slips, re.sub(r"`[^`]+`", "`code`", step.zh)) == [], step.zh


@every_lesson
def test_code_fits_a_narrow_screen_and_is_without_signalcli(lesson: Lesson) -> None:
    for step in lesson.steps:
        lines = [*step.commands, *step.python.splitlines()]
        assert [line for line in lines if cell_width(line) > ROOM] == []
        assert [line for line in step.commands if not line.startswith("signalcli ")] == []
        assert "signalcli" not in step.python


@every_lesson
@pytest.mark.usefixtures("english")
def test_english_lessons_have_receivers_that_speak_english(lesson: Lesson) -> None:
    """In the commands and in the Python, which print the same."""
    commands, python = transcripts.of_commands(lesson), transcripts.of_python(lesson)

    assert python == commands
    assert re.findall("大王|钻风：|记住|已提醒|有客到", str(python)) == []


def test_chinese_lessons_print_chinese() -> None:
    with scratch_home(LESSONS["weak"], language="zh") as place:
        code = place.code(LESSONS["weak"].steps[0].python)

    assert 'print("animal →", "仍存在" if look() else "消失")' in code
