"""``signalcli tour``: how lessons are listed, run and shown. What they do is in test_lessons."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import pytest

from signalcli.language.phrases import language_of
from signalcli.language.wrapping import breaks
from signalcli.render.draw import draw
from signalcli.tour.exercises.index import EXERCISES
from signalcli.tour.lessons.index import LESSONS, find_lessons, next_lesson
from signalcli.tour.lessons.lesson import lesson, step
from signalcli.tour.run import (
    AT_ONCE,
    LessonPart,
    ScratchHome,
    TaughtStep,
    teach,
    teach_side_by_side,
)
from tests.cli.test_terminal import bars
from tests.support.cli import Result, SignalCli
from tests.support.drawings import width
from tests.support.histories import documents
from tests.support.terminal import on_terminal, terminal

pytestmark = pytest.mark.slow

ESCAPE = re.compile(r"\x1b\[[\d;]*m")
SMALL = lesson(
    "small",
    "A small lesson",
    "一小课",
    step(
        en="Nobody listens.",
        zh="没有谁在听。",
        commands="signalcli define king\nsignalcli send king",
        python='from blinker import signal\n\nprint(signal("king").send())',
    ),
    step(
        en="Nobody is known by that name.",
        zh="没有谁叫这个名字。",
        commands="signalcli send kng",
        python='def lost():\n    raise LookupError("迷路了")\n\nlost()',
    ),
)


LISTS = {
    "en": ("lesson", "Listening to one sender"),
    "zh": ("课", "订阅主题：只听一个发送者"),
}


RUN_ONE = {
    "en": "Run one: signalcli tour 2.4; or the next one: signalcli tour next\n",
    "zh": "运行其中一课：signalcli tour 2.4；接着学下一课：signalcli tour next\n",
}


@pytest.mark.parametrize(("language", "locale"), [("en", "C.UTF-8"), ("zh", "zh_CN.UTF-8")])
def test_without_a_lesson_it_lists_them_in_the_language_of_the_locale(
    signalcli: SignalCli, language: str, locale: str
) -> None:
    result = signalcli("tour", environment={"LC_ALL": locale})

    heading, title = LISTS[language]
    assert (result.status, result.stderr) == (0, RUN_ONE[language])
    assert re.findall(r"^│ (\S+)", result.stdout, re.MULTILINE) == [heading, *LESSONS]
    assert title in result.stdout


def test_the_list_as_json(signalcli: SignalCli) -> None:
    undone = {"finished": False, "solved": False}
    listed = [
        {"teaches": lesson.zh, "lesson": id, "title": lesson.zh, "exercise": EXERCISES[id].goal_zh}
        for id, lesson in LESSONS.items()
    ]

    assert signalcli.read("tour --lang zh") == {"lessons": [one | undone for one in listed]}


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LC_MESSAGES": "zh_TW.UTF-8", "LANG": "de_DE.UTF-8"}, "zh"),
        ({"LC_ALL": "C.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "POSIX"}, "en"),
    ],
    ids=str,
)
def test_the_locale_decides_on_the_language(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_a_lesson_as_json(signalcli: SignalCli) -> None:
    """One document with the texts, and the output of the commands and of the Python."""
    document = signalcli.read("tour 2.4")

    taught = LESSONS["2.4"]
    assert list(document) == ["lesson", "title", "lang", "steps", "exercise"]
    assert (document["lesson"], document["title"], document["lang"]) == ("2.4", taught.en, "en")
    assert [step["teaches"] for step in document["steps"]] == [step.en for step in taught.steps]
    first, second, _ = document["steps"]
    assert first["commands"][0] == {
        "command": "signalcli connect king animal --sender 大象",
        "status": 0,
        "output": "Defined king.\nanimal listens to king from 大象.\n",
    }
    assert "│ animal   │ ○ skipped │ listens only to 大象 │" in first["commands"][1]["output"]
    assert second["python"] == {
        "source": taught.steps[1].python,
        "output": "小钻风：大象大王有令！大王回来了，我这就去巡山。\nanimal → 小钻风去巡山\n",
        "status": 0,
    }


SHOWN = """
  $ signalcli send kng
  Error: No signal 'kng' in session 'default'. Did you mean 'king'? See them all: signalcli list
  status 2

  The same in Python:
  │ print(signal("kng").send())
  It prints:
  │ []
