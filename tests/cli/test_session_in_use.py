"""``session use``, ``new`` and ``rename``, the session in use, and misspelled names of sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.histories import past
from tests.support.questions import ADVICE, change, signals_of

pytestmark = pytest.mark.slow


LESSN = "No session 'lessn'. Did you mean 'lesson'? See them all: signalcli session list"


def in_use(signalcli: SignalCli) -> Path:
    """The file with the name of the session in use."""
    return signalcli.home / ".config" / "signalcli" / "session-in-use"


@pytest.fixture
def lesson(session_with: SessionWith) -> SignalCli:
    """``king`` in the default session, and the session ``lesson``, which is in use."""
    return session_with("define king; session new lesson; session use lesson")


def sessions(signalcli: SignalCli) -> dict[str, bool]:
    """The saved sessions, and whether each is in use."""
    listed = signalcli.read("session list")["sessions"]
    return {entry["session"]: entry["current"] for entry in listed}


def test_later_commands_use_the_session(lesson: SignalCli) -> None:
    lesson.ok("define", "moon")

    assert sessions(lesson) == {"default": False, "lesson": True}
    assert signals_of(lesson, "lesson") == ["moon"]


@pytest.mark.parametrize(
    ("options", "variable", "signal"),
    [
        ("", "", "moon"),
        ("--session default", "", "king"),
        ("", "default", "king"),
        ("--session lesson", "default", "moon"),
    ],
)
def test_option_and_variable_win(
    lesson: SignalCli, options: str, variable: str, signal: str
) -> None:
    lesson.ok("define", "moon")

    listed = lesson.read(f"list {options}", environment={"SIGNALCLI_SESSION": variable})

    assert [entry["signal"] for entry in listed["signals"]] == [signal]


def test_list_names_the_session_that_is_in_use(lesson: SignalCli) -> None:
    lesson.ok("define", "moon")

    assert lesson.ok("list").stderr == "Session 'lesson' is in use.\n"
    assert lesson.ok("list", "-q").stderr == ""
    assert lesson.ok("list", "--session", "lesson").stderr == ""


def test_use_of_default_goes_back(session_with: SessionWith) -> None:
    signalcli = session_with("session new lesson; session use lesson")

    assert signalcli.read("session use default") == change(True, "Now using session 'default'.")
    assert signalcli.ok("list").stderr.startswith("No signal")
    assert not in_use(signalcli).exists()


def test_use_of_the_session_in_use_changes_nothing(lesson: SignalCli) -> None:
    document = lesson.read("session use lesson")

    assert document == change(False, "Session 'lesson' is in use already: nothing changed.")


def test_a_file_is_in_use_in_every_directory(session_with: SessionWith) -> None:
    signalcli = session_with("define king --session zoo.json; session use zoo.json")
    zoo = str(signalcli.directory / "zoo.json")
    signalcli.directory = signalcli.directory / "elsewhere"
    signalcli.directory.mkdir()

    listed = signalcli.read("list")["signals"]

    assert [entry["signal"] for entry in listed] == ["king"]
    assert sessions(signalcli) == {zoo: True}


@pytest.mark.parametrize("content", ["../../etc/x", "zoo.json"])
def test_a_relative_path_in_use_is_an_error(signalcli: SignalCli, content: str) -> None:
    path = in_use(signalcli)
    path.parent.mkdir(parents=True)
    path.write_text(content)

    sentence = f"The name of the session in use in {path} is not valid: '{content}'."
    remedy = "Choose one: signalcli session use default"
    assert signalcli.refused("list", 4) == f"{sentence} {remedy}"
    signalcli.ok("session", "use", "default")
    assert not path.exists()


def test_use_warns_of_the_variable_that_wins(session_with: SessionWith) -> None:
    signalcli = session_with("session new lesson")

    document = signalcli.read("session use lesson", environment={"SIGNALCLI_SESSION": "moon"})

    assert document["notes"] == [
        "Now using session 'lesson'.",
        "SIGNALCLI_SESSION is set, and chooses the session of later commands here.",
    ]


@pytest.mark.parametrize("line", ["use lessn", "rename lessn other"])
def test_an_unknown_session_is_refused(session_with: SessionWith, line: str) -> None:
    assert session_with("session new lesson").refused(f"session {line}") == LESSN


def test_a_new_session_is_empty(signalcli: SignalCli) -> None:
    document = signalcli.read("session new 'moon king'")

    use = "Use it: signalcli session use 'moon king'"
    assert document == change(True, "Created session 'moon king'.", use)
    assert sessions(signalcli) == {"moon king": False}
    assert signals_of(signalcli, "moon king") == []


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("new lesson", "Use it: signalcli session use lesson, or delete it:"),
        ("rename default lesson", "Delete it:"),
    ],
)
def test_a_session_is_never_replaced(session_with: SessionWith, line: str, remedy: str) -> None:
    signalcli = session_with("define king; define moon --session lesson")

    error = signalcli.refused(f"session {line}")

    delete = f"{remedy} signalcli session delete lesson"
    assert error == f"There is a session 'lesson' already. {delete}"
    assert sessions(signalcli) == {"default": True, "lesson": False}


def test_rename_to_the_same_name_changes_nothing(session_with: SessionWith) -> None:
    signalcli = session_with("session new lesson")

    document = signalcli.read("session rename lesson lesson")

    assert document == change(False, "Session 'lesson' has that name already: nothing changed.")
    assert sessions(signalcli) == {"lesson": False}


def test_the_advice_for_a_name_that_looks_like_an_option_runs(signalcli: SignalCli) -> None:
    result = signalcli.ok("session", "new", "--json", "--", "-q")

    assert result.json["notes"][1] == "Use it: signalcli session use -- -q"
    signalcli.ok("session", "use", "--", "-q")


@pytest.mark.parametrize("used", ["default", "lesson"])
def test_a_renamed_session_keeps_history_and_use(session_with: SessionWith, used: str) -> None:
    signalcli = session_with(
        "session new lesson; connect king echo --session lesson",
        f"send king 大象 --session lesson; session use {used}",
    )

    document = signalcli.read("session rename lesson monkey")

    assert document == change(True, "Renamed session 'lesson' to session 'monkey'.")
    assert sessions(signalcli) == {"monkey": used == "lesson"}
    assert [entry["sender"] for entry in past(signalcli, "--session", "monkey")] == ["大象"]
    assert signalcli("history", "--session", "lesson", "--json").stdout == ""


def test_a_session_is_not_renamed_over_a_history_that_was_left(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king echo; send king; session new lesson; connect king echo --session lesson"
    )
    signalcli.session_path.unlink()
    history = signalcli.session_path.with_name("default.history.jsonl")
    before = history.read_bytes()

    error = signalcli.refused("session rename lesson default")

    assert error == f"There is a history of session 'default' already: {history}"
    assert history.read_bytes() == before
    assert sessions(signalcli) == {"lesson": False}


def test_default_is_in_use_when_the_session_in_use_is_deleted(lesson: SignalCli) -> None:
    document = lesson.read("session delete lesson --yes")

    assert document == change(True, "Deleted session 'lesson'.", "Now using session 'default'.")
    assert sessions(lesson) == {"default": True}


@pytest.mark.parametrize("content", [b"", b"\n", None])
def test_no_name_in_use_means_default(session_with: SessionWith, content: bytes | None) -> None:
    signalcli = session_with("define king")
    if content is not None:
        in_use(signalcli).write_bytes(content)

    assert sessions(signalcli) == {"default": True}


def test_a_name_in_use_that_can_not_be_read_is_an_error(session_with: SessionWith) -> None:
    signalcli = session_with("define king")
    path = in_use(signalcli)
    path.mkdir()

    error = signalcli.refused("list", 4)

    assert error == f"The name of the session in use can't be read from {path}: Is a directory."
    assert signals_of(signalcli, "default") == ["king"]


LOOKING = (
    *("list", "inspect king", "send king", "explain king", "graph", "history"),
    *("history show last", "history clear", "replay last", "watch --timeout 0", "doctor"),
    *("session path", "disconnect king animal", "remove king", "mute king", "drop animal"),
    *("receivers", "receivers show animal", "export json", "export python"),
)


@pytest.mark.parametrize("line", LOOKING)
@pytest.mark.parametrize("by_variable", [False, True])
def test_a_command_that_looks_refuses_a_misspelled_session(
    session_with: SessionWith, line: str, by_variable: bool
) -> None:
    signalcli = session_with("define king --session lesson")
    if by_variable:
        signalcli.environment["SIGNALCLI_SESSION"] = "lessn"
    else:
        line += " --session lessn"

    assert signalcli.refused(line) == LESSN


@pytest.mark.parametrize("line", ["define king", "connect king echo", "receivers add herald"])
def test_a_change_notes_a_misspelled_session(session_with: SessionWith, line: str) -> None:
    signalcli = session_with("define king --session lesson")

    result = signalcli.ok(*line.split(), "--session", "lessn")

    assert result.stderr.startswith("Session 'lessn' is new. Did you mean 'lesson'?\n")
    assert "lessn" in sessions(signalcli)
    assert "Did you mean" not in signalcli.ok("define", "moon", "--session", "lessn").stderr


@pytest.mark.parametrize("name", ["monkey", "lesson2", "x"])
def test_another_name_is_no_slip(session_with: SessionWith, name: str) -> None:
    """``lesson2`` beside ``lesson1`` is another session on purpose."""
    signalcli = session_with("define king --session lesson1")

    assert signalcli("list", "--session", name, "--json") == Result(0, '{"signals": []}\n', "")
    assert "Did you mean" not in signalcli.ok("define", "moon", "--session", name).stderr


@pytest.fixture
def sent(session_with: SessionWith) -> SignalCli:
    return session_with("connect king echo; send king 大象; send king 狮子")


def test_history_clear_deletes_all_past_sends(sent: SignalCli) -> None:
    document = sent.read("history clear --yes")

    assert document == change(True, "Cleared the history of session 'default'.")
    assert past(sent) == []
    assert signals_of(sent, "default") == ["king"]


def test_history_clear_asks(sent: SignalCli) -> None:
    question = "This deletes all past sends of session 'default'. Delete them?"
    assert sent.refused("history clear") == f"{question} {ADVICE}"
    assert len(past(sent)) == 2


def test_history_clear_of_an_empty_history_asks_nothing(signalcli: SignalCli) -> None:
    document = signalcli.read("history clear")

    nothing = "The history of session 'default' is empty: nothing changed."
    assert document == change(False, nothing)


@pytest.mark.parametrize("line", ["clear king", "clear --last 1", "clear --sender x"])
def test_history_clear_takes_no_filter(sent: SignalCli, line: str) -> None:
    error = sent.refused(f"history {line} --yes")

    assert "`history clear` deletes all past sends and takes only --yes" in error
    assert len(past(sent)) == 2


def test_a_signal_called_clear_has_a_history(session_with: SessionWith) -> None:
    assert session_with("define clear; send clear 大象").read("history /clear")["signal"] == "clear"
