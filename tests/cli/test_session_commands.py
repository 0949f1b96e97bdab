"""Which session a command works on, and the commands that list, copy, delete and reset sessions."""

from __future__ import annotations

import os
import pty
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Result, SignalCli
from tests.support.scenario import prepare


@contextmanager
def typing(*answers: str) -> Iterator[int]:
    """A terminal at which a person has typed some lines already, as standard input."""
    keyboard, stdin = pty.openpty()
    os.write(keyboard, "".join(f"{answer}\n" for answer in answers).encode())
    try:
        yield stdin
    finally:
        os.close(stdin)
        os.close(keyboard)


def signals_of(signalcli: SignalCli, session: str) -> list[str]:
    """The names of a session's signals."""
    listed = signalcli.ok("list", "--json", "--session", session).json["signals"]
    return [signal["signal"] for signal in listed]


def change(changed: bool, note: str) -> dict[str, Any]:
    return {"changed": changed, "notes": [note], "deliveries": []}


@pytest.mark.parametrize(
    ("line", "environment", "file"),
    [
        ("define king", {}, "default.json"),
        ("--session monkey define king", {}, "monkey.json"),
        ("define king --session monkey", {}, "monkey.json"),
        ("--session 'monkey king' define king", {}, "monkey king.json"),
        ("define king", {"SIGNALCLI_SESSION": "monkey"}, "monkey.json"),
        ("--session moon define king --session monkey", {}, "monkey.json"),
        ("define king --session monkey", {"SIGNALCLI_SESSION": "moon"}, "monkey.json"),
        ("--session monkey define king", {"SIGNALCLI_SESSION": "moon"}, "monkey.json"),
    ],
)
def test_a_session_is_chosen_by_name(
    signalcli: SignalCli, line: str, environment: dict[str, str], file: str
) -> None:
    """An option goes before the variable, and the last place where it stands counts."""
    result = signalcli(*shlex.split(line), environment=environment)

    saved = sorted(path.name for path in signalcli.session_path.parent.glob("*.json"))
    assert (result.status, saved) == (0, [file])


@pytest.mark.parametrize(
    ("choice", "file"),
    [
        ("zoo.json", "zoo.json"),
        ("./zoo", "zoo"),
        ("new/folder/zoo.json", "new/folder/zoo.json"),
        ("大象.json", "大象.json"),
    ],
)
@pytest.mark.parametrize("by_variable", [False, True])
def test_what_looks_like_a_path_is_a_file(
    signalcli: SignalCli, choice: str, file: str, by_variable: bool
) -> None:
    if by_variable:
        signalcli("define", "king", environment={"SIGNALCLI_SESSION": choice})
    else:
        signalcli("--session", choice, "define", "king")

    assert (signalcli.directory / file).is_file()
    assert not signalcli.session_path.parent.exists()


@pytest.mark.parametrize("line", ["--session 大象.json define king", "session path 大象.json"])
def test_a_path_is_the_one_that_was_typed_whatever_the_locale(
    signalcli: SignalCli, line: str
) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    prepare(signalcli, "define king --session 大象.json")

    result = signalcli(*line.split(), environment=ascii_only)

    spoken = result.stdout + result.stderr
    path = signalcli.directory / "大象.json"
    assert spoken in ("king is already defined: nothing changed.\n", f"{path}\n")
    assert [path.name for path in signalcli.directory.glob("*.json")] == ["大象.json"]


def test_a_session_that_was_never_saved_is_empty(signalcli: SignalCli) -> None:
    result = signalcli("list", "--session", "nobody", "--json")

    assert result == Result(0, '{"signals": []}\n', "")
    assert not signalcli.session_path.parent.exists()


