"""Applications that print, end, hang or fork while they are imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.applications import APPS, DRIVER, HEADING, SHORT, environment_of, frame, load

GUARD = 'Guard that with if __name__ == "__main__"'

# What it prints.


def test_all_that_it_prints_goes_to_standard_error() -> None:
    result = load("prints")

    lines = ["by print", "by os", "by the lowest", "by a child", "by a library"]
    assert result.value == {"notes": [], "module": "prints", "named": None, "called": False}
    assert result.stderr.splitlines() == lines


def test_what_its_factory_prints_goes_there_too() -> None:
    result = load("shop:made")

    assert result.stderr.splitlines() == ["importing shop", "making () {}"]
    assert result.value["called"] is True


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
        ("closes_stderr", "still here\n"),
        ("odd_stdout", ""),
    ],
)
def test_our_own_output_works_whatever_it_does_to_the_streams(target: str, printed: str) -> None:
    asked = "print('still here', file=sys.stderr)" if target == "closes_stderr" else "0"

    result = load(target, asked)

    assert (result.status, result.value["module"], result.stderr) == (0, target, printed)


def test_the_streams_are_those_of_before() -> None:
    same = "[sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__, sys.stdout.fileno()]"

    result = load("replaces_stdout", same)

    assert result.value["value"] == [True, True, 1]


def test_what_it_prints_at_the_end_goes_to_standard_error() -> None:
    result = load("at_the_end")

    assert result.value["module"] == "at_the_end"
    assert result.stderr.splitlines() == ["at the end", "at the very end"]


def test_what_a_thread_prints_later_goes_to_standard_error_if_our_output_is_kept_apart() -> None:
    """Also what it prints when we are done."""
    result = load("starts_a_thread", "apart", "end", "module.time.sleep(0.1)")

    assert result.value["module"] == "starts_a_thread"
    assert result.stderr.count("working") == 40


def test_what_a_thread_prints_past_python_goes_there_as_well() -> None:
    by_descriptor = "[os.write(1, b'by os\\n'), os.system('echo by a child'), print('printed')]"

    result = load("starts_a_thread", by_descriptor, "apart")

    assert result.value["value"] == [6, 0, None]
    assert all(words in result.stderr for words in ("by os", "by a child", "printed"))


def test_a_directory_that_it_changes_to_is_its_own_affair() -> None:
    result = load("changes_directory", "os.getcwd()")

    assert result.value["value"] == str(APPS / "kiosk")


# Ends.

ENDS: dict[str, tuple[str, int, str, str]] = {
    "exits": ("exited with status 3", 1, "import sys; sys.exit(3)", "SystemExit: 3"),
    "exits_well": ("exited with status 0", 1, "raise SystemExit", "SystemExit"),
    "ends_the_process": ("called os._exit(3)", 1, "import os; os._exit(3)", ""),
    "aborts": ("called os.abort()", 1, "import os; os.abort()", ""),
    "becomes_another": (
        "called os.execv()",
        1,
        'import os, sys; os.execv(sys.executable, [sys.executable, "-c", ""])',
        "",
    ),
}
"""What it did, in which line, and how the traceback ends."""


@pytest.mark.parametrize("target", ENDS)
def test_one_that_ends_the_process_is_told(target: str) -> None:
    result = load(target)

    did, line, code, last = ENDS[target]
    sentence = (
        f"The application '{target}' {did} while it was imported, at {target}.py:{line}. {GUARD}."
    )
    shown = [HEADING, *frame(f"{target}.py", line, "<module>", code), *([last] if last else [])]
    assert (result.status, result.error, result.details) == (4, sentence, shown)


def test_one_that_exits_in_words_or_by_a_class_of_its_own_is_told() -> None:
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


def test_a_factory_that_exits_is_told() -> None:
    result = load("shop:leaves")

    assert result.error == (
        "The factory 'shop:leaves' exited with status 5 while it was called, at shop.py:47. "
        "Mend that."
    )


def test_one_that_ends_the_process_in_a_thread_is_told() -> None:
    result = load("ends_in_a_thread")

    assert (result.status, result.stdout) == (4, "")
    assert result.stderr.splitlines()[-1] == (
        "Error: The application 'ends_in_a_thread' called os._exit(3) while it was imported. "
        f"{GUARD}."
    )


def test_the_functions_that_end_the_process_are_those_of_before() -> None:
    """Also one that was imported by its name while they were guarded."""
    names = "[os._exit.__module__, os.execv.__module__, os.abort.__module__]"

    result = load("keeps_exit", names)
    ended = load("keeps_exit", "module.leave(9)")

    assert result.value["value"] == ["posix"] * 3
    assert (ended.status, ended.stdout) == (9, "")


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
    "swallows_twice": 8,
    "translates": 6,
}
"""The line in which it hangs."""


@pytest.mark.parametrize("target", HANGS)
def test_one_that_hangs_is_interrupted_and_told_where(target: str) -> None:
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


@pytest.mark.parametrize(("target", "line"), [("waits_in_c", 5), ("swallows_all", 5)])
def test_one_that_nothing_interrupts_ends_with_the_process(target: str, line: int) -> None:
    result = load(target, seconds=SHORT)

    lines = result.stderr.splitlines()
    assert (result.status, result.stdout) == (4, "")
    assert lines[:2] == [HEADING, f'  File "{APPS}/{target}.py", line {line}, in <module>']
    assert lines[-1].startswith(
        f"Error: The application '{target}' was not imported within 0.5 s: it may start a server "
        f"at {target}.py:{line}, or wait"
    )


def test_a_factory_that_hangs_is_told() -> None:
    result = load("shop:hangs", seconds=SHORT)

    assert (result.status, result.error) == (
        4,
        (
            "The factory 'shop:hangs' did not return within 0.5 s: it may start a server at "
            "shop.py:51, or wait for something. Mend that, or give it more time: "
            "SIGNALCLI_APP_TIMEOUT=1"
        ),
    )


def test_nothing_is_interrupted_after_it_was_imported_in_time() -> None:
    asked = "[__import__('time').sleep(1), os.getpid() > 0][1]"

    result = load("alone", asked, seconds=SHORT + 1)

    assert result.value["value"] is True


@pytest.mark.parametrize(("target", "handler"), [("alarms", "own"), ("alone", "SIG_DFL")])
def test_a_handler_of_alarms_is_the_applications_or_that_of_before(
    target: str, handler: str
) -> None:
    signals = "__import__('signal')"
    handlers = f"{signals}.getsignal({signals}.SIGALRM)"
    name = f"getattr({handlers}, '__name__', None) or {handlers}.name"

    result = load(target, f"[{name}, {signals}.getitimer({signals}.ITIMER_REAL)]")

    assert result.value["value"] == [handler, [0.0, 0.0]]


# Forks.


def test_only_the_process_that_was_asked_comes_back_from_a_fork() -> None:
    result = load("forks")

    assert result.value == {"notes": [], "module": "forks", "named": None, "called": False}
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


def test_one_that_goes_to_the_background_is_told() -> None:
    result = load("goes_to_the_background")

    assert (result.status, result.error) == (
        4,
        (
            "The application 'goes_to_the_background' called os._exit(0) while it was imported, at "
            f"goes_to_the_background.py:4, and left a process behind that it forked. {GUARD}."
        ),
    )


def test_a_process_that_lives_on_does_not_keep_the_reader_of_our_output_waiting() -> None:
    began = time.monotonic()

    result = load("forks_and_lives")

    assert result.value["module"] == "forks_and_lives"
    assert time.monotonic() - began < 8


# The end of our process.

ENDED = "The application was ended 0.5 s after the command, because"


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("works_forever", "its thread 'poller' still ran."),
        ("lingers", "what it does then took longer."),
    ],
)
def test_what_still_runs_does_not_keep_our_process_from_its_end(target: str, why: str) -> None:
    result = load(target, "end")

    assert (result.status, result.stderr) == (0, f"{ENDED} {why}\n")
    assert result.value["module"] == target


def test_nor_do_threads_of_one_that_was_interrupted() -> None:
    """Python 3.11 takes a thread for ended when waiting for it was interrupted; others don't."""
    result = load("pool", "end", seconds=SHORT)

    assert (result.status, "was not imported within" in result.error) == (4, True)
    assert result.stderr in ("", f"{ENDED} its thread 'ThreadPoolExecutor-0_0' still ran.\n")