"""


def test_a_lesson_for_a_person(signalcli: SignalCli) -> None:
    result = signalcli("tour", "2.1")

    assert (result.status, result.stderr) == (0, "")
    assert result.stdout.startswith('2.1  A named signal\n\nStep 1 of 3\n`signal("king")` creates ')
    assert SHOWN in result.stdout


def test_what_the_tour_writes_is_in_the_language(signalcli: SignalCli) -> None:
    shown = signalcli.ok("tour", "2.1", "--lang", "zh").stdout

    assert '2.1  命名信号\n\n第 1 步，共 3 步\n`signal("king")` 第一次调用时' in shown
    assert "\n  退出状态 2\n\n  用 Python 写：\n  │ print(" in shown
    goal = EXERCISES["2.1"].goal_zh
    end = f"\n  打印：\n  │ []\n\n练习\n{goal}\n\n  $ signalcli tour 2.1 --exercise\n"
    assert shown.endswith(end)
    assert "什么也没打印。" in shown


def test_a_traceback_of_a_lesson_is_shown() -> None:
    """As Python shows it, with the lines of the lesson."""
    _, failing = teach(SMALL, "en", unlimited, ignore).steps

    assert failing.python.status == 1
    assert failing.python.output.startswith(
        'Traceback (most recent call last):\n  File "<step 2>", line 4, in <module>\n    lost()\n'
    )
    assert failing.python.output.endswith("LookupError: 迷路了\n")


def unlimited() -> None:
    """Return the width of a screen without limit."""


def ignore(part: LessonPart) -> None:
    """Show nothing."""


def test_each_step_is_shown_as_soon_as_it_has_run() -> None:
    shown: list[LessonPart] = []

    taught = teach(SMALL, "en", unlimited, shown.append)

    assert shown == [taught.heading, *taught.steps]
    assert [ran.status for step in taught.steps for ran in step.commands] == [0, 0, 2]


def test_a_lesson_that_is_drawn_later_looks_the_same() -> None:
    shown: list[LessonPart] = []
    taught = teach(SMALL, "zh", lambda: 60, shown.append)

    assert draw(taught, 60, color=False) == "".join(draw(p, 60, color=False) for p in shown)


def test_lessons_below_each_other_are_set_apart() -> None:
    first = teach(SMALL, "en", unlimited, ignore)
    second = teach(SMALL, "en", unlimited, ignore, is_below=True)

    assert draw(first.heading, 80, color=False) == "small  A small lesson\n"
    assert draw(second.heading, 80, color=False) == "\nsmall  A small lesson\n"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("order-", "No lesson 'order-'. Did you mean 'order'? See them all: signalcli tour"),
        ("2.4 --all", "Give either the lesson 2.4 or --all. Try: signalcli tour --help"),
    ],
    ids=["unknown", "both"],
)
def test_what_can_not_be_run(signalcli: SignalCli, line: str, error: str) -> None:
    assert signalcli.refused(f"tour {line}") == error


@pytest.fixture
def temporary(signalcli: SignalCli) -> Path:
    """An empty directory, which is TMPDIR."""
    directory = signalcli.directory / "temporary"
    directory.mkdir()
    signalcli.environment["TMPDIR"] = str(directory)
    return directory


def test_a_lesson_leaves_nothing_behind(signalcli: SignalCli, temporary: Path) -> None:
    signalcli.ok("connect", "king", "strict")
    before = signalcli.session_path.read_text()

    result = signalcli.ok("tour", "2.1")

    assert "strict" not in result.stdout
    assert list(temporary.iterdir()) == []
    assert signalcli.session_path.read_text() == before


def test_an_interrupted_lesson_leaves_nothing_behind(signalcli: SignalCli, temporary: Path) -> None:
    with terminal(signalcli, "tour", "--all") as started:
        started.wait_for("Step 1 of 3")
        screen = started.interrupt()

    assert screen.status == 130
    assert screen.text.endswith("Interrupted.\n")
    assert list(temporary.iterdir()) == []


def test_a_lesson_whose_output_is_closed_leaves_nothing(
    signalcli: SignalCli, temporary: Path
) -> None:
    command = " ".join(signalcli.command(["tour", "2.4"]))
    piped = f"{command} | head -n 3; exit ${{PIPESTATUS[0]}}"

    result = signalcli(command=["bash", "-c", piped])

    assert (result.status, result.stderr) == (141, "")
    assert list(temporary.iterdir()) == []


def test_a_lesson_runs_in_a_world_of_its_own(signalcli: SignalCli) -> None:
    """The user's session, locale and start-up file have no effect."""
    environment = {
        "SIGNALCLI_SESSION": "mine",
        "XDG_CONFIG_HOME": str(signalcli.directory / "config"),
        "PYTHONSTARTUP": "nowhere.py",
        "LC_ALL": "C",
    }

    changed = signalcli("tour", "2.2", environment=environment)

    assert without_times(changed) == without_times(signalcli("tour", "2.2"))