def test_sessions_are_listed_by_name_with_the_one_in_use(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king", "define moon --session 月", "define x --session apart.json")

    document = signalcli.ok("session", "list", "--json", "--session", "月").json

    folder = signalcli.session_path.parent
    assert document == {
        "sessions": [
            {
                "session": name,
                "path": str(folder / f"{name}.json"),
                "bytes": (folder / f"{name}.json").stat().st_size,
                "current": name == "月",
            }
            for name in ("default", "月")
        ]
    }


def test_a_link_that_leads_nowhere_is_no_session(signalcli: SignalCli) -> None:
    signalcli.session_path.parent.mkdir(parents=True)
    signalcli.session_path.symlink_to("nowhere.json")

    result = signalcli("session", "list", "--json")

    assert result == Result(0, '{"sessions": []}\n', "")


@pytest.mark.parametrize("line", ["session list", "session delete nobody --yes"])
def test_a_folder_that_can_not_be_listed_is_told_in_a_sentence(
    signalcli: SignalCli, line: str
) -> None:
    folder = signalcli.session_path.parent
    folder.parent.mkdir(parents=True)
    folder.touch()

    result = signalcli(*line.split(), "--json")

    sentence = f"The sessions in {folder} can't be listed: Not a directory."
    assert result == Result(4, "", f"Error: {sentence}\n")


@pytest.mark.parametrize("exists", [True, False])
def test_path_tells_the_file_of_a_session(signalcli: SignalCli, exists: bool) -> None:
    if exists:
        prepare(signalcli, "define king")

    results = [
        signalcli("session", "path"),
        signalcli("session", "path", "default", "--session", "monkey"),
        signalcli("session", "path", "--json"),
    ]

    path = str(signalcli.session_path)
    assert results[:2] == [Result(0, f"{path}\n", "")] * 2
    assert results[2].json == {"session": "default", "path": path, "exists": exists}


@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_group_takes_the_common_options_too(signalcli: SignalCli, before: int) -> None:
    words = ["session", "path"]
    words[before:before] = ["--session", "monkey", "--json"]

    document = signalcli.ok(*words).json

    path = str(signalcli.session_path.with_name("monkey.json"))
    assert document == {"session": "monkey", "path": path, "exists": False}


@pytest.mark.parametrize(
    ("line", "source"), [("session copy monkey", "default"), ("session copy zoo monkey", "zoo")]
)
def test_a_copy_holds_the_same_signals(signalcli: SignalCli, line: str, source: str) -> None:
    prepare(signalcli, f"connect king animal --sender 大象 --session {source}", "define other")

    result = signalcli(*line.split(), "--json")

    note = f"Copied session '{source}' to session 'monkey'."
    assert (result.status, result.json, result.stderr) == (0, change(True, note), "")
    folder = signalcli.session_path.parent
    files = [(folder / f"{name}.json").read_bytes() for name in (source, "monkey")]
    assert files[0] == files[1]


def test_a_copy_can_leave_the_folder_of_sessions(signalcli: SignalCli, tmp_path: Path) -> None:
    prepare(signalcli, "define king", "session copy default backup.json")

    assert (tmp_path / "backup.json").read_bytes() == signalcli.session_path.read_bytes()


def test_a_deleted_session_is_gone(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king", "define moon --session moon")

    result = signalcli("session", "delete", "moon", "--yes", "--json")

    assert (result.status, result.json) == (0, change(True, "Deleted session 'moon'."))
    listed = signalcli.ok("session", "list", "--json").json["sessions"]
    assert [entry["session"] for entry in listed] == ["default"]


def test_reset_removes_every_signal_of_one_session(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king", "define a --session moon", "connect b animal --session moon")

    result = signalcli("reset", "--session", "moon", "--yes", "--json")

    note = "Removed 2 signals from session 'moon'."
    assert (result.status, result.json) == (0, change(True, note))
    assert (signals_of(signalcli, "moon"), signals_of(signalcli, "default")) == ([], ["king"])


def test_reset_of_an_empty_session_needs_no_answer(signalcli: SignalCli) -> None:
    result = signalcli("reset", "--json")

    assert result.json == change(False, "Removed 0 signals from session 'default'.")


DESTROYING = {
    "reset": "This removes every signal of session 'default'. Remove them?",
    "session delete default": "This deletes session 'default' and its history. Delete them?",
    "session copy moon default": "This replaces the signals of session 'default'. Replace them?",
}
destroying = pytest.mark.parametrize(("line", "question"), list(DESTROYING.items()))


@destroying
def test_without_a_terminal_what_destroys_needs_yes(
    signalcli: SignalCli, line: str, question: str
) -> None:
    prepare(signalcli, "define king", "define moon --session moon")

    result = signalcli(*line.split(), "--json")

    sentence = f"{question} Nobody is there to ask; to agree beforehand, add --yes"
    assert result == Result(2, "", f"Error: {sentence}\n")
    assert signals_of(signalcli, "default") == ["king"]


@destroying
def test_a_declined_question_leaves_everything(
    signalcli: SignalCli, line: str, question: str
) -> None:
    prepare(signalcli, "define king", "define moon --session moon")

    with typing("n") as stdin:
        result = signalcli(*line.split(), stdin=stdin)

    assert result == Result(1, "", f"{question} [y/N] Nothing was done.\n")
    assert signals_of(signalcli, "default") == ["king"]


@destroying
def test_an_agreed_question_is_done(signalcli: SignalCli, line: str, question: str) -> None:
    prepare(signalcli, "define king", "define moon --session moon")

    with typing("y") as stdin:
        result = signalcli(*line.split(), stdin=stdin)

    assert (result.status, result.stdout) == (0, "")
    assert result.stderr.startswith(f"{question} [y/N] ")
    assert "king" not in signals_of(signalcli, "default")


@destroying
def test_yes_agrees_beforehand(signalcli: SignalCli, line: str, question: str) -> None:
    prepare(signalcli, "define king", "define moon --session moon")

    result = signalcli(*line.split(), "--yes", "-q")

    assert result == Result(0, "", "")
    assert "king" not in signals_of(signalcli, "default")
