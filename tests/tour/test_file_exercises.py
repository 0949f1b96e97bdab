"""Each exercise in Python is solved in several ways, and near misses are not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from signalcli.tour.exercises.file_check import check_file
from signalcli.tour.exercises.index import EXERCISES
from tests.support.cli import SignalCli
from tests.support.terminal import on_terminal
from tests.tour.file_attempts import FILE_ATTEMPTS, Change

pytestmark = pytest.mark.slow

every_exercise = pytest.mark.parametrize("lesson", FILE_ATTEMPTS)


def attempt(lesson: str, changes: Sequence[Change]) -> str:
    """Return the file of an exercise with changes."""
    text = EXERCISES[lesson].file_text("en")
    for written, instead in changes:
        assert text.count(written) == 1, written
        text = text.replace(written, instead)
    return text


def checked(directory: Path, lesson: str, text: str, seconds: float = 60) -> str:
    """Return what the check says about a file, in a line for each difference."""
    path = directory / str(EXERCISES[lesson].file)
    path.write_text(text, encoding="utf-8")
    return "\n".join(check_file(lesson, str(path), seconds).differences)


def test_each_exercise_in_python_is_attempted() -> None:
    assert [id for id, exercise in EXERCISES.items() if exercise.file] == [*FILE_ATTEMPTS]


@every_exercise
def test_a_file_exercise_is_solved_in_several_ways(tmp_path: Path, lesson: str) -> None:
    solution = "\n".join(EXERCISES[lesson].solution)

    texts = [solution, *(attempt(lesson, changes) for changes in FILE_ATTEMPTS[lesson].right)]

    assert [checked(tmp_path, lesson, text) for text in texts] == ["", "", ""]


@every_exercise
def test_near_misses_are_refused_and_the_difference_is_named(tmp_path: Path, lesson: str) -> None:
    wrong = FILE_ATTEMPTS[lesson].wrong

    assert len(wrong) >= 3
    assert checked(tmp_path, lesson, attempt(lesson, [])) != ""
    for changes, difference in wrong:
        assert difference in checked(tmp_path, lesson, attempt(lesson, changes)), changes


def test_as_commands(signalcli: SignalCli) -> None:
    file = signalcli.directory / "during.py"

    begun = signalcli.ok("tour", "during", "--exercise")
    unsolved = signalcli("tour", "check", "during")
    hint = signalcli.ok("tour", "hint", "during").stdout
    file.write_text(signalcli.ok("tour", "solution", "during").stdout, encoding="utf-8")
    solved = signalcli.ok("tour", "check", "during")

    exercise = EXERCISES["during"]
    assert begun.stdout.startswith("Exercise during\n`animal` fetches `qq` during a send")
    assert begun.stderr == (
        "Edit during.py. Then: signalcli tour check during\nFor help: signalcli tour hint during\n"
    )
    assert (unsolved.status, unsolved.stderr) == (1, "")
    assert unsolved.stdout == (
        'king.send("大象") should put animal, qq into heard, but puts animal.\n'
    )
    assert hint == f"{exercise.hint_en}\n"
    assert solved.stdout == "Solved.\n"
    assert solved.stderr.startswith("Next: never-awaited ")
    solved_lessons = [one["lesson"] for one in signalcli.read("tour")["lessons"] if one["solved"]]
    assert solved_lessons == ["during"]


def test_as_json(signalcli: SignalCli) -> None:
    exercise = EXERCISES["during"]

    begun = signalcli.read("tour during --exercise")
    unsolved = signalcli("tour", "check", "during", "--json")
    solution = signalcli.read("tour solution during")

    assert begun == {
        "lesson": "during",
        "exercise": exercise.goal_en,
        "session": None,
        "start": [],
        "file": "during.py",
    }
    assert unsolved.json == {
        "lesson": "during",
        "solved": False,
        "differences": ['king.send("大象") should put animal, qq into heard, but puts animal.'],
    }
    code = "".join(f"{line}\n" for line in exercise.solution)
    assert solution == {"lesson": "during", "commands": [], "code": code}


def test_the_file_has_the_goal_at_its_top(signalcli: SignalCli) -> None:
    signalcli.ok("tour", "bound-send", "--exercise", "--lang", "zh")

    text = (signalcli.directory / "bound_send.py").read_text(encoding="utf-8")
    assert text.startswith("# `king` 把令转给 `queue`。")
    assert "\n# $ signalcli tour check bound-send\n\nfrom blinker import signal\n" in text


def test_a_file_of_other_content_is_kept(signalcli: SignalCli) -> None:
    file = signalcli.directory / "during.py"
    signalcli.ok("tour", "during", "--exercise")
    signalcli.ok("tour", "during", "--exercise", "--lang", "zh")  # it is as it was at the start
    assert file.read_text(encoding="utf-8") == EXERCISES["during"].file_text("en")
    file.write_text("import flask\n")

    error = signalcli.refused("tour during --exercise")

    assert error == "during.py is here already. Go on with it, or delete it to begin again."
    assert file.read_text() == "import flask\n"


def test_without_the_file(signalcli: SignalCli) -> None:
    assert signalcli.refused("tour check during") == (
        "There is no during.py in this directory. Begin the exercise: "
        "signalcli tour during --exercise"
    )


def test_a_directory_that_can_not_be_written(signalcli: SignalCli) -> None:
    (signalcli.directory / "during.py").symlink_to("missing/during.py")

    assert signalcli.refused("tour during --exercise").startswith("during.py is here already.")


FAULTS = {
    "king = signal('king'\n": "during.py raises SyntaxError: '(' was never closed (line 1).",
    "\nking\n": "during.py raises NameError: name 'king' is not defined (line 2).",
    "def f():\n    raise ValueError\n\nf()\n": "during.py raises ValueError (line 2).",
    "input()\n": "during.py raises EOFError: EOF when reading a line (line 1).",
    "import sys\nsys.exit(1)\n": (
        "during.py ends itself in line 2. Leave that out, so that its signals can be looked at."
    ),
    "import os\nos._exit(0)\n": "during.py ends Python before its signals can be looked at.",
    "king = 1\n": "during.py should define king as a signal.",
    "from blinker import Signal\nking, heard = Signal(), 0\n": (
        "during.py should define heard as a list."
    ),
    "raise KeyboardInterrupt\n": "during.py raises KeyboardInterrupt (line 1).",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_file_that_fails_gets_one_sentence(tmp_path: Path, text: str) -> None:
    assert checked(tmp_path, "during", text) == FAULTS[text]


@pytest.mark.parametrize(
    "text",
    ["while True: pass\n", "print(1)\nimport os\nos.read(os.pipe()[0], 1)\n"],
    ids=["loop", "wait"],
)
def test_a_program_that_does_not_end_is_ended(tmp_path: Path, text: str) -> None:
    assert checked(tmp_path, "during", text, seconds=2) == (
        "during.py hasn't ended after 2 seconds. It has an endless loop, or waits for something."
    )


def test_the_program_runs_as_python_runs_it(tmp_path: Path) -> None:
    """In its directory, as ``__main__``, and beside files with the names of modules that the check uses."""
    (tmp_path / "json.py").write_text("raise ImportError")
    (tmp_path / "cave.py").write_text("NAME = 'king'")
    solution = "\n".join(EXERCISES["during"].solution)
    more = "import __main__, cave, os\nassert __main__.king.name == cave.NAME\nopen('during.py')\n"

    assert (
        checked(tmp_path, "during", f"{solution}\nif __name__ == '__main__':\n    {more!r}\n") == ""
    )
    assert checked(tmp_path, "during", f"{solution}\n{more}assert __name__ == '__main__'\n") == ""


def test_what_it_prints_is_left_to_a_run_of_it(signalcli: SignalCli) -> None:
    signalcli.ok("tour", "during", "--exercise")
    with (signalcli.directory / "during.py").open("a") as file:
        file.write(
            'import os, sys\nsys.stdout.reconfigure(encoding="utf-8")\n'
            'print("one")\nos.system("echo two")\n'
        )

    result = signalcli("tour", "check", "during")

    assert result.stdout.splitlines() == [
        'king.send("大象") should put animal, qq into heard, but puts animal.'
    ]
    assert result.stderr == "To see what during.py prints, run it: python during.py\n"


def test_what_receivers_print_in_the_check_is_not_what_the_program_prints(tmp_path: Path) -> None:
    path = tmp_path / "never_awaited.py"
    path.write_text("\n".join(EXERCISES["never-awaited"].solution), encoding="utf-8")

    found = check_file("never-awaited", str(path))

    assert 'print("calling", ' in path.read_text(encoding="utf-8")
    assert (found.differences, found.prints) == ((), False)


def test_each_difference_is_named_once(signalcli: SignalCli) -> None:
    signalcli.ok("tour", "looking", "--exercise")

    lines = signalcli("tour", "check", "looking").stdout.splitlines()

    assert lines == [
        "has_meta(king) should be False, but is True.",
        "has_meta(king) creates king.receiver_connected.",
        'count(king, "大象") creates king._by_sender["大象"].',
        'count(king, "狮子") creates king._by_sender["狮子"].',
        'count(queue, "狮子") creates queue._by_sender["狮子"].',
        "signals_of loads a lazy object: it asks it for its __class__.",
    ]


def test_in_chinese(signalcli: SignalCli) -> None:
    """Sentences that come from the other process, too."""
    file = signalcli.directory / "during.py"

    def check(text: str) -> str:
        file.write_text(text)
        return signalcli("tour", "check", "during", "--lang", "zh").stdout

    begun = signalcli.ok("tour", "during", "--exercise", "--lang", "zh")
    unsolved = signalcli("tour", "check", "during", "--lang", "zh")

    assert begun.stdout.startswith("练习 during\n`animal` 听到令才去喊 `qq`")
    assert begun.stderr == (
        "请编辑 during.py，然后：signalcli tour check during\n需要帮助：signalcli tour hint during\n"
    )
    assert unsolved.stdout == (
        'king.send("大象") 应当把 animal, qq 放进 heard，却放进了 animal。\n'
    )
    assert (
        check("\nking\n") == "during.py 抛出 NameError: name 'king' is not defined（第 2 行）。\n"
    )
    assert check("king = 1\n") == "during.py 应当把 king 定义为一个信号。\n"


def test_on_a_terminal_it_opens_no_shell(signalcli: SignalCli) -> None:
    screen = on_terminal(signalcli, "tour", "during", "--exercise")

    assert screen.status == 0
    assert "Edit during.py. Then: signalcli tour check during" in screen.text


def test_in_the_shell(signalcli: SignalCli) -> None:
    lines = "tour during --exercise\ntour check during\n"

    result = signalcli("shell", "--keep-going", "--json", stdin=None, input=lines.encode())

    begun, found = map(json.loads, result.stdout.splitlines())
    file: Any = begun["file"]
    assert (file, found["solved"]) == ("during.py", False)


def test_python_that_leaves_out_the_directory_finds_its_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "1")

    assert checked(tmp_path, "during", "\n".join(EXERCISES["during"].solution)) == ""


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_refused(signalcli: SignalCli, make: Callable[[Path], None]) -> None:
    make(signalcli.directory / "during.py")

    begun, found = (
        signalcli("tour", *words.split()) for words in ("during --exercise", "check during")
    )

    here = "Error: during.py is here already. Go on with it, or delete it to begin again.\n"
    assert (begun.status, begun.stderr) == (2, here)
    no_file = "Error: during.py is not a file. Move it away, and begin again.\n"
    assert (found.status, found.stderr) == (2, no_file)


def test_a_file_exercise_is_solved_though_that_can_not_be_saved(signalcli: SignalCli) -> None:
    signalcli.ok("tour", "during", "--exercise")
    text = "\n".join(EXERCISES["during"].solution)
    signalcli.write("during.py", text)
    signalcli.environment["XDG_CONFIG_HOME"] = "/proc/none"

    found = signalcli("tour", "check", "during")

    assert (found.status, found.stdout) == (0, "Solved.\n")
    assert "can't be written" in found.stderr