def without_times(result: Result) -> Result:
    return result._replace(stdout=re.sub(r"\d\.\d{3} ms", "0.000 ms", result.stdout))


# The screen.

wide_and_narrow = pytest.mark.parametrize("columns", [80, 120])


@wide_and_narrow
@pytest.mark.parametrize(("id", "language"), [("2.8", "zh"), ("stale", "en")])
def test_a_lesson_fits_a_screen(signalcli: SignalCli, id: str, language: str, columns: int) -> None:
    command = "tour", id, "--no-pause", "--lang", language
    screen = on_terminal(signalcli, *command, columns=columns)

    plain = ESCAPE.sub("", screen.text)
    assert screen.status == 0
    assert max(map(width, plain.splitlines())) <= columns
    tables = re.findall(r"^  ╭.*?^  ╰.*?$", plain, re.MULTILINE | re.DOTALL)
    assert tables != []
    for table in tables:
        edges = {(bars(line)[0], bars(line)[-1]) for line in table.splitlines()}
        assert len(edges) == 1, table


def test_on_a_terminal_commands_and_python_are_in_colour(signalcli: SignalCli) -> None:
    screen = on_terminal(signalcli, "tour", "2.4", "--no-pause")

    assert "\x1b[32m● returned\x1b[0m" in screen.text
    assert re.search(r"\x1b\[[\d;]+mdef\x1b\[0m", screen.text)


def test_in_a_pipe_there_is_no_colour_and_no_space_at_line_ends(signalcli: SignalCli) -> None:
    shown = signalcli.ok("tour", "2.4").stdout

    assert "\x1b" not in shown
    assert [line for line in shown.splitlines() if line != line.rstrip()] == []
    assert 90 < max(map(width, shown.splitlines())) <= 100


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a demon on patrol", ["a demon on ", "patrol"]),
        ("小钻风去巡山。大钻风", ["小钻风去巡", "山。大钻风"]),
        ("小钻风去巡，大钻风", ["小钻风去", "巡，大钻风"]),
        ("小钻风说：“去巡山”", ["小钻风说：", "“去巡山”"]),
        ("听 `animal` 的", ["听 ", "`animal` ", "的"]),
        ("receivers_for(sender)", ["receivers_", "for(sender", ")"]),
        ("", [""]),
    ],
)
def test_prose_is_folded_by_columns(text: str, lines: list[str]) -> None:
    """Lines of ten columns don't break words, and don't begin with closing punctuation."""
    places = [0, *breaks(text, 10), len(text)]

    assert [text[start:end] for start, end in pairwise(places)] == lines


@pytest.mark.parametrize(
    ("words", "language"),
    [([], "en"), (["--lang", "auto"], "en"), (["--lang", "zh"], "zh")],
    ids=str,
)
def test_json_is_english_unless_the_option_asks_for_chinese(
    signalcli: SignalCli, words: list[str], language: str
) -> None:
    chinese = {"LC_ALL": "zh_CN.UTF-8", "SIGNALCLI_LANG": "zh"}

    document = signalcli("tour", "2.2", "--json", *words, environment=chinese).json

    assert document["lang"] == language
    assert ("名字" in document["steps"][0]["teaches"]) is (language == "zh")


@pytest.mark.parametrize("kind", ["html", "svg"])
@pytest.mark.parametrize("more", [[], ["--json"]], ids=["drawn", "json"])
def test_a_lesson_is_saved(signalcli: SignalCli, kind: str, more: list[str]) -> None:
    result = signalcli("tour", "2.4", "--save", f"lesson.{kind}", *more)

    page = (signalcli.directory / f"lesson.{kind}").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>|\s|&#160;|&nbsp;", "", page)
    assert result.status == 0
    assert [n for n in (1, 2, 3) if f"Step{n}of3" in text] == [1, 2, 3]
    assert "signalcliconnectkinganimal--sender大象" in text
    assert "animal→小钻风去巡山" in text


