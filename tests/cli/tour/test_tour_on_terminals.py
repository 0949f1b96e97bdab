"""A lesson on a terminal: it stops after each step, and keys go on, back, into a shell and out."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.cli import SignalCli
from tests.support.drawings import width
from tests.support.environments import hide_packages
from tests.support.terminal import CONTROL_C, Terminal, on_terminal, terminal

pytestmark = pytest.mark.slow

ENTER, CONTROL_D = "\r", "\x04"
PROMPT = "\x1b[?2004h"
"""What the shell writes before it reads keys."""
KEYS = {1: "Enter: next   b: back   t: try it   q: quit ", 2: "Enter: end   b: back   t: try it "}
ESCAPE = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


def question(step: int) -> str:
    """What is asked below a step of the lesson 2.2."""
    return f"step {step} of 2   {KEYS[step]}"


@contextmanager
def lesson(
    signalcli: SignalCli,
    *words: str,
    columns: int = 80,
    lines: int = 60,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """Start a lesson, with a directory of its own for temporary files. All lines of a step fit by default."""
    temporary = {"TMPDIR": str(temporary_of(signalcli)), **(environment or {})}
    with terminal(
        signalcli, "tour", *words, columns=columns, lines=lines, environment=temporary
    ) as started:
        yield started


def temporary_of(signalcli: SignalCli) -> Path:
    directory = signalcli.directory / "temporary"
    directory.mkdir(exist_ok=True)
    return directory


def finished(signalcli: SignalCli) -> list[str]:
    return [one["lesson"] for one in signalcli.read("tour")["lessons"] if one["finished"]]


def test_a_lesson_stops_after_each_step_and_ends_with_the_next(signalcli: SignalCli) -> None:
    with lesson(signalcli, "2.2") as started:
        first = started.wait_for_new(question(1))
        started.type(ENTER)
        second = started.wait_for_new(question(2))
        started.type(ENTER)
        screen = started.end()

    assert ("Step 1 of 2" in first, "Step 2 of 2" in first) == (True, False)
    assert "Step 2 of 2" in second
    assert screen.status == 0
    assert screen.text.endswith(
        "\nNext: 2.3 Multicast: one send, many receivers. Start it: signalcli tour 2.3\n"
    )
    assert finished(signalcli) == ["2.2"]
    assert re.search(r"│ 2\.2 +│ An anonymous signal +│ ✓", signalcli.ok("tour").stdout)
    assert list(temporary_of(signalcli).iterdir()) == []


def test_back_shows_the_step_before_and_what_was_shown_is_not_run_again(
    signalcli: SignalCli,
) -> None:
    with lesson(signalcli, "2.2") as started:
        first = started.wait_for_new(question(1))
        started.type("b")
        assert shown(started.wait_for_new(question(1))) == shown(first).partition("\n\n")[2]
        started.type("\x1b[C")
        second = started.wait_for_new(question(2))
        started.type("\x1b[D")
        assert "Step 1 of 2" in started.wait_for_new(question(1))
        started.type(ENTER)
        assert shown(started.wait_for_new(question(2))) == shown(second)
        started.type("q")
        assert started.end().status == 0

    assert finished(signalcli) == []


def shown(text: str) -> str:
    """What a person sees, without the empty lines around it."""
    return ESCAPE.sub("", text).replace("\r", "").strip()


def test_several_lessons_and_the_next_one(signalcli: SignalCli) -> None:
    with lesson(signalcli, "2.2", "2.7") as started:
        started.wait_for_new(question(1))
        started.type(ENTER, "step 2 of 2   Enter: next")
        started.type(ENTER)
        assert "2.7  Are there receivers?" in shown(started.wait_for_new("step 1 of 3"))
        started.type(f"x{CONTROL_D}")
        assert started.end().status == 0

    assert finished(signalcli) == ["2.2"]
    assert signalcli.read("tour next")["lesson"] == "2.1"
    finish(signalcli, "2.1")
    assert signalcli.read("tour next")["lesson"] == "2.3"


def finish(signalcli: SignalCli, *lessons: str) -> Path:
    path = signalcli.session_path.parent.parent / "tour.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(path.read_text())["finished"] if path.exists() else []
    path.write_text(json.dumps({"version": 1, "finished": [*before, *lessons]}))
    return path


def test_try_opens_a_shell_in_a_copy_of_the_session_after_the_step(signalcli: SignalCli) -> None:
    with lesson(signalcli, "2.2") as started:
        started.wait_for_new(question(1))
        started.type("t", "2.2>")
        started.type(f"\x1b[A{ENTER}")  # the last command of the step
        assert "roar ← None" in shown(started.wait_for_new("1 returned."))
        started.wait_for_new(PROMPT)
        started.type(f"remove @roar{ENTER}", "Removed @roar", PROMPT)
        started.type(CONTROL_D)
        assert "Step 1 of 2" in started.wait_for_new(question(1))
        started.type("t", "2.2>")
        started.type(f"list{ENTER}", "@roar", PROMPT)
        started.type(f"exit{ENTER}", question(1))
        started.type("q")
        assert started.end().status == 0

    assert signalcli.read("list") == {"signals": []}
    assert list(temporary_of(signalcli).iterdir()) == []


def test_try_without_its_package_says_what_to_install(signalcli: SignalCli) -> None:
    hide_packages(signalcli, "prompt_toolkit")
    with lesson(signalcli, "2.2") as started:
        started.wait_for_new(question(1))
        started.type("t", "Install it: pip install 'prompt_toolkit>=3.0'", question(1))
        started.type("q")
        assert started.end().status == 0


@pytest.mark.parametrize("keys", ["", "\r", "t"], ids=["first step", "running", "after try"])
def test_control_c_ends_a_lesson_and_leaves_nothing(signalcli: SignalCli, keys: str) -> None:
    with lesson(signalcli, "2.2") as started:
        started.wait_for_new(question(1))
        started.type(keys)
        if keys == "t":
            started.wait_for_new("2.2>")
            started.type(CONTROL_C)  # this ends only a line of the shell
            started.wait_for_new(PROMPT)
            started.type(f"exit{ENTER}", question(1))
        screen = started.interrupt()

    assert screen.status == 130
    assert screen.text.endswith("Interrupted.\n")
    assert list(temporary_of(signalcli).iterdir()) == []
    assert finished(signalcli) == []


def test_after_a_resize_the_step_and_the_next_have_the_new_width(signalcli: SignalCli) -> None:
    with lesson(signalcli, "2.2", columns=120) as started:
        started.wait_for_new(question(1))
        started.resize(60, 60)
        first = started.wait_for_new(question(1))
        started.type(ENTER)
        second = started.wait_for_new(question(2))
        started.type("q")
        started.end()

    for step in (first, second):
        assert 40 < max(map(width, shown(step).splitlines()[:-1])) <= 60


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_step_that_is_longer_than_the_screen_stops_in_between(
    signalcli: SignalCli, language: str
) -> None:
    more, end_of_question = {"en": ("Enter: more", "quit "), "zh": ("Enter：继续", "退出 ")}[
        language
    ]
    parts = []
    with lesson(signalcli, "2.2", "--lang", language, lines=24) as started:
        while True:
            parts.append(shown(started.wait_for_new(end_of_question)))
            if more not in parts[-1]:
                break
            started.type(ENTER)
        started.resize(80, 60)
        whole = shown(started.wait_for_new(end_of_question))
        started.type("q")
        started.end()

    assert [part for part in parts if len(part.splitlines()) > 23] == []
    title, *step = [line for part in parts for line in without_question(part)]
    assert "2.2" in title
    assert step == without_question(whole)


def without_question(part: str) -> list[str]:
    """The lines of a part of a step, without their indents and without the question at its end."""
    return [line.strip() for line in part.splitlines()[:-1] if line.strip()]


@pytest.mark.parametrize("more", ["--no-pause", "--json", "--all", "--save lesson.html"])
def test_without_pauses_as_before(signalcli: SignalCli, more: str) -> None:
    lessons = [] if more == "--all" else ["2.2"]
    if more == "--all":
        with terminal(signalcli, "tour", more) as started:
            started.wait_for("Step 2 of 3")
        return

    screen = on_terminal(signalcli, "tour", *lessons, *more.split())

    assert screen.status == 0
    assert "Enter" not in screen.text
    assert finished(signalcli) == []


@pytest.mark.parametrize("columns", [80, 120])
def test_the_question_in_chinese_fits_a_line(signalcli: SignalCli, columns: int) -> None:
    asked = "第 1 步，共 2 步   Enter：下一步   b：上一步   t：试一试   q：退出 "
    with lesson(signalcli, "2.2", "--lang", "zh", columns=columns) as started:
        started.wait_for_new(f"\n{asked}")
        started.type("q")
        started.end()

    assert width(asked) < columns


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 2, "finished": []}'])
def test_a_file_of_finished_lessons_that_is_not_understood_is_kept(
    signalcli: SignalCli, content: str
) -> None:
    path = finish(signalcli, "2.1")
    path.write_text(content)

    error = signalcli.refused("tour next", 4)

    assert error.startswith(f"The file of finished lessons {path} isn't one that this version")
    listed = signalcli("tour", "--json")
    assert (len(listed.json["lessons"]) > 20, listed.status) == (True, 0)
    assert listed.stderr == f"{error}\n"
    screen = on_terminal(signalcli, "tour", "2.2", "--no-pause")
    assert screen.status == 0
    with lesson(signalcli, "2.2") as started:
        for number in (1, 2):
            started.wait_for_new(question(number))
            started.type(ENTER)
        screen = started.end()
    assert screen.status == 0
    assert error in screen.text
    assert path.read_text() == content


def test_a_finished_lesson_that_cannot_be_saved_is_reported(signalcli: SignalCli) -> None:
    path = finish(signalcli, "2.1")
    path.unlink()
    path.symlink_to("/proc/none/tour.json")
    with lesson(signalcli, "2.2") as started:
        for number in (1, 2):
            started.wait_for_new(question(number))
            started.type(ENTER)
        screen = started.end()

    assert screen.status == 0
    assert "Next: " not in screen.text and "can't be written" in screen.text


def test_all_finished(signalcli: SignalCli) -> None:
    every = [one["lesson"] for one in signalcli.read("tour")["lessons"]]
    path = finish(signalcli, *every)
    document = json.loads(path.read_text())

    for solved, note in (
        (every[1:], "exercise isn't solved. Begin it: signalcli tour 2.1 --exercise"),
        (every[:-2], f"exercises aren't solved. Begin one: signalcli tour {every[-2]} --exercise"),
        (every, ""),
    ):
        path.write_text(json.dumps({**document, "solved": solved}))
        for words in ("tour next", "tour next --exercise", "tour check next"):
            result = signalcli(*words.split())

            assert (result.status, result.stdout) == (0, "")
            left = f"You have finished all lessons; {len(every) - len(solved)} {note}\n"
            none = (
                "You have finished all lessons and exercises. Run one again: signalcli tour 2.4\n"
            )
            assert result.stderr == (left if note else none)


@pytest.mark.parametrize("words", ["check 2", "hint flask", "check", "check 2.1 2.2", "goal 2"])
def test_a_word_about_an_exercise_takes_one_lesson(signalcli: SignalCli, words: str) -> None:
    word = words.split()[0]

    error = signalcli.refused(f"tour {words}", 2)

    assert error == f"{word} takes one lesson, as in: signalcli tour {word} 2.4"


def test_the_goal_of_an_exercise_is_shown_again_in_its_shell(signalcli: SignalCli) -> None:
    begun = signalcli.ok("tour", "2.1", "--exercise")

    again = signalcli("shell", "--session", "exercise-2.1", stdin=None, input=b"goal\n")

    assert (again.status, again.stdout) == (0, begun.stdout)
    assert signalcli.ok("tour", "goal", "2.1").stdout == begun.stdout


def test_an_exercise_opens_the_shell_where_words_check_it(signalcli: SignalCli) -> None:
    with lesson(signalcli, "2.1", "--exercise") as started:
        assert "Exercise 2.1" in shown(started.wait_for_new("exercise-2.1>"))
        started.type(f"check{ENTER}", "king isn't defined.", PROMPT)
        started.type(f"hint{ENTER}", "removes one.", PROMPT)
        for line in ("connect king animal", "remove kng"):
            started.type(f"{line}{ENTER}", PROMPT)
        started.type(f"check{ENTER}", "Solved.", PROMPT)
        started.type(f"exit{ENTER}")
        assert started.end().status == 0


def test_a_check_sees_what_another_process_has_changed(signalcli: SignalCli) -> None:
    with lesson(signalcli, "2.1", "--exercise") as started:
        started.wait_for_new("exercise-2.1>")
        started.type("ch")
        started.wait_for_new(" check ")  # in the menu
        started.type(f"eck{ENTER}", "king isn't defined.", PROMPT)
        for line in ("connect king animal", "remove kng"):
            signalcli.ok(*line.split(), "--session", "exercise-2.1")
        started.type(f"check{ENTER}", "Solved.", PROMPT)
        started.type(CONTROL_C, PROMPT)
        started.type(CONTROL_D)
        assert started.end().status == 0


def test_the_words_of_an_exercise_are_no_words_elsewhere(signalcli: SignalCli) -> None:
    result = signalcli("shell", stdin=None, input=b"check\n")

    assert result.status == 2
    assert "No command 'check'" in result.stderr


def test_without_the_shell_an_exercise_says_how_to_go_on(signalcli: SignalCli) -> None:
    hide_packages(signalcli, "prompt_toolkit")

    screen = on_terminal(signalcli, "tour", "2.1", "--exercise")

    assert screen.status == 0
    assert "Work on it: signalcli shell --session exercise-2.1." in screen.text


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
@pytest.mark.parametrize("keys", ["", "t"], ids=["question", "try"])
def test_a_signal_that_ends_a_lesson_leaves_nothing(
    signalcli: SignalCli, number: signal.Signals, keys: str
) -> None:
    with lesson(signalcli, "2.2") as started:
        started.wait_for_new(question(1))
        started.type(keys)
        if keys:
            started.wait_for_new("2.2>")
        started.send_signal(number)
        assert started.end().status == -number

    assert list(temporary_of(signalcli).iterdir()) == []


def test_a_question_of_several_lines_is_erased(signalcli: SignalCli) -> None:
    """At 40 columns it takes two, with the empty one above it three."""
    with lesson(signalcli, "2.2", columns=40, lines=100) as started:
        started.wait_for_new(question(1))
        started.type(ENTER)
        second = started.wait_for_new(question(2))
        started.type("q")
        started.end()

    assert second.startswith("\r\x1b[K\x1b[A\x1b[K\x1b[A")


def test_an_exercise_begun_in_a_shell_opens_one_on_its_session(signalcli: SignalCli) -> None:
    with terminal(signalcli, "shell") as started:
        started.wait_for_new("default>")
        started.type(f"tour 2.1 --exercise{ENTER}", "exercise-2.1>")
        started.type(f"check{ENTER}", "king isn't defined.", "exercise-2.1>")
        started.type(f"connect king animal{ENTER}", "Defined king.", "exercise-2.1>")
        started.type(f"tour 2.1 --exercise{ENTER}", "check compares the session", "exercise-2.1>")
        started.type(f"exit{ENTER}", "default>")
        started.type(f"exit{ENTER}")
        assert started.end().status == 0

    assert signalcli.read("list") == {"signals": []}


@pytest.mark.parametrize(
    ("words", "heard"), [([], "小钻风："), (["--lang", "en"], "Little Wind:")], ids=str
)
def test_an_exercise_speaks_english_only_if_it_is_asked_for(
    signalcli: SignalCli, words: list[str], heard: str
) -> None:
    with lesson(signalcli, "2.1", "--exercise", *words) as started:
        started.wait_for_new("exercise-2.1>")
        started.type(f"send kng{ENTER}", heard, PROMPT)
        started.type(f"exit{ENTER}")
        assert started.end().status == 0
