"""Which session a command works on, and the commands that list, copy, delete and reset sessions."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.questions import ADVICE, change, questions, signals_of, typing
from tests.support.scenario import prepare


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
    """An option overrules the variable, and the last of several options counts."""
    result = signalcli(*shlex.split(line), environment=environment)

    saved = sorted(path.name for path in signalcli.session_path.parent.glob("*.json"))
    assert (result.status, saved) == (0, [file])


@pytest.mark.parametrize("by_variable", [False, True])
@pytest.mark.parametrize("choice", ["zoo.json", "./zoo", "new/folder/zoo.json", "大象.json"])
def test_what_looks_like_a_path_is_one(
    signalcli: SignalCli, choice: str, by_variable: bool
) -> None:
    if by_variable:
        signalcli("define", "king", environment={"SIGNALCLI_SESSION": choice})
    else:
        signalcli("--session", choice, "define", "king")

    assert (signalcli.directory / choice).is_file()
    assert not signalcli.session_path.parent.exists()


@pytest.mark.parametrize("line", ["--session 大象.json define king", "session path 大象.json"])
def test_a_path_is_the_one_typed_whatever_the_locale(signalcli: SignalCli, line: str) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    prepare(signalcli, "define king --session 大象.json")

    result = signalcli(*line.split(), environment=ascii_only)

    spoken = result.stdout + result.stderr
    path = signalcli.directory / "大象.json"
    assert spoken in ("king is already defined: nothing changed.\n", f"{path}\n")
    assert [path.name for path in signalcli.directory.glob("*.json")] == ["大象.json"]


def test_a_session_that_was_never_saved_is_empty(signalcli: SignalCli) -> None:
    assert signalcli("list", "--session", "nobody", "--json") == Result(0, '{"signals": []}\n', "")
    assert not signalcli.session_path.parent.exists()


def test_sessions_are_listed_by_name_with_the_one_in_use(session_with: SessionWith) -> None:
    signalcli = session_with("define king; define moon --session 月; define x --session apart.json")

    document = signalcli.read("session list --session 月")

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

    assert signalcli("session", "list", "--json") == Result(0, '{"sessions": []}\n', "")


@pytest.mark.parametrize("line", ["session list", "session delete nobody --yes"])
def test_a_folder_that_can_not_be_listed_is_an_error(signalcli: SignalCli, line: str) -> None:
    folder = signalcli.session_path.parent
    folder.parent.mkdir(parents=True)
    folder.touch()

    error = signalcli.refused(f"{line} --json", 4)

    assert error == f"The sessions in {folder} can't be listed: Not a directory."


@pytest.mark.parametrize("exists", [True, False])
def test_path_prints_the_file_of_a_session(signalcli: SignalCli, exists: bool) -> None:
    if exists:
        prepare(signalcli, "define king")

    path = str(signalcli.session_path)
    assert signalcli("session", "path") == Result(0, f"{path}\n", "")
    other = signalcli("session", "path", "default", "--session", "monkey")
    assert other == Result(0, f"{path}\n", "")
    document = {"session": "default", "path": path, "exists": exists}
    assert signalcli.read("session path") == document


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
def test_a_copy_holds_the_same_signals(session_with: SessionWith, line: str, source: str) -> None:
    connect = f"connect king animal --sender 大象 --session {source}"
    signalcli = session_with(connect, "define other")

    result = signalcli(*line.split(), "--json")

    note = f"Copied session '{source}' to session 'monkey'."
    assert (result.status, result.json, result.stderr) == (0, change(True, note), "")
    folder = signalcli.session_path.parent
    files = [(folder / f"{name}.json").read_bytes() for name in (source, "monkey")]
    assert files[0] == files[1]


def test_a_copy_can_leave_the_folder_of_sessions(signalcli: SignalCli, tmp_path: Path) -> None:
    prepare(signalcli, "define king", "session copy default backup.json")

    assert (tmp_path / "backup.json").read_bytes() == signalcli.session_path.read_bytes()


def test_a_deleted_session_is_gone(two_sessions: SignalCli) -> None:
    assert two_sessions.read("session delete moon --yes") == change(True, "Deleted session 'moon'.")
    listed = two_sessions.read("session list")["sessions"]
    assert [entry["session"] for entry in listed] == ["default"]


def test_reset_removes_every_signal_of_one_session(session_with: SessionWith) -> None:
    signalcli = session_with(
        "define king; define a --session moon; connect b animal --session moon"
    )

    document = signalcli.read("reset --session moon --yes")

    undo = "Undo brings it back: signalcli --session moon undo"
    assert document == change(True, "Removed 2 signals from session 'moon'.", undo)
    assert (signals_of(signalcli, "moon"), signals_of(signalcli, "default")) == ([], ["king"])


def test_reset_of_an_empty_session_needs_no_answer(signalcli: SignalCli) -> None:
    assert signalcli.read("reset") == change(False, "Removed 0 signals from session 'default'.")


@questions
def test_without_a_terminal_it_needs_yes(two_sessions: SignalCli, line: str, question: str) -> None:
    assert two_sessions.refused(f"{line} --json") == f"{question} {ADVICE}"
    assert signals_of(two_sessions, "default") == ["king"]


@questions
@pytest.mark.parametrize(("answer", "status"), [("n", 1), ("y", 0)])
def test_an_answer_decides_what_is_done(
    two_sessions: SignalCli, line: str, question: str, answer: str, status: int
) -> None:
    with typing(answer) as stdin:
        result = two_sessions(*line.split(), stdin=stdin)

    assert (result.status, result.stdout) == (status, "")
    assert result.stderr.startswith(f"{question} [y/N] ")
    assert result.stderr.endswith(" [y/N] Nothing was done.\n") is (answer == "n")
    assert ("king" in signals_of(two_sessions, "default")) is (answer == "n")


@questions
def test_yes_agrees_beforehand(two_sessions: SignalCli, line: str, question: str) -> None:
    assert two_sessions(*line.split(), "--yes", "-q") == Result(0, "", "")
    assert "king" not in signals_of(two_sessions, "default")