def test_a_lesson_on_flask_says_how_to_install_it(without_flask: SignalCli) -> None:
    error = without_flask.refused("tour 3.1", 4)

    assert error == "Flask is not installed here. Install it: pip install 'flask>=3.0'"


def test_all_lessons_run_but_those_on_flask(without_flask: SignalCli) -> None:
    result = without_flask("tour", "--all", "--json", timeout=300)

    lessons = documents(result.stdout)
    assert result.status == 0
    assert [d["lesson"] for d in lessons] == [id for id in LESSONS if LESSONS[id].needs is None]
    assert [s for d in lessons for s in d["steps"] if s["python"]["status"] != 0] == []
    assert result.stderr == (
        "Left out, as Flask is not installed here: 3.1, 3.2, 3.3, identity. "
        "Install it: pip install 'flask>=3.0'\n"
    )


def test_lessons_that_run_side_by_side_are_shown_in_order() -> None:
    """Also if an earlier one takes longer."""
    long = SMALL._replace(id="long", steps=SMALL.steps * 2)
    shown: list[LessonPart] = []

    taught = list(teach_side_by_side([long, SMALL, SMALL], "en", unlimited, shown.append))

    assert [lesson.heading.lesson for lesson in taught] == ["long", "small", "small"]
    assert shown == [part for lesson in taught for part in (lesson.heading, *lesson.steps)]
    assert [lesson.heading.is_below for lesson in taught] == [False, True, True]


def test_lessons_run_side_by_side() -> None:
    """Each waits until the others have begun; one after the other, they would wait forever."""
    begun = Barrier(AT_ONCE)

    def pause(step: TaughtStep, home: ScratchHome) -> None:
        begun.wait(60)

    lessons = [SMALL._replace(steps=SMALL.steps[:1])] * AT_ONCE
    taught = list(teach_side_by_side(lessons, "en", unlimited, ignore, pause))

    assert len(taught) == AT_ONCE


def test_what_fails_in_one_lesson_ends_all() -> None:
    failing = SMALL._replace(steps=(SMALL.steps[0]._replace(commands=("signalcli 'open",)),))

    with pytest.raises(ValueError, match="closing quotation"):
        list(teach_side_by_side([failing, SMALL], "en", unlimited, ignore))


LOADED = """
import sys
from signalcli.cli.main import run
run(['tour'])
print(sorted({'blinker', 'flask', 'pygments', 'rich.syntax'} & set(sys.modules)))
"""


def test_the_list_loads_no_highlighter_and_no_blinker(signalcli: SignalCli) -> None:
    result = signalcli.python("-c", LOADED)

    assert (result.status, result.stdout.splitlines()[-1]) == (0, "[]")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_locale_without_chinese_shows_a_lesson(signalcli: SignalCli, encoding: str) -> None:
    """Commands are passed as UTF-8, whatever the locale's encoding of arguments."""
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment = {**locale, "PYTHONIOENCODING": encoding}

    result = signalcli("tour", "2.4", "--lang", "zh", environment=environment)

    assert (result.status, result.stderr) == (0, "")
    assert "小钻风：大象大王有令！" in result.stdout


@pytest.mark.parametrize(
    ("words", "lessons"),
    [
        ("2.1", ["2.1"]),
        ("2.2 2.1 2.2", ["2.2", "2.1"]),
        ("2", [f"2.{number}" for number in range(1, 9)]),
        ("flask", ["3.1", "3.2", "3.3"]),
        ("next", ["2.3"]),
        ("2.1 next", ["2.1", "2.3"]),
    ],
)
def test_lessons_are_chosen_by_words(words: str, lessons: list[str]) -> None:
    finished = ["2.1", "2.2", "2.4"]

    assert [lesson.id for lesson in find_lessons(words.split(), finished)] == lessons


def test_the_next_lesson_is_one_after_the_last_if_there_is_one() -> None:
    last = list(LESSONS)[-1]

    assert next_lesson(["2.1", "2.4"], after="2.4") == LESSONS["2.5"]
    assert next_lesson(["2.1", last], after=last) == LESSONS["2.2"]
    assert next_lesson(list(LESSONS), after="2.4") is None


def test_several_lessons_as_json_take_a_line_each(signalcli: SignalCli) -> None:
    result = signalcli.ok("tour", "2.2", "2.1", "--json")

    assert [document["lesson"] for document in documents(result.stdout)] == ["2.2", "2.1"]