def test_the_end_comes_at_once_if_nothing_runs(tmp_path: Path) -> None:
    """The thread that waits for it is none that Python waits for."""
    began = time.monotonic()
    command = [sys.executable, "-c", "from signalcli.apps.ending import end_within as e; e(0, str)"]

    completed = subprocess.run(
        command, check=False, cwd=tmp_path, env=environment_of(), capture_output=True, timeout=60
    )

    assert (completed.returncode, completed.stderr) == (0, b"")
    assert time.monotonic() - began < 2.5


LATE = "print('printed'); os.write(1, b'written\\n')"

DATA = "data = each.enter_context(apart()); data.write('data\\n')"

LATER = {
    "end_within": f"end_within(0, str); {LATE}",
    "apart": f"{DATA}; {LATE}; each.close()",
    "after apart": f"{DATA}; each.close(); {LATE}",
}


@pytest.mark.parametrize("how", LATER)
def test_what_is_printed_from_then_on_goes_to_standard_error(tmp_path: Path, how: str) -> None:
    code = (
        "import os; from contextlib import ExitStack; from signalcli.apps.ending import end_within;"
        f"from signalcli.apps.printing import apart; each = ExitStack(); {LATER[how]}"
    )
    command = [sys.executable, "-c", code]

    completed = subprocess.run(
        command, check=False, cwd=tmp_path, env=environment_of(), capture_output=True, timeout=60
    )

    data = b"data\n" if "apart" in how else b""
    printed = b"printed\nwritten\n"
    assert (completed.returncode, completed.stdout, completed.stderr) == (0, data, printed)


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
