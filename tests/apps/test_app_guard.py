"""Applications that print, end, hang or fork while they are imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.applications import (
    APPS,
    DRIVER,
    HEADING,
    LONG,
    SHORT,
    environment_of,
    frame,
    load,
)

pytestmark = pytest.mark.slow

GUARD = 'Guard that with if __name__ == "__main__"'

# What it prints.


def test_all_that_it_prints_goes_to_standard_error() -> None:
    result = load("prints")

    lines = ["by print", "by os", "by the lowest", "by a child", "by a library"]
    assert result.value == {"notes": [], "called": [], "module": "prints", "app": None}
    assert result.stderr.splitlines() == lines


def test_what_its_factory_prints_goes_there_too() -> None:
    result = load("shop:made")

    assert result.stderr.splitlines() == ["importing shop", "making () {}"]
    assert result.value["called"] == ["signalcli called shop.made()."]


def test_megabytes_that_it_prints_all_arrive() -> None:
    result = load("prints_megabytes")

    counts = {letter: result.stderr.count(letter) for letter in "pblwc"}
    assert counts == {"p": 3_000_000, **dict.fromkeys("blwc", 1_000_000)}
    assert result.value["module"] == "prints_megabytes"


@pytest.mark.parametrize(
    ("target", "printed"),
    [
        ("replaces_stdout", ""),
        ("wraps_stdout", "wrapped\n"),
        ("closes_stdout", "closing\n"),
        ("closes_stderr", ""),
    ],
)
def test_our_own_output_works_whatever_it_does_to_the_streams(target: str, printed: str) -> None:
    result = load(target)

    assert (result.status, result.value["module"], result.stderr) == (0, target, printed)


def test_a_stream_that_cannot_be_flushed_fails_at_the_end_as_with_python() -> None:
    result = load("odd_stdout")

    assert (result.status, result.value["module"]) == (0, "odd_stdout")
    assert result.stderr.splitlines()[-1] == "ValueError: never"


def test_what_it_prints_at_the_end_goes_to_standard_error() -> None:
    result = load("at_the_end")

    assert result.value["module"] == "at_the_end"
    assert result.stderr.splitlines() == ["at the end", "at the very end"]


def test_what_a_thread_prints_goes_there_too() -> None:
    """Also past Python, and when signalcli is done."""
    by_descriptor = "[os.write(1, b'by os\\n'), os.system('echo by a child'), print('printed')]"

    result = load("starts_a_thread", by_descriptor)

    assert result.value["value"] == [6, 0, None]
    assert all(words in result.stderr for words in ("by os", "by a child", "printed"))
    assert result.stderr.count("working") == 40


def test_a_directory_that_it_changes_to_is_its_own_affair() -> None:
    result = load("changes_directory", "os.getcwd()")

    assert result.value["value"] == str(APPS / "kiosk")


# Ends.

ENDS: dict[str, tuple[str, int, str, str]] = {
    "exits": ("exited with status 3", 1, "import sys; sys.exit(3)", "SystemExit: 3"),
    "exits_well": ("exited with status 0", 1, "raise SystemExit", "SystemExit"),
    "aborts": ("was ended by SIGABRT", 1, "import os; os.abort()", ""),
}
"""What it did, in which line, and how the traceback ends."""


@pytest.mark.parametrize("target", ENDS)
def test_an_application_that_ends_the_process_is_reported(target: str) -> None:
    result = load(target)

    did, line, code, last = ENDS[target]
    sentence = (
        f"The application '{target}' {did} while it was imported, at {target}.py:{line}. {GUARD}."
    )
    shown = [HEADING, *frame(f"{target}.py", line, "<module>", code), *([last] if last else [])]
    assert (result.status, result.error, result.details) == (4, sentence, shown)


def test_an_application_that_exits_in_words_or_by_a_class_of_its_own_is_reported() -> None:
    words, other = load("exits_in_words"), load("exits_by_a_class")

    assert (words.status, other.status) == (4, 4)
    assert words.error == (
        "The application 'exits_in_words' exited with the message 'no settings' while it was "
        f"imported, at exits_in_words.py:1. {GUARD}."
    )
    assert other.error == (
        "The application 'exits_by_a_class' exited with status 7 while it was imported, "
        f"at exits_by_a_class.py:6. {GUARD}."
    )


def test_a_factory_that_exits_is_reported() -> None:
    result = load("shop:leaves")

    assert result.error == (
        "The factory 'shop:leaves' exited with status 5 while it was called, at shop.py:47. "
        "It can be left uncalled: --no-factory"
    )


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("ends_the_process", 3),
        ("ends_in_a_thread", 3),
        ("becomes_another", 0),
        ("goes_to_the_background", 0),
    ],
)
def test_an_application_that_ends_its_process_past_python_is_reported(
    target: str, status: int
) -> None:
    result = load(target)

    sentence = (
        f"The application '{target}' ended its process with status {status} while it was imported."
    )
    assert (result.status, result.error) == (4, f"{sentence} {GUARD}.")


def test_the_functions_that_end_the_process_are_pythons() -> None:
    names = "[os._exit.__module__, os.execv.__module__, os.abort.__module__]"

    assert load("keeps_exit", names).value["value"] == ["posix"] * 3


def test_ctrl_c_is_no_fault() -> None:
    result = load("interrupts")

    assert (result.status, result.error) == (130, "")


# Hangs.

HANGS = {
    "loops": 2,
    "sleeps": 1,
    "accepts": 1,
    "locks": 5,
    "joins": 5,
    "waits_for_a_child": 1,
    "serves": 8,
    "swallows": 5,
    "swallows_twice": 5,
    "swallows_all": 5,
    "translates": 4,
    "waits_in_c": 5,
}
"""The line in which it hangs."""


@pytest.mark.parametrize("target", HANGS)
def test_an_application_that_hangs_is_interrupted_and_located(target: str) -> None:
    began = time.monotonic()

    result = load(target, seconds=SHORT)

    sentence = (
        f"The application '{target}' was not imported within 0.5 s: it may start a server at "
        f"{target}.py:{HANGS[target]}, or wait for something. {GUARD}, or give it more time: "
        f"SIGNALCLI_APP_TIMEOUT=1"
    )
    assert (result.status, result.error) == (4, sentence)
    assert (result.details[0], f'File "{APPS}/{target}.py"' in result.details[1]) == (HEADING, True)
    assert "signalcli" not in "".join(result.details).replace(str(APPS), "")
    assert time.monotonic() - began < 20


def test_a_factory_that_hangs_is_reported() -> None:
    result = load("shop:hangs", seconds=3)  # the import of Flask takes a while on a busy machine

    assert (result.status, result.error) == (
        4,
        (
            "The factory 'shop:hangs' did not return within 3 s: it may start a server at "
            "shop.py:51, or wait for something. Give it more time: "
            "SIGNALCLI_APP_TIMEOUT=6 It can be left uncalled: --no-factory"
        ),
    )


# Forks.


def test_only_the_process_that_was_asked_comes_back_from_a_fork() -> None:
    result = load("forks")

    assert result.value == {"notes": [], "called": [], "module": "forks", "app": None}
    assert set(result.stderr.splitlines()) <= {"parent", "child"}


def test_a_fork_that_fails_says_so_and_ends_in_the_status_of_python() -> None:
    result = load("forks_and_waits")

    code = 'raise ValueError("of the child")'
    assert result.value["module"] == "forks_and_waits"
    assert [line for line in result.stderr.splitlines() if line.strip(" ^~")] == [
        "child",
        HEADING,
        *frame("forks_and_waits.py", 6, "<module>", code),
        "ValueError: of the child",
        "status 1",
    ]


@pytest.mark.parametrize(("target", "status"), [("child_exits", 6), ("child_ends", 8)])
def test_a_fork_may_end_as_it_likes(target: str, status: int) -> None:
    result = load(target, "module.status")

    assert (result.status, result.value["value"], result.stderr) == (0, status, "")


def test_a_process_that_survives_does_not_keep_the_reader_of_the_output_waiting() -> None:
    began = time.monotonic()

    result = load("forks_and_lives")

    assert result.value["module"] == "forks_and_lives"
    assert time.monotonic() - began < 8


# The end of the process.


@pytest.mark.parametrize("target", ["works_forever", "lingers", "pool"])
def test_what_still_runs_does_not_keep_the_answer(target: str) -> None:
    """The process itself ends some seconds later."""
    seconds = SHORT if target == "pool" else LONG
    command = [sys.executable, str(DRIVER), target, str(seconds)]
    began = time.monotonic()

    with subprocess.Popen(
        command, cwd=APPS, env=environment_of(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        answer = json.loads(process.stdout.read())
        status = process.wait()
        answered = time.monotonic() - began
        assert process.stderr.read() == b""

    assert status == (4 if target == "pool" else 0)
    assert ("error" in answer) == (target == "pool")
    assert answered < time.monotonic() - began


def test_a_closed_pipe_is_not_written_to_by_the_application(tmp_path: Path) -> None:
    """Its printing never reaches standard output, so that it can't be what breaks it."""
    read, write = os.pipe()
    os.close(read)

    completed = subprocess.run(
        [sys.executable, DRIVER, "prints", "5"],
        check=False,
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=APPS,
        env=environment_of(),
        timeout=60,
    )

    os.close(write)
    assert b"by a library" in completed.stderr
    assert json.dumps(completed.returncode) != "4"
